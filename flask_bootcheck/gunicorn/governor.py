"""The governor: how many workers may run, decided in gunicorn's master.

Its gate is ``nworkers_changed``, which gunicorn calls at start, on SIGHUP, and on TTIN and TTOU. Where
the count asked for could matter and no saved forecast answers, it admits one worker, has it measured,
and then as many as fit. Nothing is killed to make room.
"""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..board import Board, Slot, State
from ..limits import Limits, read_limits, read_used_memory
from ..memory.budget import budget_line, itemise
from ..memory.model import MARGIN, Model, from_idle_sample, room
from ..memory.sample import take_sample
from ..memory.saved import FILE_NAME, Conditions, load_forecast
from ..memory.size import MIB, format_size
from ..settings import Settings
from .accounts import Accounts
from .alarm import Alarm
from .origin import count_origin

#: What a worker may need as far as we know before one is measured. Most need less; then a ramp that
#: was not needed has cost the boot of one worker.
CAUTIOUS_BYTES = 512 * MIB

#: BSD's EX_CONFIG, as ``refuse`` promises.
EXIT_REFUSED = 78


@dataclass(frozen=True, slots=True)
class Forecast:
    """What is known of the app's memory: a model, the margin on top of it, and where it is from."""

    model: Model
    margin: float
    source: str


