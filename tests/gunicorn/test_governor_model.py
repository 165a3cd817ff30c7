"""The governor's promises under any interleaving of signals, boots, deaths, stalls and changes.

The governor and its alarm are the real ones; gunicorn's loop and the machine are made up, so that
thousands of orders of events are tried in seconds.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from gunicorn import __version__
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from flask_bootcheck.board import Board
from flask_bootcheck.gunicorn import alarm as alarm_module
from flask_bootcheck.gunicorn import errand
from flask_bootcheck.gunicorn import governor as governor_module
from flask_bootcheck.gunicorn.alarm import Alarm
from flask_bootcheck.memory.model import GROWTH, Model
from flask_bootcheck.memory.saved import FILE_NAME, Conditions, save_forecast

from ..helpers import examples
from .simulated import Server, Worker
from .standin import MASTER, MIB, Machine

SIZES = st.sampled_from([45, 20, 90, 180, 390])
LIMITS = st.sampled_from([512, 512, 1024, 256, 4096])
#: Mostly more than fit: where all fit there is nothing to decide.
COUNTS = st.sampled_from([97, 97, 97, 12, 5, 2, 1])


class Governed(RuleBasedStateMachine):
    """A master and its workers, from its start on."""

    def __init__(self) -> None:
        super().__init__()
        self.patch = pytest.MonkeyPatch()
        self.folder = tempfile.TemporaryDirectory()
        self.clock = 1000.0
        self.machine = Machine()
        self.machine.install(self.patch)
        for name in ("BOOTCHECK_TRIAL", "GUNICORN_PID", "GUNICORN_CMD_ARGS", "WEB_CONCURRENCY"):
            self.patch.delenv(name, raising=False)
        now = SimpleNamespace(monotonic=lambda: self.clock)
        self.patch.setattr(governor_module, "time", now)
        self.patch.setattr(alarm_module, "time", now)
        self.patch.setattr(Alarm, "start", _start)
        self.patch.setattr(Alarm, "stop", lambda alarm: setattr(alarm, "_is_on", False))
        self.server: Server

    def teardown(self) -> None:
        self.patch.undo()
        self.folder.cleanup()

    @initialize(
        workers=COUNTS,
        size=SIZES,
        limit=LIMITS,
        others=st.sampled_from([0, 0, 100]),
        headroom=st.sampled_from([0.2, 0.2, 0.05, 0]),
        maximum=st.sampled_from([None, None, 4]),
        saved=st.sampled_from([None, None, 1.0, 0.7, 1.5]),
        beside=st.booleans(),
        one_by_one=st.booleans(),
        is_settled=st.booleans(),
    )
    def start(
        self, workers, size, limit, others, headroom, maximum, saved, beside, one_by_one, is_settled
    ):
        """gunicorn starts, or USR2 has started it beside an old master."""
        self.machine.limit, self.machine.others = limit * MIB, others * MIB
        if saved is not None:
            need = round(saved * size * GROWTH * MIB)
            model = Model(MASTER.unreclaimable + need, need)
            conditions = Conditions("main", __version__, "sync", False)
            save_forecast(Path(self.folder.name) / FILE_NAME, model, conditions)
        if beside:
            self.patch.setenv("GUNICORN_PID", str(os.getppid()))
            self.machine.others += limit * MIB // 2
        self.is_known = saved is None or saved >= 1
        more: dict[str, Any] = {"memory_headroom": headroom}
        if maximum is not None:
            more["max_workers"] = maximum
        self.maximum = maximum
        self.server = Server(
            Board.private(),
            self.folder.name,
            self.machine,
            size=size,
            one_by_one=one_by_one,
            **more,
        )
        self.alarm = self.server.governor._alarm
        self.server.begin(workers)
        if is_settled:
            self.settle()

    # -- a person ---------------------------------------------------------------------------------

    @rule(count=st.integers(1, 3))
    def ttin(self, count):
        for _ in range(count):
            self.server.signal(21, None)

    @rule()
    def ttin_at_once(self):
        self.ttin(1)
        self.server.loop()

    @rule()
    def ttou(self):
        self.server.signal(22, None)

    @rule(workers=COUNTS)
    def hup(self, workers):
        """A second one that is queued reads what the conf says by then."""
        self.server.next_workers = workers
        self.server.signal(1, None)

    @rule(chance=st.integers(0, 9))
    def winch(self, chance):
        """Seldom: all that comes after it is a reload."""
        if chance == 9:
            self.server.signal(28, None)

    # -- time -------------------------------------------------------------------------------------

    @rule(times=st.integers(1, 3))
    def loop(self, times):
        for _ in range(times):
            self.server.loop()

    @rule()
    def settle(self):
        """The usual course: all boot, the alarm rings, the old end, and again."""
        for _ in range(3):
            self.boot_all()
            self.doomed_end()
            self.clock += 11
            self.alarm._look()
            self.server.loop()

    @rule(workers=COUNTS)
    def reload(self, workers):
        self.hup(workers)
        for _ in range(len(self.server.SIG_QUEUE)):
            self.server.loop()

    @rule()
    def late_reload(self):
        """The new boot while the old do not end in time."""
        self.reload(97)
        self.boot_all()
        self.clock += 31
        self.alarm._look()
        self.server.loop()

    @rule()
    def look(self):
        self.alarm._look()

    @rule()
    def stalled_look(self):
        """The timer goes off again, in the middle of a look that a quota has stopped."""
        is_due, depth = self.alarm._is_due, []

        def stopped() -> bool:
            depth.append(1)
            if len(depth) > 1:
                self.server.violations.append("a look was entered again")
                return False
            news = is_due()
            self.clock += 0.15
            self.alarm._look()
            return news

        self.patch.setattr(self.alarm, "_is_due", stopped)
        self.alarm._look()
        self.patch.setattr(self.alarm, "_is_due", is_due)

    @rule()
    def ring_that_nobody_needs(self):
        """The alarm rings again when nobody came for a while; then all of them are taken up."""
        self.server.signal(errand.NUMBER, None)

    @rule(seconds=st.sampled_from([0.2, 11, 31]))
    def wait(self, seconds):
        self.clock += seconds

    # -- workers ----------------------------------------------------------------------------------

    def _any(self, number: int, is_ready: bool | None = None) -> Worker | None:
        workers = [
            worker
            for worker in self.server.workers.values()
            if self.server.is_alive(worker) and is_ready in (None, worker.is_ready)
        ]
        return workers[number % len(workers)] if workers else None

    @rule(number=st.integers(0, 100))
    def boot(self, number):
        if (worker := self._any(number, is_ready=False)) is not None:
            self.server.boots(worker)

    @rule()
    def boot_all(self):
        for worker in self.server.workers.values():
            if self.server.is_alive(worker) and not worker.is_ready:
                self.server.boots(worker)

    @rule(number=st.integers(0, 100), share=st.floats(1, GROWTH))
    def grow(self, number, share):
        if (worker := self._any(number, is_ready=True)) is not None:
            self.server.grows(worker, worker.size * share)

    @rule(number=st.integers(0, 100), size=st.sampled_from([60, 200, 500]))
    def leak(self, number, size):
        if (worker := self._any(number, is_ready=True)) is not None:
            self.server.grows(worker, worker.size + size)

    @rule(size=st.sampled_from([10, 40]))
    def leak_all(self, size):
        for worker in self.server.workers.values():
            if self.server.is_alive(worker) and worker.is_ready:
                self.server.grows(worker, worker.size * GROWTH + size)

    @rule()
    def more_are_asked_for_while_they_leak(self):
        self.leak_all(40)
        self.ttin(3)
        for _ in range(3):
            self.server.loop()

    @rule()
    def fewer_are_asked_for_while_they_leak(self):
        self.leak_all(40)
        self.ttou()
        self.server.loop()
        self.doomed_end()
        self.server.loop()

    @rule(number=st.integers(0, 100))
    def die(self, number):
        """By itself, by --max-requests, by a timeout or by the kernel."""
        if (worker := self._any(number)) is not None:
            del self.machine.held[worker.pid]

    @rule()
    def doomed_end(self):
        for worker in self.server.workers.values():
            if worker.is_doomed:
                self.machine.held.pop(worker.pid, None)

    # -- the container ----------------------------------------------------------------------------

    @rule(limit=LIMITS)
    def change_limit(self, limit):
        self.machine.limit = limit * MIB

    @rule()
    def lower_limit_and_ask(self):
        self.change_limit(256)
        self.ttin_at_once()

    @rule(others=st.sampled_from([0, 100, 300]))
    def change_others(self, others):
        self.machine.others = others * MIB

    @precondition(lambda self: "GUNICORN_PID" in os.environ)
    @rule()
    def old_master_ends(self):
        self.patch.delenv("GUNICORN_PID")
        self.machine.others = 0

    # -- the promises -----------------------------------------------------------------------------

    @invariant()
    def never_more_than_asked(self):
        server = self.server
        most = server.wish if self.maximum is None else min(server.wish, self.maximum)
        assert server.board["configured"] == server.wish
        assert server.board["target"] == server.num_workers == server.cfg.workers
        assert server.num_workers <= most

    @invariant()
    def at_least_one(self):
        assert self.server.num_workers >= min(1, self.server.wish)

    @invariant()
    def none_is_ended_and_what_is_forked_fits(self):
        said = [v for v in self.server.violations if self.is_known or "forked" not in v]
        assert not said, said


def _start(alarm: Alarm) -> None:
    alarm._is_on, alarm._master, alarm._quiet_until = True, os.getpid(), 0.0


def test_the_promises_hold_under_any_interleaving():
    run_state_machine_as_test(
        Governed,
        settings=settings(
            derandomize=True,
            database=None,
            deadline=None,
            max_examples=examples(120),
            stateful_step_count=30,
        ),
    )
