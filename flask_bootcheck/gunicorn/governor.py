"""The governor: how many workers may run, decided in gunicorn's master.

Its gate is ``nworkers_changed``, which gunicorn calls at start, on SIGHUP, and on TTIN and TTOU. Where
the count asked for could matter and no saved forecast answers, it admits one worker, has it measured,
and then as many as fit. Nothing is killed to make room.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from typing import Any

from ..board import Board, Slot, State
from ..settings import Settings
from .accounts import Accounts
from .alarm import Alarm, ring_by_signal
from .errand import arrange
from .estimate import Estimate
from .origin import count_origin
from .wrap import Ours

#: BSD's EX_CONFIG, as ``refuse`` promises.
EXIT_REFUSED = 78


class Governor:
    """Works in the master only; what it decides it writes to the board."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._settings = Settings()
        self._estimate = Estimate(board)
        self._accounts = Accounts(board)
        self._cfg: Any = None
        self._asked = 0
        self._youngest = 0
        self._since = 0.0
        self._is_serving = False
        self._is_ramping = False
        self._is_setting = False
        self._elder = 0
        self._server: Any = None
        self._errand: Callable[[], None] | None = None
        self._signals = 0
        self._alarm = Alarm(self._is_due, self._ring)

    # -- the gate ---------------------------------------------------------------------------------

    def changed(self, server: Any, new: int, old: int | None, settings: Settings) -> None:
        """gunicorn's worker count is about to become ``new``.

        :raises HaltServer: with the policy ``refuse``, when they do not fit.
        """
        if self._is_setting or "BOOTCHECK_TRIAL" in os.environ:
            return
        self._server = server
        if new == 0:  # SIGWINCH: after SIGUSR2 the old master sends its workers home
            self._asked = 0
            self._end_ramp()
            self._admit(server, 0)
        elif server.cfg is not self._cfg:
            self._cfg, self._settings = server.cfg, settings
            self._estimate.configure(server, settings)
            self._board.where = count_origin(str(server.cfg.config or ""))
            self._ask(server, new)
        elif self._signals and new - (old or 0) == 1:
            self._signals -= 1
            self._admit(server, int(self._board["target"]))
            self.rung()
        elif self._is_ramping:
            self._asked = max(1, self._asked + new - (old or 0))
            is_warn = self._settings.overcommit == "warn"
            now = self._most(self._asked)
            self._admit(server, now if is_warn else min(now, int(self._board["target"])))
            self.rung()
        else:
            # One more than run is no new wish where more were asked for already.
            self._asked = max(self._asked, new) if new > (old or 0) else new
            self._admit(server, self._bound(self._asked, old or 0))

    def rung(self) -> None:
        """Our own alarm, in the main loop of gunicorn; also late, or once too often."""
        if self._is_ramping and self._has_news():
            self._on_news(self._server)
        elif self._elder and not self._is_beside_elder():
            self._elder = 0
            self._alarm.stop()
            self._admit(self._server, self._bound(self._asked, int(self._board["target"])))
        elif self._is_ramping or self._elder:  # who had news is gone again
            self._alarm.start()

    def ready(self, server: Any) -> None:
        """The master listens, and takes signals: before, an alarm would stop the process."""
        self._is_serving, self._server = True, server
        self._errand = arrange(server, Ours(self.rung, 0))
        if said := self._accounts.inherit():
            server.log.error("bootcheck: WARN  %s", said)
        if self._is_ramping or self._elder:
            self._since = time.monotonic()
            self._alarm.start()

    def refuse_at_start(self, server: Any) -> None:
        """With the policy ``refuse`` and a saved forecast: end before any worker is forked."""
        if self._estimate.saved and self._does_not_fit():
            server.log.error("%s", self.refusal())
            sys.exit(EXIT_REFUSED)

    def disarm(self) -> None:
        """Before another program takes this process: its timers would stay."""
        self._alarm.stop()

    def close(self) -> None:
        """The master ends by itself."""
        self._accounts.close()

    def forget(self) -> None:
        """In a child, which governs nothing."""
        self._alarm.forget()

    def exited(self, server: Any, worker: Any) -> None:
        """A worker has ended; over budget it is not replaced. Tiny: up to gunicorn 23 this runs
        inside a signal handler."""
        if said := self._accounts.exited(worker):
            server.log.error("bootcheck: FAIL  %s", said)
        # Not one less than live: gunicorn would end one of them.
        target, live = int(self._board["target"]), [*server.WORKERS]
        fewer, is_ending = max(1, target - 1, len(live)), not getattr(server, "LISTENERS", True)
        if self._settings.overcommit != "cap" or self._is_ramping or is_ending:
            return
        if fewer < target and (excess := self._estimate.excess(live, target)):
            self._tell(f"over budget: {excess}")
            self._board["fits"] = fewer
            self._estimate.let_go(fewer)
            self._admit(server, fewer)

    # -- the ramp ---------------------------------------------------------------------------------

    def _ask(self, server: Any, asked: int) -> None:
        """A new configuration: at start, or after SIGHUP, when the old workers still live."""
        estimate, beside = self._estimate, len(server.WORKERS)
        if beside and estimate.basis is None and (old := self._measured()):
            estimate.learn([slot.sample for slot in old if slot.sample is not None])
        self._asked, self._signals = asked, 0
        ran = 0 if self._is_ramping else int(self._board["target"])
        self._youngest = getattr(server, "worker_age", 0)  # not there yet at start
        self._end_ramp()
        most = self._most(asked)
        if estimate.basis is not None and not beside:
            self._admit(server, self._bound(asked, 0))
        elif most <= 1 or not estimate.could_matter(most + beside):
            self._admit(server, most)
        elif self._settings.overcommit == "warn":
            self._start_ramp(server, most)
        else:
            fits = estimate.decide(server.WORKERS) if beside else None
            if beside and ran:  # else a ramp was cut short: those to keep ran before it
                estimate.keep(ran)
            self._start_ramp(server, min(most, max(1, (fits or 0) - beside)))

    def _end_ramp(self) -> None:
        self._board["measuring"] = self._board["deciding"] = self._is_ramping = False
        self._elder = 0
        self._alarm.stop()

    def _start_ramp(self, server: Any, first: int) -> None:
        self._is_ramping, self._since = True, time.monotonic()
        self._board["measuring"] = 1
        self._board["deciding"] = not self._board["booted_at"] and first < self._most(self._asked)
        self._tell("measuring the first worker")
        self._admit(server, first)
        if self._is_serving:
            self._alarm.start()

    def _on_news(self, server: Any) -> None:
        """A worker has measured itself, or none does in time."""
        self._alarm.stop()
        is_start = not self._board["booted_at"]
        measured = [slot.sample for slot in self._measured() if slot.sample is not None]
        self._estimate.learn(measured)
        self._board["measuring"] = not measured
        self._is_ramping = not measured or self._old_workers() > 0
        if self._is_ramping:  # late: what is true may still come
            if not measured:
                seconds = self._settings.boot_timeout
                server.log.warning(
                    "bootcheck: no worker is ready after %g s: going on by a guess", seconds
                )
            self._since = float("inf")
            self._alarm.start()
        self._admit(server, self._bound(self._asked, int(self._board["target"])))
        self._board["deciding"] = False
        if is_start and measured:
            self._refuse_if_needed()

    def _ring(self) -> None:
        """In a signal handler, or a thread: have the main loop call :meth:`rung`."""
        if self._errand is not None:
            self._errand()
        else:  # gunicorn looks different: by the signal that comes to the gate
            self._signals += 1
            ring_by_signal()

    def _is_due(self) -> bool:
        """Whether the alarm shall ring: there is something to decide."""
        if self._is_ramping:
            return self._has_news()
        return bool(self._elder) and not self._is_beside_elder()

    def _has_news(self) -> bool:
        """Whether a worker of this configuration has measured itself, or none does in time."""
        return self._is_late() or (bool(self._measured()) and not self._old_workers())

    def _is_late(self) -> bool:
        return time.monotonic() - self._since > self._settings.boot_timeout

    def _measured(self) -> list[Slot]:
        slots = self._board.live_slots(wait=False)
        done = (State.READY, State.FAILED)
        return [
            slot
            for slot in slots
            if slot.age > self._youngest and slot.state in done and slot.sample is not None
        ]

    def _old_workers(self) -> int:
        """After SIGHUP: how many of before still end, in memory that new ones are to have."""
        return sum(slot.age <= self._youngest for slot in self._board.live_slots(wait=False))

    def _is_beside_elder(self) -> bool:
        """Whether the master that USR2 was sent to still runs, with its workers."""
        return os.environ.get("GUNICORN_PID") == str(os.getppid())

    # -- deciding ---------------------------------------------------------------------------------

    def _bound(self, asked: int, before: int) -> int:
        """As many of those asked for as fit; at least one, and at least those that live of ``before``:
        who is to end when too many run is whoever ends next by itself."""
        workers, most = self._server.WORKERS, self._most(asked)
        if self._estimate.is_guess and self._estimate.could_matter(most) and not self._is_ramping:
            self._estimate.learn([slot.sample for slot in self._measured() if slot.sample])
        fits = self._estimate.decide(workers)
        if fits is None:
            return most
        self._tell("" if fits >= most else self._reason(asked))
        if self._settings.overcommit == "warn":
            return most
        if fits < most and self._is_beside_elder():  # once that is gone there is more room
            self._elder = os.getppid()
            if self._is_serving and not self._is_ramping:
                self._alarm.start()
        beside = self._old_workers() if self._is_ramping else 0
        return min(most, max(1, fits - beside, min(before, len(workers))))

    def _most(self, asked: int) -> int:
        maximum = self._settings.max_workers
        return asked if maximum is None else min(asked, maximum)

    def _reason(self, asked: int) -> str:
        source = self._estimate.basis.source if self._estimate.basis is not None else ""
        reload = "; a reload needs room for one more" if self._estimate.is_bound_by_reload else ""
        return f"{source}: {self._estimate.budget(asked)}{reload}"

    def _refuse_if_needed(self) -> None:
        if self._does_not_fit():
            from gunicorn.errors import HaltServer

            raise HaltServer(self.refusal(), EXIT_REFUSED)

    def _does_not_fit(self) -> bool:
        if self._settings.overcommit != "refuse" or self._estimate.fits is None:
            return False
        return self._estimate.fits < self._most(self._asked)

    def refusal(self) -> str:
        """Why the server does not start: one message, with the budget."""
        return (
            f"bootcheck: {self._asked} workers asked for, {self._estimate.fits} fit: "
            f"{self._estimate.budget(self._asked)}; BOOTCHECK_OVERCOMMIT=cap runs what fits"
        )

    def _admit(self, server: Any, count: int) -> None:
        """Have gunicorn run this many. SIGHUP forks ``cfg.workers``, whatever ``num_workers`` says."""
        self._board["configured"], self._board["target"] = self._asked, count
        self._is_setting = True
        try:
            server.cfg.set("workers", count)
            if server.num_workers != count:  # the hook of the user hears of changes only
                server.num_workers = count
        finally:
            self._is_setting = False

    def _tell(self, why: str) -> None:
        self._board.why = why