class Governor:
    """Works in the master only; what it decides it writes to the board."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._settings = Settings()
        self._saved: Forecast | None = None
        self._known: Forecast | None = None
        self._accounts = Accounts(board)
        self._limits: Limits | None = None
        self._cfg: Any = None
        self._asked = 0
        self._youngest = 0
        self._since = 0.0
        self._is_ramping = False
        self._is_setting = False
        self._alarm = Alarm(self._has_news)

    # -- the gate ---------------------------------------------------------------------------------

    def changed(self, server: Any, new: int, old: int | None, settings: Settings) -> None:
        """gunicorn's worker count is about to become ``new``.

        :raises HaltServer: with the policy ``refuse``, when they do not fit.
        """
        if self._is_setting:
            return
        if server.cfg is not self._cfg:
            self._cfg, self._settings = server.cfg, settings
            self._load_saved(server)
            self._limits = read_limits(self._settings, os.environ)
            self._board.where = count_origin(str(server.cfg.config or ""))
            self._ask(server, new)
        elif self._is_ramping:
            self._on_ramp(server, new - (old or 0))
        else:
            self._asked = new
            self._admit(server, self._bound(new))

    def _ask(self, server: Any, asked: int) -> None:
        """A new configuration: at start, or after SIGHUP, when the old workers still live."""
        self._asked = asked
        self._youngest = getattr(server, "worker_age", 0)  # not there yet at start
        bound = self._most(asked)
        if not self._could_matter(bound):
            self._admit(server, bound)
            return
        beside = len(server.WORKERS)
        if self._known is not None and not beside:
            self._admit(server, self._bound(asked))
            return
        first = self._fit_beside(beside) if beside and self._known is not None else 1
        self._start_ramp(server, min(first, bound))

    def _start_ramp(self, server: Any, first: int) -> None:
        self._is_ramping, self._since = True, time.monotonic()
        self._board["deciding"] = not self._board["booted_at"]
        self._tell("measuring the first worker")
        self._admit(server, max(1, first))
        self._alarm.start()

    def _on_ramp(self, server: Any, step: int) -> None:
        """SIGTTIN or SIGTTOU while the first workers boot: our own alarm, or somebody's."""
        if not self._has_news():
            self._asked = max(1, self._asked + step)
            self._admit(server, int(self._board["target"]))
            return
        is_start = not self._board["booted_at"]
        self._learn()
        self._is_ramping = not self._measured()
        if self._is_ramping:  # late: what it really needs may still come
            seconds = self._settings.boot_timeout
            server.log.warning(
                "bootcheck: no worker is ready after %g s: going on by a guess", seconds
            )
            self._since = float("inf")
            self._alarm.start()
        self._admit(server, self._bound(self._asked))
        self._board["deciding"] = False
        if is_start and not self._is_ramping:
            self._refuse_if_needed()

    def refuse_at_start(self, server: Any) -> None:
        """With the policy ``refuse`` and a saved forecast: end before any worker is forked."""
        if self._saved is not None and self._does_not_fit():
            server.log.error("%s", self.refusal())
            sys.exit(EXIT_REFUSED)

    def disarm(self) -> None:
        """Before another program takes this process: its timers would stay."""
        self._alarm.stop()

    def forget(self) -> None:
        """In a child, which governs nothing."""
        self._alarm.forget()

    def exited(self, server: Any, worker: Any) -> None:
        """A worker has ended; over budget it is not replaced. Tiny: up to gunicorn 23 this runs
        inside a signal handler."""
        if said := self._accounts.exited(worker):
            server.log.error("bootcheck: FAIL  %s", said)
        limit, target = self._limit(), int(self._board["target"])
        if limit is None or target <= 1 or self._settings.overcommit != "cap":
            return
        slots = self._board.live_slots(wait=False)
        need = sum(slot.sample.need for slot in slots if slot.sample is not None)
        if need > limit * (1 - self._settings.memory_headroom):
            self._tell(f"over budget: the live workers need {format_size(need)}")
            self._admit(server, target - 1)

    # -- what is known ----------------------------------------------------------------------------

    def _load_saved(self, server: Any) -> None:
        """A forecast beside the app, when it was measured under the same conditions."""
        from gunicorn import __version__

        conditions = Conditions(
            app=getattr(server.app, "app_uri", None) or "",
            gunicorn=__version__,
            worker_class=server.cfg.worker_class_str,
            preload=bool(server.cfg.preload_app),
        )
        model, problem = load_forecast(Path(server.cfg.chdir) / FILE_NAME, conditions)
        if problem:
            server.log.warning("bootcheck: %s: the first worker is measured", problem)
        if model is not None:
            self._saved = self._known = Forecast(model, MARGIN, FILE_NAME)

    def _has_news(self) -> bool:
        """Whether a worker of this configuration has measured itself, or none does in time."""
        return bool(self._measured()) or self._is_late()

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

    def _learn(self) -> None:
        """The line from the largest worker measured; without one a cautious guess."""
        master = take_sample()
        fixed = master.need if master is not None else 0
        samples = [slot.sample for slot in self._measured() if slot.sample is not None]
        if samples:
            largest = max(samples, key=lambda sample: sample.private_dirty)
            self._known = Forecast(from_idle_sample(largest, fixed), 1.0, "its first worker")
        elif self._known is None:
            guess = Model(fixed + CAUTIOUS_BYTES, CAUTIOUS_BYTES)
            self._known = Forecast(guess, 1.0, "guess, since its first worker has not booted")

    def _could_matter(self, asked: int) -> bool:
        limit = self._limit()
        if limit is None or self._settings.overcommit == "warn" or asked <= 1:
            return False
        return asked * CAUTIOUS_BYTES > room(limit, self._settings.memory_headroom)

    def _limit(self) -> int | None:
        value = self._limits.memory.value if self._limits is not None else None
        return int(value) if value is not None else None

    def _others(self) -> int:
        """Bytes in the container that are not of this app: a tmpfs, another process, an old master."""
        if self._settings.memory_limit is not None:
            return 0  # a limit the user has set; what is in use is measured against another
        used = read_used_memory()
        samples = [slot.sample for slot in self._board.live_slots(wait=False) if slot.sample]
        master = take_sample()
        ours = sum(sample.need for sample in samples) + (master.need if master else 0)
        return max(0, used - ours) if used is not None and samples else 0

    # -- deciding ---------------------------------------------------------------------------------

    def _bound(self, asked: int) -> int:
        """As many of those asked for as fit, at least one."""
        limit = self._limit()
        if self._known is None or limit is None or self._settings.overcommit == "warn":
            return self._most(asked)
        left = room(limit, self._settings.memory_headroom, self._others())
        fits = self._known.model.fits(left, self._known.margin)
        self._board["fits"] = fits
        self._board["first"] = self._known.model.first
        self._board["per_worker"] = self._known.model.per_worker
        if fits >= self._most(asked):
            self._tell("")
        else:
            self._tell(f"measured by {self._known.source}: {self._budget(asked)}")
        return max(1, min(self._most(asked), fits))

    def _most(self, asked: int) -> int:
        maximum = self._settings.max_workers
        return asked if maximum is None else min(asked, maximum)

    def _fit_beside(self, others: int) -> int:
        """How many fit beside so many old workers."""
        limit = self._limit()
        if self._known is None or limit is None:
            return 1
        left = room(limit, self._settings.memory_headroom, self._others())
        return self._known.model.fits(left, self._known.margin) - others

    def _refuse_if_needed(self) -> None:
        if self._does_not_fit():
            from gunicorn.errors import HaltServer

            raise HaltServer(self.refusal(), EXIT_REFUSED)

    def _does_not_fit(self) -> bool:
        if self._settings.overcommit != "refuse" or self._known is None:
            return False
        return self._board["fits"] < self._asked

    def refusal(self) -> str:
        """Why the server does not start: one message, with the budget."""
        return (
            f"bootcheck: {self._asked} workers asked for, {self._board['fits']:.0f} fit: "
            f"{self._budget(self._asked)}; BOOTCHECK_OVERCOMMIT=cap runs what fits"
        )

    def _budget(self, workers: int) -> str:
        if self._known is None or self._limits is None or self._limits.memory.value is None:
            return ""
        return budget_line(
            itemise(
                self._known.model,
                workers,
                int(self._limits.memory.value),
                self._limits.memory.source,
                self._settings.memory_headroom,
                self._others(),
                self._known.margin,
            )
        )

    def _admit(self, server: Any, count: int) -> None:
        """Have gunicorn run this many. SIGHUP forks ``cfg.workers``, whatever ``num_workers`` says."""
        self._board["configured"], self._board["target"] = self._asked, count
        self._is_setting = True
        try:
            server.cfg.set("workers", count)
            server.num_workers = count
        finally:
            self._is_setting = False

    def _tell(self, why: str) -> None:
        self._board.why = why
