"""Rounds of checks beside a serving app: one at a time, never in the way of a request.

A round runs in a thread as the worker has them, so that what it starts and logs is at home there.
It polls: a native thread that wakes a green one crashes eventlet's hub.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable

from .boot import Boot, Stage
from .findings import Report, Result, Status, fail
from .native import NativeLane, start_as_patched
from .registry import ELSEWHERE, Check
from .runner import POLL_SECONDS, Execution, run_inline, runs_inline, why_skipped
from .scrubbing import Redact


class Rounds:
    """The checks of one app in one process, without those over the whole instance and its files.

    :param facts: gathers the boot at the start of each round.
    :param done: called in the round's thread when the boot checks have run, and at its end.
    """

    def __init__(
        self,
        checks: Iterable[Check],
        facts: Callable[[], Boot],
        redact: Redact,
        done: Callable[[], None],
    ) -> None:
        mine = [check for check in checks if not (check.builtin and check.needs in ELSEWHERE)]
        self._inline = [check for check in mine if runs_inline(check)]
        lane = NativeLane().start
        threaded = [
            Execution(check, redact, lane if check.builtin else None)
            for check in mine
            if not runs_inline(check)
        ]
        self._boot = [e for e in threaded if e.check.stage is not Stage.LIVE]
        self._live = [e for e in threaded if e.check.stage is Stage.LIVE]
        self._facts, self._redact, self._done = facts, redact, done
        self._busy = threading.Lock()
        self.boot_report: Report | None = None
        #: Whether the boot checks have run, and none of them fails.
        self.has_booted = False
        self.live_report: Report | None = None
        #: Monotonic seconds when the last round ended.
        self.ended_at = float("-inf")

    def start(self, age: float = 0.0) -> bool:
        """Start a round, unless one is under way or has ended less than ``age`` seconds ago. The
        first one, and those after a failed boot verdict, run the boot checks too."""
        if self._is_young(age) or not self._busy.acquire(blocking=False):
            return False
        if self._is_young(age):  # one has come to its end between the two looks
            self._busy.release()
            return False
        try:
            start_as_patched(self._round, "bootcheck round")
        except RuntimeError:  # the process may have no more threads: the next probe tries again
            self._busy.release()
            return False
        return True

    def _is_young(self, age: float) -> bool:
        return time.monotonic() - self.ended_at < age

    @property
    def is_under_way(self) -> bool:
        """Whether a round runs."""
        return self._busy.locked()

    @property
    def report(self) -> Report:
        """The newest results, what was skipped left out."""
        parts = (self.boot_report or Report()) + (self.live_report or Report())
        shown = tuple(result for result in parts.results if result.status is not Status.SKIP)
        return Report(shown)

    def overdue(self, boot: Boot) -> list[Result]:
        """A failure for each check that should have a result: what to say when no round has come
        to its end."""
        checks = [execution.check for execution in self._live]
        if self.boot_report is None:
            checks = [*self._inline, *(execution.check for execution in self._boot), *checks]
        return [no_result_yet(c.id, c.stage) for c in checks if not why_skipped(c, boot)]

    def _round(self) -> None:
        try:
            boot = self._facts()
            if not self.has_booted:
                self.boot_report = self._run_boot_checks(boot)
                self.has_booted = self.boot_report.status is not Status.FAIL
                self._done()
            self.live_report = Report(tuple(_run_together(self._live, boot)))
        finally:
            self.ended_at = time.monotonic()
            try:
                self._done()
            finally:
                self._busy.release()

    def _run_boot_checks(self, boot: Boot) -> Report:
        inline = [run_inline(c, boot, self._redact, catch=BaseException) for c in self._inline]
        return Report((*inline, *_run_together(self._boot, boot)))


def no_result_yet(check_id: str, stage: Stage) -> Result:
    """The failure of a check that was asked about too early."""
    finding = fail("no result yet", hint="it was asked for just now: ask again")
    return Result(check_id, Status.FAIL, stage, (finding,), time=time.time())


def _run_together(executions: list[Execution], boot: Boot) -> list[Result]:
    """Run some checks at the same time; each ends at its deadline at the latest."""
    for execution in executions:
        execution.start(boot)
    while any(execution.is_pending() for execution in executions):
        time.sleep(POLL_SECONDS)
    return [execution.result() for execution in executions]
