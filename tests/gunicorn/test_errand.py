"""What gunicorn's main loop does for us, on its own classes."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from gunicorn.arbiter import Arbiter
from gunicorn.config import Config

from flask_bootcheck.gunicorn.errand import NUMBER, arrange


class Loop(Arbiter):
    """gunicorn's own loop without workers and sockets; it ends when ``ends`` says so."""

    def __init__(self, ends):
        if hasattr(Arbiter, "SIG_QUEUE"):  # up to gunicorn 23 one for all masters
            self.SIG_QUEUE: Any = []
        self.ends = ends
        self.begin: Callable[[], object] = lambda: None
        self.deadline = time.monotonic() + 10
        self.grown = 0
        app: Any = SimpleNamespace(cfg=Config(), wsgi=lambda: None)
        super().__init__(app)

    def setup(self, app):
        self.app, self.cfg = app, app.cfg
        self.log: Any = SimpleNamespace(
            **dict.fromkeys(("info", "debug", "error"), lambda *_a, **_k: None)
        )
        self.proc_name = "loop"

    def start(self):
        self.pid = os.getpid()
        self.PIPE = os.pipe()
        for descriptor in self.PIPE:
            os.set_blocking(descriptor, False)
        self.begin()

    def _start_control_server(self):
        """None is asked for."""

    def manage_dirty_arbiter(self):
        """There is none."""

    def manage_workers(self):
        if self.ends() or time.monotonic() > self.deadline:
            raise StopIteration

    def handle_ttin(self):
        self.grown += 1

    def halt(self, reason=None, exit_status=0):
        self.halted = True

    def murder_workers(self):
        """There are none."""


@pytest.fixture
def run(monkeypatch):
    """Runs a loop until ``errands`` has so many entries."""

    def go(ring, count=1):
        done: list[int] = []
        loop = Loop(lambda: len(done) >= count)
        monkeypatch.setattr("gunicorn.util._setproctitle", lambda _title: None)
        errand = arrange(loop, lambda: done.append(loop.grown))
        loop.begin = lambda: ring(loop, errand)
        loop.run()
        for descriptor in loop.PIPE:
            os.close(descriptor)
        return loop, done

    return go


def test_it_is_done_in_the_main_loop_and_is_no_ttin(run):
    loop, done = run(lambda _loop, errand: errand())
    assert done == [0]
    assert loop.grown == 0


def test_beside_a_persons_ttin_both_are_done(run):
    def ring(loop, errand):
        errand()
        loop.signal(signal.SIGTTIN, None)
        errand()

    loop, done = run(ring, count=2)
    assert done == [0, 1]
    assert loop.grown == 1


def test_a_master_that_looks_different_has_none():
    assert arrange(SimpleNamespace(), lambda: None) is None
    assert arrange(SimpleNamespace(SIG_NAMES={}, signal=None, SIG_QUEUE=[]), lambda: None) is None


def test_its_number_is_no_signals_and_not_gunicorns_own():
    assert NUMBER not in {*signal.Signals}
    assert NUMBER not in Arbiter.SIG_NAMES
    assert getattr(Arbiter, "WAKEUP_REQUEST", None) != NUMBER


def test_other_masters_of_this_process_do_not_know_it(run):
    run(lambda _loop, errand: errand())
    assert NUMBER not in Arbiter.SIG_NAMES
