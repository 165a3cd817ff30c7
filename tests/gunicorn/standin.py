"""A stand-in for gunicorn's master, as far as the governor sees it."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

from gunicorn.config import Config

from flask_bootcheck.board import Board, State
from flask_bootcheck.gunicorn.governor import Governor
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


class Arbiter:
    """Forks nobody, but counts as the real one does: setting ``num_workers`` calls the hook."""

    def __init__(self, board: Board, folder, **settings) -> None:
        self.board, self.folder = board, folder
        self.governor = Governor(board)
        self.settings = settings
        self.WORKERS: dict[int, object] = {}
        self.worker_age = 0
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

    def ttin(self) -> int:
        """SIGTTIN, from a person or from the alarm; how many run after it."""
        self.num_workers += 1
        return int(self.num_workers)

    def ttou(self) -> int:
        """SIGTTOU."""
        if self.num_workers > 1:
            self.num_workers -= 1
        return int(self.num_workers)

    def post(self, age: int, private: int, state: State = State.READY) -> int:
        """A worker has measured itself: so many MiB that it shares with nobody."""
        index = self.board.claim(age)
        assert index is not None
        slot = self.board.read(index)
        assert slot is not None
        sample = Sample((private + 5) * MIB, private * MIB, 0, "smaps_rollup")
        self.board.post(index, replace(slot, state=state, sample=sample))
        return index

    def end(self, index: int) -> None:
        """A worker is gone: its process is another's."""
        slot = self.board.read(index)
        assert slot is not None
        self.board.post(index, replace(slot, started=1))

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
            self.WORKERS[self.worker_age] = object()
        return int(self.cfg.workers)
