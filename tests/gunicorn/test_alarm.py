"""What wakes the master while the governor waits."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

import pytest

from flask_bootcheck.gunicorn import alarm as module
from flask_bootcheck.gunicorn.alarm import Alarm

from ..helpers import wait_until


@pytest.fixture
def heard(monkeypatch):
    """The SIGTTINs this process got, as gunicorn's master takes them; looked for all the time."""
    monkeypatch.setattr(module, "_SECONDS", 0.01)
    got: list[int] = []
    before = signal.signal(signal.SIGTTIN, lambda number, _frame: got.append(number))
    yield got
    signal.signal(signal.SIGTTIN, before)


@pytest.fixture
def due():
    """Whether there is something to decide."""
    return threading.Event()


@pytest.fixture
def alarm(heard, due):
    made = Alarm(due.is_set)
    yield made
    made.stop()
    assert signal.getsignal(signal.SIGALRM) == signal.SIG_DFL
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)


def test_it_rings_when_there_is_something_to_decide_and_not_before(alarm, heard, due):
    looked: list[int] = []

    def look():
        looked.append(1)
        return due.is_set()

    alarm._is_due = look
    alarm.start()
    wait_until(lambda: len(looked) > 3)
    assert not heard
    due.set()
    wait_until(lambda: heard)
    assert heard == [signal.SIGTTIN]


def test_it_rings_again_when_nobody_came(alarm, heard, due, monkeypatch):
    """Up to gunicorn 23 a signal too many is dropped."""
    monkeypatch.setattr(module, "_AGAIN_SECONDS", 0.05)
    due.set()
    alarm.start()
    wait_until(lambda: len(heard) >= 2)


def test_stopped_it_is_quiet_and_may_be_started_again(alarm, heard, due):
    due.set()
    alarm.stop()
    alarm.start()
    wait_until(lambda: heard)
    alarm.stop()
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)
    alarm.start()
    wait_until(lambda: len(heard) == 2)


def test_it_spares_a_master_that_would_be_stopped_by_the_signal(alarm, due, monkeypatch):
    """gunicorn takes signals only once it listens; SIGTTIN's own action is to stop."""
    sent: list[int] = []
    monkeypatch.setattr(os, "kill", lambda _pid, number: sent.append(number))
    signal.signal(signal.SIGTTIN, signal.SIG_DFL)
    due.set()
    alarm.start()
    alarm._look()
    assert not sent


def test_it_rings_as_it_was_told_to(heard, due):
    rung: list[int] = []
    alarm = Alarm(due.is_set, lambda: rung.append(1))
    due.set()
    alarm.start()
    wait_until(lambda: rung)
    alarm.stop()
    assert not heard


def test_a_look_that_is_stopped_is_not_entered_again(alarm, heard):
    """As a CPU quota stops it: the timer must not find news twice, nor pile up handlers."""
    depth, deepest, looks = [0], [0], [0]

    def look():
        looks[0] += 1
        depth[0] += 1
        deepest[0] = max(deepest[0], depth[0])
        signal.raise_signal(signal.SIGALRM)
        alarm._on_timer(signal.SIGALRM, None)
        alarm._look()  # from the thread
        depth[0] -= 1
        return True

    alarm._is_due = look
    alarm.start()
    wait_until(lambda: heard)
    assert (deepest[0], looks[0]) == (1, 1)
    assert heard == [signal.SIGTTIN]


def test_looks_that_take_longer_than_the_pause_leave_the_master_as_much(alarm, monkeypatch):
    now, pauses = [0.0], []
    monkeypatch.setattr("flask_bootcheck.gunicorn.alarm.time.monotonic", lambda: now[0])
    alarm._is_due = lambda: now.__setitem__(0, now[0] + 0.7)
    alarm.start()
    monkeypatch.setattr(signal, "setitimer", lambda _which, seconds: pauses.append(seconds))
    alarm._on_timer(signal.SIGALRM, None)
    monkeypatch.undo()
    assert pauses == [0.7]


def test_a_look_that_raises_is_looked_again(alarm, heard, due):
    failing = [True]

    def look():
        if failing and failing.pop():
            raise OSError("no more files")
        return True

    alarm._is_due = look
    alarm.start()
    wait_until(lambda: heard)


def test_where_the_app_has_the_alarm_for_itself_a_thread_looks(heard, due):
    theirs = []
    before = signal.signal(signal.SIGALRM, lambda *_: theirs.append(1))
    alarm = Alarm(due.is_set)
    try:
        alarm.start()
        alarm.stop()
        alarm.start()
        due.set()
        wait_until(lambda: heard)
        alarm.stop()
        wait_until(lambda: "bootcheck alarm" not in {t.name for t in threading.enumerate()})
        assert signal.getsignal(signal.SIGALRM) not in (signal.SIG_DFL, alarm._on_timer)
        assert not theirs
        assert heard == [signal.SIGTTIN]
    finally:
        signal.signal(signal.SIGALRM, before)


def test_started_in_another_thread_it_has_one_of_its_own(alarm, heard, due):
    """gunicorn's control socket changes the count from its thread."""
    due.set()
    thread = threading.Thread(target=alarm.start)
    thread.start()
    thread.join()
    assert signal.getsignal(signal.SIGALRM) == signal.SIG_DFL
    wait_until(lambda: heard)


def test_in_a_main_thread_that_eventlet_has_patched_it_is_the_timer(alarm, heard, due, monkeypatch):
    """There the main thread says that it is another, and a thread would be green and not run."""
    monkeypatch.setattr(threading, "current_thread", lambda: None)
    due.set()
    alarm.start()
    assert signal.getsignal(signal.SIGALRM) == alarm._on_timer
    wait_until(lambda: heard)


def test_a_child_has_no_part_in_it(alarm, heard, due):
    alarm.start()
    child = os.fork()
    if not child:
        alarm.forget()
        is_forgotten = signal.getsignal(signal.SIGALRM) == signal.SIG_DFL
        due.set()
        alarm._on_timer(0, None)
        alarm._look()
        os._exit(0 if is_forgotten and not heard else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert signal.getsignal(signal.SIGALRM) == alarm._on_timer


def test_a_program_that_ends_with_its_alarm_on_is_not_killed_by_it():
    """Python gives back the handlers at its end, and a timer goes on."""
    code = """
import atexit, signal, time
from flask_bootcheck.gunicorn import alarm
alarm._SECONDS = 0.01
# Registered before, so it runs after: an end that takes a while.
atexit.register(lambda: time.sleep(0.1))
alarm.Alarm(lambda: False).start()
"""
    assert subprocess.run([sys.executable, "-c", code], timeout=30, check=False).returncode == 0
