"""Threads of the operating system."""

from __future__ import annotations

import threading
from functools import partial

import pytest

from flask_bootcheck import native
from flask_bootcheck.native import NativeLane, start_as_patched, start_native

from .helpers import run_python, wait_until


@pytest.mark.parametrize("start", [start_native, start_as_patched])
def test_a_target_runs_beside_us_in_a_daemon_thread_with_a_name(start):
    seen = []
    start(lambda: seen.append(threading.current_thread()), "bootcheck x")
    wait_until(lambda: seen)
    assert seen[0] is not threading.main_thread()
    assert (seen[0].name, seen[0].daemon) == ("bootcheck x", True)


def test_a_lane_runs_one_after_the_other_in_order():
    lane, gate, seen, active = NativeLane(), threading.Event(), [], []

    def work(number):
        active.append(number)
        assert len(active) == 1
        gate.wait()
        active.remove(number)
        seen.append(number)

    for number in range(5):
        lane.start(partial(work, number), "x")
    assert seen == []
    gate.set()
    wait_until(lambda: len(seen) == 5)
    assert seen == [0, 1, 2, 3, 4]


def test_a_lane_that_came_to_its_end_starts_again():
    lane = NativeLane()
    seen: list[int] = []
    for number in range(20):
        lane.start(partial(seen.append, number), "x")
        wait_until(partial(seen.__contains__, number))
    wait_until(lambda: not lane._is_running)


def test_a_lane_that_got_no_thread_is_as_good_as_new_later(monkeypatch):
    def refuse(target, name):
        raise RuntimeError("can't start new thread")

    lane, seen = NativeLane(), []
    with monkeypatch.context() as patch:
        patch.setattr(native, "start_native", refuse)
        with pytest.raises(RuntimeError):
            lane.start(lambda: seen.append("lost"), "x")
    lane.start(lambda: seen.append("run"), "x")
    wait_until(lambda: seen)
    assert seen == ["run"]


PATCHED = """
from gevent import monkey
monkey.patch_all()
import os, threading, time, gevent
from flask_bootcheck.native import NativeLane, start_as_patched, start_native

blocking_sleep = monkey.get_original("time", "sleep")
native = monkey.get_original("_thread", "get_ident")
main, seen = native(), {}

def note(name):
    def target():
        seen[name] = native()
    return target

start_as_patched(note("green"), "x")
start_native(note("native"), "x")
NativeLane().start(note("lane"), "x")
deadline = time.monotonic() + 10
while len(seen) < 3 and time.monotonic() < deadline:
    gevent.sleep(0.005)
assert seen["green"] == main, "a green thread runs in the thread of its worker"
assert main not in (seen["native"], seen["lane"]), "these are threads of the system"
"""

#: A blocking call in a native thread does not hold up the green ones.
UNDISTURBED = """
gate, done = monkey.get_original("_thread", "allocate_lock")(), []
gate.acquire()
start_native(lambda: done.append(gate.acquire()), "x")
gevent.sleep(0.01)
assert not done
gate.release()
while not done and time.monotonic() < deadline:
    gevent.sleep(0.005)
assert done
"""

#: A driver on a patched socket gives the native thread a hub: it must go with the thread.
FILES = """
def use_hub():
    gevent.sleep(0.001)

def rounds(count):
    finished = []
    for _ in range(count):
        start_native(lambda: (use_hub(), finished.append(1)), "x")
    while len(finished) < count and time.monotonic() < deadline:
        gevent.sleep(0.005)
    assert len(finished) == count

def open_files():
    return len(os.listdir("/proc/self/fd"))

rounds(3)
before = open_files()
rounds(20)
while open_files() > before and time.monotonic() < deadline:
    gevent.sleep(0.005)
assert open_files() <= before, (open_files(), before)
"""


@pytest.mark.parametrize("code", ["", UNDISTURBED, FILES], ids=["idents", "undisturbed", "files"])
def test_under_gevent_a_native_thread_is_native_and_leaves_nothing(code):
    assert run_python(PATCHED + code) == ""
