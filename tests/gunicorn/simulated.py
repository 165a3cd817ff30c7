"""A gunicorn of which only the processes are made up: its queue of signals, its loop, its workers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from flask_bootcheck.board import State
from flask_bootcheck.memory.model import GROWTH
from flask_bootcheck.memory.sample import KERNEL_BYTES

from .standin import FIRST_PID, MASTER, MIB, Arbiter, of_size

#: A worker that has been forked just now, in MiB.
_FORKED = 0.1


@dataclass
class Worker:
    """``size`` MiB when it has booted; ``doomed`` when a person wants it gone."""

    pid: int
    age: int
    size: float
    index: int
    is_ready: bool = False
    is_doomed: bool = False


class Server(Arbiter):
    """As gunicorn does it, a step a call. ``violations`` are promises that were not kept."""

    def __init__(self, *arguments: Any, size: float, one_by_one: bool, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.size, self.one_by_one = size, one_by_one
        self.workers: dict[int, Worker] = {}
        self.WORKERS = self.workers  # type: ignore[assignment]
        self.SIG_NAMES = {1: "hup", 21: "ttin", 22: "ttou", 28: "winch"}
        self.SIG_QUEUE: list[int] = []
        self.wish = self.next_workers = 0
        self.may_end = 0
        self.violations: list[str] = []

    # -- gunicorn's own -------------------------------------------------------------------------

    def signal(self, number: int, _frame: object) -> None:
        """Only queued."""
        self.SIG_QUEUE.append(number)

    def begin(self, workers: int) -> None:
        """Start, as far as the first forks."""
        self.wish = workers
        self._configure(workers)
        self.governor.ready(self)
        self.manage_workers()

    def loop(self) -> None:
        """Reap, handle what is queued, have as many workers as shall be."""
        self.reap()
        while self.SIG_QUEUE:
            getattr(self, f"handle_{self.SIG_NAMES[self.SIG_QUEUE.pop(0)]}")()
            if self.one_by_one:  # up to gunicorn 23
                break
        self.manage_workers()

    def handle_ttin(self) -> None:
        """A person's."""
        now = int(self.num_workers)
        self.wish = self.wish + 1 if self.governor._is_ramping else max(self.wish, now + 1)
        self.num_workers += 1
        self.manage_workers()

    def handle_ttou(self) -> None:
        """A person's."""
        now = int(self.num_workers)
        if now <= 1:
            return
        self.wish = max(1, self.wish - 1) if self.governor._is_ramping else now - 1
        self.may_end = 1
        self.num_workers -= 1
        self.manage_workers()
        self.may_end = 0

    def handle_hup(self) -> None:
        """A person's: the conf has been written anew."""
        self.wish = self.next_workers
        self.may_end = len(self.workers)
        self._configure(self.next_workers)
        self.spawn(self.cfg.workers)
        self.manage_workers()
        self.may_end = 0

    def handle_winch(self) -> None:
        """A person's: of the old master after USR2, as a daemon."""
        self.wish, self.may_end = 0, len(self.workers)
        self.num_workers = 0
        self.manage_workers()
        self.may_end = 0

    def manage_workers(self) -> None:
        """Fork who is missing, end the oldest of too many."""
        if len(self.workers) < self.num_workers:
            self.spawn(self.num_workers - len(self.workers))
        oldest = sorted(self.workers.values(), key=lambda worker: worker.age)
        for worker in oldest[: max(0, len(oldest) - self.num_workers)]:
            if not worker.is_doomed and self.is_alive(worker):
                self.may_end -= 1
                if self.may_end < 0:
                    self.violations.append(f"a live worker was ended: {worker}")
            worker.is_doomed = True

    def spawn(self, count: int) -> None:
        """Fork so many; that they will fit could be known."""
        self.check_room(count)
        for _ in range(count):
            self.worker_age += 1
            pid = FIRST_PID + self.worker_age
            self.machine.held[pid] = of_size(_FORKED, 0)
            index = self.board.claim(self.worker_age)
            assert index is not None
            slot = self.board.read(index)
            assert slot is not None
            self.board.post(index, replace(slot, pid=pid))
            self.workers[pid] = Worker(pid, self.worker_age, self.size, index)

    def reap(self) -> None:
        """Hear of those that have died."""
        for worker in [*self.workers.values()]:
            if not self.is_alive(worker):
                del self.workers[worker.pid]
                self.governor.exited(self, worker)

    # -- what happens to it -----------------------------------------------------------------------

    def is_alive(self, worker: Worker) -> bool:
        """Whether its process runs."""
        return worker.pid in self.machine.held

    def boots(self, worker: Worker) -> None:
        """It is complete, has measured itself and posts."""
        worker.is_ready = True
        self.grows(worker, worker.size)
        slot = self.board.read(worker.index)
        assert slot is not None
        sample = self.machine.held[worker.pid]
        self.board.post(worker.index, replace(slot, state=State.READY, sample=sample))
        if not self.governor._is_ramping:
            self.board["booted_at"] = 1.0

    def grows(self, worker: Worker, size: float) -> None:
        """It has so many MiB now, and tells nobody."""
        self.machine.held[worker.pid] = of_size(size, 0)

    def check_room(self, more: int) -> None:
        """At the moment of a fork: the limit holds all that is there and that will be, with the growth
        that is allowed for, or it is the one that must be."""
        estimate, machine = self.governor._estimate, self.machine
        if machine.limit is None or machine.others is None or estimate.basis is None:
            return
        alive = [worker for worker in self.workers.values() if self.is_alive(worker)]
        need = MASTER.unreclaimable + machine.others + more * _charge(self.size)
        for worker in alive:
            held = machine.held[worker.pid].unreclaimable
            need += held if worker.is_doomed else max(held, _charge(worker.size))
        is_only = more == 1 and not [w for w in alive if w.age > self.governor._youngest]
        if need > machine.limit + MIB and not is_only:
            self.violations.append(
                f"{more} more forked beside {len(alive)}: {need / MIB:.0f} of "
                f"{machine.limit / MIB:.0f} MiB"
            )


def _charge(size: float) -> float:
    return size * GROWTH * MIB + KERNEL_BYTES
