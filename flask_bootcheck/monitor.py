"""The monitor: what one process does for its app. It runs the checks, posts what they say on the
board, and has an answer ready for whoever asks about the whole instance.

Three clocks: the board is looked at once a second, LIVE results live for the TTL, a failed boot
verdict is tried again at the TTL until it passes. Between them an answer is prebuilt bytes.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .board import Board, Slot, State
from .boot import Boot, Stage
from .errors import BootCheckError
from .findings import Report, Result, Status
from .formats.text import finding_line
from .journal import Journal, logger_of
from .limits import UNKNOWN, read_limits, read_used_memory
from .lock.file import read_lock
from .memory.oom import own_group, read_oom_kills
from .memory.sample import Sample, take_collected_sample, take_sample
from .place import Place
from .posting import Posting
from .processes import start_time
from .redaction import Redactor
from .registry import Registry, with_entry_points
from .rounds import Rounds, no_result_yet
from .runner import run_inline
from .servers import server_of
from .settings import Details, Settings, read_settings_below
from .snapshot import Snapshot, is_boot_over, take_snapshot
from .sources.home import folders_of
from .view import Answer, Kind, View

if TYPE_CHECKING:
    from flask import Flask

SCAN_SECONDS = 1.0
#: How long a probe waits for results when there are none to give.
WAIT_SECONDS = 0.5
_WAIT_STEP = 0.01
#: For how many seconds a worker that replaces another may keep its first requests waiting.
_PATIENCE = 1.0
#: Older than this many TTLs, results are not shown without waiting for newer ones.
_TOO_OLD = 3


class Monitor:
    """Watches over one app in this process. Made at wiring, at work from :meth:`begin` on."""

    def __init__(
        self, app: Flask | None, settings: Settings, keywords: dict[str, Any], registry: Registry
    ) -> None:
        self.app = app
        self._config = app.config if app is not None else {}
        self.settings = settings
        self.registry = self._given = registry
        self._keywords = keywords
        self._beginning = threading.Lock()
        self._scanning = threading.Lock()
        self._reset()

    def _reset(self) -> None:
        """As if nothing had begun; in a child, what its parent knew is not about it."""
        self._place: Place | None = None
        self._posting: Posting | None = None
        self._rounds: Rounds | None = None
        self._boot = Boot(self.settings, UNKNOWN, os.environ, self.app)
        self._redact = Redactor()
        self._master_need: int | None = None
        self._group: Path | None = None
        self._sample: Sample | None = None
        self._told = False
        self._view: View | None = None
        self._next_scan = self._looked_at = float("-inf")
        self._lacks_results = False
        self._gave_up_at = float("-inf")
        self._pid = 0

    # -- beginning ------------------------------------------------------------------------------

    def begin(self, place: Place) -> None:
        """Start the boot checks beside the app, which is complete now."""
        with self._beginning:
            if self._pid == os.getpid():
                return
            self._reset()
            if place.keywords:
                self.settings = read_settings_below(place.keywords, self._keywords, self._config)
            self._place, self._posting = place, Posting(place)
            self._redact = Redactor.of(os.environ, self._config, {"token": self.settings.token})
            logger = place.logger or logger_of(self.app)
            self._journal = Journal(logger)
            self.registry, errors = with_entry_points(self._given)
            for error in errors:
                logger.error("bootcheck: %s", self._redact(error))
            self._rounds = Rounds(self.registry, self._facts, self._redact, self._post)
            self._pid = os.getpid()
        self._rounds.start(self.settings.ttl)  # a probe may have been quicker: one round is enough

    def begin_alone(self, environ: Mapping[str, Any]) -> None:
        """Begin where no hook of a server has done so: this process answers for itself. Its first
        request says which server it came through."""
        if self._pid != os.getpid():
            board = Board.private()
            self.begin(Place(board, board.claim(), server_of(environ)))

    def insist(self) -> None:
        """Wait for the boot checks, and raise when one fails that is not about the database.

        :raises BootCheckError: naming what fails: gunicorn then stops the start.
        """
        rounds = self._rounds
        while rounds is not None and rounds.boot_report is None and rounds.is_under_way:
            time.sleep(_WAIT_STEP)
        failing = [
            finding_line(result.id, finding)
            for result, finding in ((rounds and rounds.boot_report) or Report()).findings
            if finding.status is Status.FAIL and result.area != "database"
        ]
        if failing:
            raise BootCheckError(f"BOOTCHECK_STRICT: {'; '.join(failing)}")

    def settle(self) -> None:
        """Wait for the end of the first round, though not for ever."""
        deadline = time.monotonic() + _PATIENCE
        while self._rounds is not None and self._rounds.is_under_way:
            if time.monotonic() > deadline:
                return
            time.sleep(_WAIT_STEP)

    # -- the round's thread ---------------------------------------------------------------------

    def _facts(self) -> Boot:
        place, rounds = self._place, self._rounds
        server = place.server if place is not None else None
        is_boot = rounds is not None and not rounds.has_booted
        self._boot = Boot(
            self.settings,
            read_limits(self.settings, os.environ),
            os.environ,
            self.app,
            server,
            self._boot.instance,
            place.trial if place is not None else None,
            lock=read_lock(folders_of(self.app)) if self.app is not None and is_boot else None,
        )
        self._group = own_group() if is_boot else self._group
        is_first = place is not None and bool(place.board["measuring"])
        # The governor decides by it: what a further worker costs shows after a full collection.
        self._sample = take_collected_sample() if is_first else take_sample()
        if server is not None and server.has_master and self._master_need is None:
            self._master_need = _need_of(os.getppid())
        return self._boot

    def _post(self) -> None:
        """Post what the round has found so far; at its end look at the whole, and tell."""
        place, posting, rounds = self._place, self._posting, self._rounds
        # A check may fork: where threads are green its child comes here, too.
        if place is None or posting is None or rounds is None or self._pid != os.getpid():
            return
        posting.post(self._slot(place, rounds))
        if not rounds.has_booted and not self._told and rounds.boot_report is not None:
            self._told = True
            self._journal.tell_worker(os.getpid(), rounds.boot_report)
        if rounds.live_report is None:
            return
        place.board["results_at"] = time.monotonic()
        if not place.leaves:  # its siblings end with it
            self._scan()

    def _slot(self, place: Place, rounds: Rounds) -> Slot:
        now = time.monotonic()
        return Slot(
            pid=os.getpid(),
            started=start_time(os.getpid()) or 0,
            state=State.READY if rounds.has_booted else State.FAILED,
            age=place.age,
            target=place.target,
            boot_seconds=now - place.born,
            posted_at=now,
            checked_at=rounds.ended_at,
            sample=self._sample,
            report=rounds.report,
        )

    # -- answering ------------------------------------------------------------------------------

    def touch(self, environ: Mapping[str, Any]) -> None:
        """The app serves a request: begin where nothing has, try a failed boot again."""
        rounds = self._rounds
        if self._pid != os.getpid():
            if not self._config.get("TESTING"):
                self.begin_alone(environ)
        elif rounds is not None and rounds.boot_report is not None and not rounds.has_booted:
            rounds.start(self.settings.ttl)

    def answer(self, kind: Kind, details: Details, environ: Mapping[str, Any]) -> Answer:
        """The answer to a probe. Between the clocks it costs a look-up."""
        if time.monotonic() >= self._next_scan or self._has_news():
            self._update(environ)
        return (self._view or self._nothing_yet()).answer(kind, details)

    def _has_news(self) -> bool:
        """A sibling has seen all of them ready, or they have been waited for long enough, or it has the
        results that we have none of: from then on nobody answers that there is something to wait for."""
        view, place = self._view, self._place
        if view is None or place is None or view.boot.instance is None:
            return False
        if self._lacks_results and place.board["results_at"] > self._looked_at:
            return True
        instance, timeout = view.boot.instance, self.settings.boot_timeout
        is_known = instance.booted or instance.waited > timeout
        return not is_known and is_boot_over(place.board, timeout)

    def _update(self, environ: Mapping[str, Any]) -> None:
        if self._pid != os.getpid():
            self.begin_alone(environ)
        rounds = self._rounds
        if rounds is None:
            return
        rounds.start(self.settings.ttl)
        if self._is_too_old(rounds) and time.monotonic() - self._gave_up_at > self.settings.ttl:
            self._wait(rounds)
        self._scan()

    def _is_too_old(self, rounds: Rounds) -> bool:
        return time.monotonic() - rounds.ended_at > _TOO_OLD * self.settings.ttl

    def _wait(self, rounds: Rounds) -> None:
        """Give the round a moment; when it takes longer, the next probes do not wait for it."""
        deadline = time.monotonic() + WAIT_SECONDS
        while rounds.is_under_way:
            if time.monotonic() > deadline:
                self._gave_up_at = time.monotonic()
                return
            time.sleep(_WAIT_STEP)

    def _scan(self) -> None:
        """Look at the board and forget the answers built before; one thread at a time. Who has nothing
        else to show waits a moment for the one that looks."""
        place, rounds = self._place, self._rounds
        patience = WAIT_SECONDS if self._view is None or self._has_news() else 0
        if place is None or rounds is None or not self._scanning.acquire(timeout=patience):
            return
        try:
            self._look(place, rounds)
        finally:
            self._scanning.release()

    def _look(self, place: Place, rounds: Rounds) -> None:
        looked_at = time.monotonic()
        if self._posting is not None:
            before = self._boot.instance
            self._posting.mend(before is not None and before.booted)
        used, count = read_used_memory(), place.count() if place.count is not None else None
        kills, need = read_oom_kills(self._group), self._master_need
        snapshot = take_snapshot(place.board, self.settings.ttl, used, need, count, kills)
        beside = place.is_beside is not None and place.is_beside()
        boot = replace(self._boot, instance=replace(snapshot.instance, beside=beside))
        overall = [
            run_inline(check, boot, self._redact)
            for check in self.registry
            if check.builtin and check.needs == "instance"
        ]
        results = (*snapshot.report.results, *overall)
        overdue = self._overdue(rounds, snapshot)
        by_id = {result.id: result for result in (*results, *overdue)}
        ordered = [by_id[check.id] for check in self.registry if check.id in by_id]
        report = Report(tuple(ordered), snapshot.report.truncated)
        self._boot = boot
        self._looked_at, self._lacks_results = looked_at, bool(overdue)
        self._view = View(report, boot)
        self._next_scan = time.monotonic() + SCAN_SECONDS
        if rounds.live_report is not None and not place.leaves:
            self._journal.tell_instance(place.board, report, boot)

    def _overdue(self, rounds: Rounds, snapshot: Snapshot) -> list[Result]:
        """A failure for each check of which neither this worker nor a sibling has a result that
        is young enough to be shown."""
        if not self._is_too_old(rounds):
            return []
        known = snapshot.known(time.monotonic() - _TOO_OLD * self.settings.ttl)
        return [result for result in rounds.overdue(self._boot) if result.id not in known]

    def _nothing_yet(self) -> View:
        """Before the first look nothing is known, and that is not a pass."""
        return View(Report((no_result_yet("workers.not-ready", Stage.LIVE),)), self._boot)


def _need_of(pid: int) -> int | None:
    """What a process of another user, or without page counts, cannot say is left out."""
    sample = take_sample(pid)
    return sample.need if sample is not None and sample.source.startswith("smaps") else None
