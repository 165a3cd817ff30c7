"""The model: the line need(N), and what it says for N workers. Pure.

``need(N) = first + (N - 1) x per_worker``: what one worker and its master need, and what each further
worker adds, which is what it shares with nobody. Measured on fourteen apps at 8 workers: -1 to +2 %
plain, -4 to +1 % of the state after collection with preload.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from .sample import KERNEL_BYTES, Sample

#: On top of what was measured: the error the model may have.
MARGIN = 1.05
#: A worker that has only booted grows on its first requests: idle, its private pages were 0 to 35 %
#: short of the warm truth, most in apps that import lazily.
GROWTH = 1.25
#: More workers than any machine runs.
_MANY = 1_000_000


@dataclass(frozen=True, slots=True)
class Model:
    """Bytes: ``first`` for the master and one worker, ``per_worker`` for each further one; ``error``
    is the largest share by which a sample missed the line, where more than one was taken."""

    first: int
    per_worker: int
    error: float | None = None

    @property
    def fixed(self) -> int:
        """What is there without any worker: the master, and what all share."""
        return max(0, self.first - self.per_worker)

    def need(self, workers: int) -> int:
        """Bytes that ``workers`` of them need; 0 for none."""
        return self.first + (workers - 1) * self.per_worker if workers > 0 else 0

    def at_least(self, other: Model) -> Model:
        """The line that lies below neither."""
        return Model(max(self.first, other.first), max(self.per_worker, other.per_worker))

    def is_within(self, other: Model, margin: float) -> bool:
        """Whether it lies above the other line by no more than a margin."""
        return self.first <= other.first * margin and self.per_worker <= other.per_worker * margin

    def fits(self, room: float, margin: float = MARGIN) -> int:
        """How many workers need no more than ``room`` bytes, a margin included."""
        left = room - self.first * margin
        if not left >= 0:  # less than nothing, or no number
            return 0
        count = 1 + math.floor(min(left / max(1.0, self.per_worker * margin), _MANY))
        # The division is rounded, and may have been up.
        return count if count == 1 or self.need(count) * margin <= room else count - 1


@dataclass(frozen=True, slots=True)
class Advice:
    """How many workers to run, and which bound made it: ``memory`` or ``cpu``."""

    workers: int
    bound_by: str


def room(limit: float, headroom: float, others: float = 0) -> float:
    """Bytes for the app: the limit without the headroom (a share), and without what is not ours."""
    return limit * (1 - headroom) - others


def from_sample(worker: Sample, master_need: int) -> Model:
    """The line from one worker that is warm and has run a full garbage collection."""
    return Model(master_need + worker.need, charge(worker))


def from_idle_sample(worker: Sample, master_need: int, preloaded: bool = False) -> Model:
    """The line from one worker that has only booted, with room to grow.

    What grows with the first requests is the app, and of a preloaded one most is still shared with the
    master. Its size is that of the heap, which does not depend on how many share it.
    """
    size = worker.private_dirty
    if preloaded and worker.anonymous is not None:
        size = max(size, worker.anonymous)
    growth = round(size * (GROWTH - 1))
    return Model(master_need + worker.need + growth, charge(worker) + growth)


def charge(worker: Sample) -> int:
    """What one more worker like this adds: not its Pss nor its USS, since file pages that are
    private to a lone worker are shared later."""
    return worker.private_dirty + worker.page_tables + KERNEL_BYTES


def with_error(model: Model, measured: Sequence[tuple[int, int]]) -> Model:
    """The model with the largest error over ``(workers, bytes)`` that were measured."""
    errors = [abs(model.need(n) - need) / need for n, need in measured if need > 0]
    return Model(model.first, model.per_worker, max(errors, default=None))


def recommend(fits: int, cpus: float | None) -> Advice:
    """At most two workers a CPU of the quota and one, at least one worker."""
    by_cpu = max(1, math.floor(2 * cpus + 1)) if cpus else None
    if by_cpu is not None and by_cpu < fits:
        return Advice(by_cpu, "cpu")
    return Advice(max(1, fits), "memory")
