"""A stand-in for gunicorn's master, as far as the governor sees it, and for the kernel it asks."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

from gunicorn.config import Config

from flask_bootcheck import board as board_module
from flask_bootcheck import slot as slot_module
from flask_bootcheck.board import Board, State
from flask_bootcheck.gunicorn import accounts, census, estimate
from flask_bootcheck.gunicorn.governor import Governor
from flask_bootcheck.limits import UNKNOWN, Limit, Limits
from flask_bootcheck.memory.sample import Sample
from flask_bootcheck.settings import read_settings

MIB = 2**20


class Log:
    """What was logged."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def error(self, text, *arguments):
        self.lines.append(text % arguments)

    warning = info = error


def of_size(private: float, shared: float = 5) -> Sample:
    """A process that has so many MiB to itself, and its part of so many that it shares."""
    size = round(private * MIB)
    whole = size + round(shared * MIB)
    return Sample(whole, size, 0, "smaps_rollup", anonymous=whole, pinned=whole)


#: The master's own memory.
MASTER = of_size(10, 10)
#: The pid of the worker of an age.
FIRST_PID = 2**22


class Machine:
    """The processes there are and what each holds, the limit, and what is in use under it. ``hidden``
    are those whose pages are another user's; of these, what they have of the heap is known."""

    def __init__(self) -> None:
        self.held: dict[int, Sample] = {}
        self.hidden: set[int] = set()
        self.limit: int | None = None
        self.others: int | None = None

    @property
    def used(self) -> int | None:
        """``None`` where the container tells nothing."""
        if self.others is None:
            return None
        return self.others + sum(s.unreclaimable for s in (MASTER, *self.held.values()))

    def install(self, monkeypatch) -> None:
        """Have the governor ask this machine in place of the kernel."""

        def is_alive(pid, _started=0):
            return pid in self.held

        def read_limits(settings, _environ):
            value = self.limit if settings.memory_limit is None else settings.memory_limit
            return UNKNOWN if value is None else Limits(Limit(value, "a test"), UNKNOWN.cpus)

        for module in (slot_module, board_module):
            monkeypatch.setattr(module, "is_alive", is_alive)
        monkeypatch.setattr(board_module, "exists", is_alive)
        monkeypatch.setattr(
            census, "count_pages", lambda p: None if p in self.hidden else self.held.get(p)
        )
        monkeypatch.setattr(
            census, "read_anonymous", lambda p: (s := self.held.get(p)) and s.anonymous
        )
        monkeypatch.setattr(census, "take_sample", lambda: MASTER)
        monkeypatch.setattr(estimate, "take_sample", lambda: MASTER)
        monkeypatch.setattr(estimate, "read_limits", read_limits)
        monkeypatch.setattr(estimate, "read_used_memory", lambda: self.used)
        monkeypatch.setattr(accounts, "own_group", lambda: None)


class Arbiter:
    """Forks nobody, but counts as the real one does: setting ``num_workers`` calls the hook."""

    def __init__(self, board: Board, folder, machine: Machine, **settings) -> None:
        self.board, self.folder, self.machine = board, folder, machine
        self.governor = Governor(board)
        self.settings = settings
        self.WORKERS: dict[int, object] = {}
        self.worker_age = 0
        self.LISTENERS: list[str] = ["a socket"]
        self.log = Log()
        self.app = SimpleNamespace(app_uri="main:app")
        self._num_workers: int | None = None
        self.cfg = Config()

    @property
    def num_workers(self):
        return self._num_workers

    @num_workers.setter
    def num_workers(self, value):
        old, self._num_workers = self._num_workers, value
        settings = read_settings(self.settings, environ={})
        self.governor.changed(self, value, old, settings)

    def start(self, workers: int) -> int:
        """As ``gunicorn --workers N``; how many it forks."""
        self._configure(workers)
        self.governor.refuse_at_start(self)
        self.governor.ready(self)
        return self._fork()

    def reload(self, workers: int) -> int:
        """SIGHUP: the conf is read anew, and ``cfg.workers`` are forked beside the old."""
        self._configure(workers)
        return self._fork()

    def ring(self) -> int:
        """The alarm's errand; how many run after it."""
        self.governor.rung()
        return int(self.num_workers)

    def ttin(self) -> int:
        """SIGTTIN, from a person; how many run after it."""
        self.num_workers += 1
        return int(self.num_workers)

    def ttou(self) -> int:
        """SIGTTOU."""
        if self.num_workers > 1:
            self.num_workers -= 1
        return int(self.num_workers)

    def post(self, age: int, private: int, state: State = State.READY) -> int:
        """A worker has measured itself: so many MiB that it shares with nobody."""
        pid = FIRST_PID + age
        self.machine.held[pid] = sample = of_size(private)
        index = self.board.claim(age)
        assert index is not None
        slot = self.board.read(index)
        assert slot is not None
        self.board.post(index, replace(slot, pid=pid, state=state, sample=sample))
        return index

    def end(self, index: int) -> None:
        """A worker is gone."""
        slot = self.board.read(index)
        assert slot is not None
        self.machine.held.pop(slot.pid, None)
        self.WORKERS.pop(slot.pid, None)

    @property
    def forked(self) -> range:
        """The ages of the workers that the last start or reload forked."""
        return range(self.worker_age - self.cfg.workers + 1, self.worker_age + 1)

    def _configure(self, workers: int) -> None:
        self.cfg = Config()
        self.cfg.set("workers", workers)
        self.cfg.set("chdir", str(self.folder))
        self.num_workers = self.cfg.workers

    def _fork(self) -> int:
        for _ in range(self.cfg.workers):
            self.worker_age += 1
            self.WORKERS[FIRST_PID + self.worker_age] = object()
        return int(self.cfg.workers)


def filled(arbiter: Arbiter) -> Arbiter:
    """A master that has forked all it shall."""
    arbiter.WORKERS = {FIRST_PID + age: object() for age in range(1, arbiter.num_workers + 1)}
    arbiter.worker_age = arbiter.num_workers
    return arbiter


def ramped(arbiter: Arbiter, asked: int = 97, private: int = 30) -> Arbiter:
    """A master that has come to the end of its ramp."""
    assert arbiter.start(asked) == 1
    arbiter.post(1, private)
    arbiter.ring()
    return filled(arbiter)


#: Of 512 MiB less a fifth: a master of 20, a worker of 35 and its growth, and further ones of 37.5.
FITS = 10
