"""What the master knows of the app's memory, and how many workers that allows."""

from __future__ import annotations

import os
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from ..board import Board
from ..limits import Limits, read_limits, read_used_memory
from ..memory.budget import budget_line, itemise
from ..memory.model import MARGIN, Model, charge, from_idle_sample, from_sample, room
from ..memory.sample import Sample, needed, take_sample
from ..memory.saved import FILE_NAME, Conditions, load_forecast, module_of
from ..memory.size import MIB, format_size
from ..settings import Settings
from .census import Census, take_census

#: What a worker may need as far as we know before one is measured. Most need less; then a ramp that
#: was not needed has cost the boot of one worker.
CAUTIOUS_BYTES = 512 * MIB
#: How far two measurements of one app may lie apart: either may be wrong by the margin. Measured under
#: ``--preload``: 8.6 %, most of it what a master that loads the app twice adds to its heap.
NOISE = MARGIN**2

Kind = Literal["guess", "measured", "saved"]
_SOURCES: dict[Kind, str] = {
    "guess": "a guess, since its first worker has not booted",
    "measured": "measured by its first worker",
    "saved": f"measured by {FILE_NAME}",
}


@dataclass(frozen=True, slots=True)
class Basis:
    """A model, and what it stands on."""

    model: Model
    kind: Kind

    @property
    def margin(self) -> float:
        """On top of the model: one worker that was measured here has its allowance in it."""
        return MARGIN if self.kind == "saved" else 1.0

    @property
    def source(self) -> str:
        """In words."""
        return _SOURCES[self.kind]


