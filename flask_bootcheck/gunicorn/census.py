"""The census: what the container has in use and what of that is ours, read at one moment.

What a worker has posted is from its boot, and it has grown since. Taken for today's, its growth would
be some other process's memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ..board import Board
from ..memory.model import Model, charge
from ..memory.sample import Sample, count_pages, read_anonymous, take_sample


@dataclass(frozen=True, slots=True)
class Census:
    """``used`` is what is in use under the limit and cannot be reclaimed, ``None`` where nobody says."""

    master: Sample | None
    workers: tuple[Sample, ...]
    used: int | None

    @property
    def ours(self) -> int:
        """Bytes of the master and its workers."""
        master = self.master.unreclaimable if self.master is not None else 0
        return master + sum(sample.unreclaimable for sample in self.workers)

    @property
    def others(self) -> int:
        """Bytes in the container that are no page of ours: a tmpfs, another process, an old master."""
        return max(0, self.used - self.ours) if self.used is not None else 0

    def grown(self, model: Model) -> int:
        """Bytes by which workers need more than the model says of them; what others lack does not
        make up for it, since it may still come."""
        return sum(max(0, charge(sample) - model.per_worker) for sample in self.workers)


def take_census(board: Board, pids: Iterable[int], read_used: Callable[[], int | None]) -> Census:
    """Measure this master and its workers: those it knows, and those on the board."""
    posted = {slot.pid: slot.sample for slot in board.live_slots(wait=False)}
    known = {**dict.fromkeys(pids), **posted}
    found = [_measure(pid, sample) for pid, sample in known.items()]
    workers = tuple(sample for sample in found if sample is not None)
    return Census(take_sample(), workers, read_used())


def _measure(pid: int, posted: Sample | None) -> Sample | None:
    """A worker as it is now. One of another user is what it has posted, and what it has of the heap
    now: that the kernel tells anybody."""
    sample = count_pages(pid)
    if sample is not None or posted is None:
        return sample
    anonymous = read_anonymous(pid)
    return posted if anonymous is None else posted.grown_to(anonymous)
