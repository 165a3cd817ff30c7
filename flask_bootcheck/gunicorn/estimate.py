"""What the master knows of the app's memory, and how many workers that allows."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..board import Board
from ..limits import Limits, read_limits, read_used_memory
from ..memory.budget import budget_line, itemise
from ..memory.model import MARGIN, Model, from_idle_sample, room
from ..memory.sample import Sample, take_sample
from ..memory.saved import FILE_NAME, Conditions, load_forecast, module_of
from ..memory.size import MIB
from ..settings import Settings

#: What a worker may need as far as we know before one is measured. Most need less; then a ramp that
#: was not needed has cost the boot of one worker.
CAUTIOUS_BYTES = 512 * MIB


@dataclass(frozen=True, slots=True)
class Basis:
    """A model, the margin on top of it, and what it stands on."""

    model: Model
    margin: float
    source: str


class Estimate:
    """``basis`` is ``None`` until something is known, ``saved`` says that it was when gunicorn
    started; ``fits`` is the number of workers that fit, when last asked for."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._settings = Settings()
        self._limits: Limits | None = None
        self._is_preloaded = False
        self.basis: Basis | None = None
        self.saved = False
        self.fits: int | None = None
        #: Whether it is not the headroom that bounds them, but room for one more in a reload.
        self.is_bound_by_reload = False

    def configure(self, server: Any, settings: Settings) -> None:
        """A new configuration: another forecast may be there, another limit."""
        self._settings = settings
        self._limits = read_limits(settings, os.environ)
        self._is_preloaded = bool(server.cfg.preload_app)
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

    def could_matter(self, workers: int) -> bool:
        """Whether so many workers could be too many, by a guess."""
        return self.room is not None and workers * CAUTIOUS_BYTES > self.room

    def learn(self, samples: Sequence[Sample]) -> None:
        """The line from the largest worker measured; without one a cautious guess."""
        master = take_sample()
        fixed = master.need if master is not None else 0
        if samples:
            largest = max(samples, key=lambda sample: sample.private_dirty)
            model = from_idle_sample(largest, fixed, self._is_preloaded)
            self.basis = Basis(model, 1.0, "measured by its first worker")
        elif self.basis is None:
            guess = Model(fixed + CAUTIOUS_BYTES, CAUTIOUS_BYTES)
            self.basis = Basis(guess, 1.0, "a guess, since its first worker has not booted")

    def decide(self) -> int | None:
        """How many workers fit, and put it on the board; ``None`` when that cannot be said."""
        if self.basis is None or self.limit is None:
            return None
        headroom, others = self._settings.memory_headroom, self._others()
        self.fits = self.basis.model.fits(room(self.limit, headroom, others), self.basis.margin)
        most = max(1, self._most_to_reload(others)) if headroom else self.fits  # none: at own risk
        self.is_bound_by_reload, self.fits = most < self.fits, min(most, self.fits)
        self._board["fits"] = self.fits
        self._board["first"] = self.basis.model.first
        self._board["per_worker"] = self.basis.model.per_worker
        return self.fits

    def _most_to_reload(self, others: int) -> int:
        """How many may run so that one more fits into the limit: a reload forks at least one before
        the old ones end, and where a worker is larger than the headroom, that would not hold it."""
        if self.basis is None or self.limit is None:
            return 0
        return self.basis.model.fits(self.limit - others, MARGIN) - 1

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
                self._others(),
                self.basis.margin,
            )
        )

    def _load_saved(self, server: Any) -> None:
        """A forecast beside the app, when it was measured under the same conditions."""
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
        if model is not None:
            self.basis = Basis(model, MARGIN, f"measured by {FILE_NAME}")

    def _others(self) -> int:
        """Bytes in the container that are not of this app: a tmpfs, another process, an old master."""
        if self._settings.memory_limit is not None:
            return 0  # a limit the user has set; what is in use is measured against another
        used = read_used_memory()
        if used is None:
            return 0
        samples = [slot.sample for slot in self._board.live_slots(wait=False)]
        ours = [sample.need for sample in (*samples, take_sample()) if sample is not None]
        return max(0, used - sum(ours))