class Estimate:
    """``basis`` is ``None`` until something is known, ``saved`` says that it was when gunicorn
    started; ``fits`` is the number of workers that fit, when last asked for."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._settings = Settings()
        self._limits: Limits | None = None
        self._is_preloaded = False
        self._loaded: Model | None = None
        self._census = Census(None, (), None)
        self.basis: Basis | None = None
        self.saved = False
        self.fits: int | None = None
        #: How many ran when a reload began: what ran and fit does not get fewer by noise.
        self._kept = 0
        #: Whether it is not the headroom that bounds them, but room for one more in a reload.
        self.is_bound_by_reload = False

    def configure(self, server: Any, settings: Settings) -> None:
        """A new configuration: another forecast may be there, another limit."""
        was_preloaded, self._is_preloaded = self._is_preloaded, bool(server.cfg.preload_app)
        self._settings = settings
        self._read_limits()
        if was_preloaded != self._is_preloaded:  # what was measured is of another app
            self.basis = self._loaded = None
        self._load_saved(server)

    @property
    def limit(self) -> int | None:
        """Bytes; ``None`` where nobody says."""
        value = self._limits.memory.value if self._limits is not None else None
        return int(value) if value is not None else None

    @property
    def room(self) -> float | None:
        """The limit without the headroom."""
        return room(self.limit, self._settings.memory_headroom) if self.limit is not None else None

    @property
    def is_guess(self) -> bool:
        """Whether nothing was measured yet."""
        return self.basis is None or self.basis.kind == "guess"

    def could_matter(self, workers: int) -> bool:
        """Whether so many workers could be too many, by a guess."""
        each = max(CAUTIOUS_BYTES, self.basis.model.per_worker if self.basis is not None else 0)
        return self.room is not None and workers * each > self.room

    def learn(self, samples: Sequence[Sample]) -> None:
        """The line from the largest worker measured; without one a cautious guess. What was measured
        before never falls, since a new worker beside the old has less to itself than later; and it
        rises where a reload shows more than the model may be wrong."""
        master = [sample] if (sample := take_sample()) is not None else []
        if not samples:
            first = needed(master) + CAUTIOUS_BYTES
            self.basis = self.basis or Basis(Model(first, CAUTIOUS_BYTES), "guess")
            return
        worker = max(samples, key=charge)
        both = needed([*master, worker]) - worker.need
        known = self.basis
        if known is not None and known.kind == "saved":
            model = from_sample(worker, both)
        else:
            model = from_idle_sample(worker, both, self._is_preloaded)
        if known is None or known.kind == "guess":
            self.basis = Basis(model, "measured")
        elif not model.is_within(known.model, MARGIN):
            self.basis = replace(known, model=model.at_least(known.model))

    def decide(self, pids: Iterable[int]) -> int | None:
        """How many workers fit, and put it on the board; ``None`` when that cannot be said.

        :param pids: the workers that live; what they need is measured now.
        """
        self._read_limits()
        if self.basis is None or self.limit is None:
            return None
        self._census = self._take_census(pids)
        self._correct()
        model, margin = self.basis.model, self.basis.margin
        headroom, taken = self._settings.memory_headroom, self._census.others + self._grown
        within = model.fits(room(self.limit, headroom, taken), margin)
        most = max(1, self._most_to_reload(taken)) if headroom else within  # none: at own risk
        self.fits = min(most, within)
        if self.fits < self._kept and self._holds(self._kept, taken):
            self.fits = self._kept
        self.is_bound_by_reload = self.fits == most < within
        self._board["fits"] = self.fits
        self._board["first"] = model.first
        self._board["per_worker"] = model.per_worker
        return self.fits

    def keep(self, running: int) -> None:
        """A reload begins while so many run, and the last census has measured them: keep their number
        if the limit holds them and one more."""
        if self.basis is None or self.limit is None:
            self._kept = 0
            return
        used = self._census.ours if self._census.used is None else self._census.used
        self._kept = running if used + self.basis.model.per_worker <= self.limit else 0

    def let_go(self, running: int) -> None:
        """No more than so many shall run from now on."""
        self._kept = min(self._kept, running)

    def excess(self, pids: Sequence[int], target: int) -> str:
        """Why the workers that live are enough, where ``target`` of them shall run: they need more
        than the room there is, or those that are missing would exceed the limit. Empty else."""
        self._read_limits()
        if self.limit is None or self.room is None:
            return ""
        used = self._read_used()
        each = self.basis.model.per_worker if self.basis is not None else 0
        if used is not None and used <= self.room and used + target * each <= self.limit:
            return ""
        self._census = census = self._take_census(pids)
        used = census.ours if used is None else used
        live = len(census.workers)
        to_come = sum(max(0, each - charge(sample)) for sample in census.workers)
        if used <= self.room and used + to_come + (target - live) * each <= self.limit:
            return ""
        largest = max(map(charge, census.workers), default=0)
        self._board["per_worker"] = self._board["per_worker"] or largest
        return f"{live} live workers need {format_size(used)}"

    def budget(self, workers: int) -> str:
        """The sum for so many workers, in one line."""
        if self.basis is None or self._limits is None or self.limit is None:
            return ""
        return budget_line(
            itemise(
                self.basis.model,
                workers,
                self.limit,
                self._limits.memory.source,
                self._settings.memory_headroom,
                self._census.others,
                self.basis.margin,
                self._grown,
            )
        )

    @property
    def _grown(self) -> int:
        return self._census.grown(self.basis.model) if self.basis is not None else 0

    def _read_limits(self) -> None:
        self._limits = read_limits(self._settings, os.environ)

    def _read_used(self) -> int | None:
        """``None`` also under a limit the user has set: what is in use is counted under another."""
        return read_used_memory() if self._settings.memory_limit is None else None

    def _take_census(self, pids: Iterable[int]) -> Census:
        return take_census(self._board, pids, self._read_used)

    def _correct(self) -> None:
        """A forecast says too little where half of the workers need more by themselves. That it
        says too much is not known before each of them has run a full collection."""
        charges = [charge(sample) for sample in self._census.workers]
        if self.basis is not None and self.basis.kind == "saved" and charges:
            least = Model(0, round(statistics.median_low(charges) / self.basis.margin))
            self.basis = replace(self.basis, model=self.basis.model.at_least(least))

    def _most_to_reload(self, taken: int) -> int:
        """How many may run so that one more fits into the limit: a reload forks at least one before
        the old ones end, and where a worker is larger than the headroom, that would not hold it."""
        if self.basis is None or self.limit is None:
            return 0
        return self.basis.model.fits(self.limit - taken, MARGIN) - 1

    def _holds(self, workers: int, taken: int) -> bool:
        """Whether so many that ran are over the budget by no more than noise, and one more fits into
        the limit. Some count is always the last that fits."""
        if self.basis is None or self.limit is None:
            return False
        model, left = self.basis.model, self.limit - taken
        most = room(self.limit, self._settings.memory_headroom) * NOISE - taken
        return model.need(workers) * self.basis.margin <= most and model.need(workers + 1) <= left

    def _load_saved(self, server: Any) -> None:
        """A forecast beside the app, when it was measured under the same conditions. What has
        corrected it before a reload still holds."""
        from gunicorn import __version__

        conditions = Conditions(
            app=module_of(getattr(server.app, "app_uri", None) or ""),
            gunicorn=__version__,
            worker_class=server.cfg.worker_class_str,
            preload=self._is_preloaded,
            frozen=self._is_preloaded and self._settings.gc_freeze,
        )
        model, problem = load_forecast(Path(server.cfg.chdir) / FILE_NAME, conditions)
        if problem:
            server.log.warning("bootcheck: %s: the first worker is measured", problem)
        self.saved = model is not None
        if model is not None and model != self._loaded:
            self._loaded, self.basis = model, Basis(model, "saved")
