"""The seat: where this process stands among the workers of its gunicorn, whichever way we got in.

One a process. What a master puts here its workers inherit.
"""

from __future__ import annotations

import logging
import os
import time
import weakref
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from flask import Flask

    from ..board import Board
    from ..boot import Server
    from ..place import Place


class Attached(Protocol):
    """An app that is watched: :class:`~flask_bootcheck.endpoint.Endpoint`, which stands above."""

    @property
    def app(self) -> Flask:
        """The app."""

    def begin(self, place: Place) -> None:
        """Start the boot checks: the app is complete."""

    def insist(self) -> None:
        """Raise when a boot check fails and the user wants to stop then."""

    def in_front_of(self, wsgi: Any) -> Any:
        """The callable with our endpoint in front."""


class Seat:
    """``board`` is this process's, ``preloaded`` one a master made for workers to come,
    ``keywords`` the settings given to ``install()``."""

    def __init__(self) -> None:
        self.board: Board | None = None
        self.preloaded: Board | None = None
        self.index: int | None = None
        self.joined = 0
        self.born = 0.0
        self.keywords: dict[str, Any] = {}
        #: Wires an app that does not know us; ``None`` where none asked for that.
        self.adopt: Callable[[Any], None] | None = None
        self._attached: list[weakref.ref[Attached]] = []

    def add(self, attached: Attached) -> None:
        """An app of this process."""
        self._attached.append(weakref.ref(attached))

    def claim(self, age: int, target: int = 0) -> None:
        """Take a slot, as booting."""
        self.born = time.time()
        self.index = self.board.claim(age, target) if self.board is not None else None

    def serve(self, worker: Any, target: int = 0) -> None:
        """The worker is complete: put the endpoint in front of it and begin.

        :raises BootCheckError: with STRICT, in the first generation of workers.
        """
        from ..board import Board
        from ..place import Place

        # A worker that speaks ASGI has no such callable to put an endpoint in front of.
        is_wsgi = hasattr(worker, "wsgi")
        attached = (self._served_by(worker) or self._adopted(worker)) if is_wsgi else None
        if attached is None:
            self._post_bare()
            return
        worker.wsgi = attached.in_front_of(worker.wsgi)
        # Without a slot the process answers for itself, which is better than not at all.
        board = self.board if self.board is not None and self.index is not None else Board.private()
        is_first = not board["booted_at"]
        attached.begin(
            Place(
                board=board,
                index=self.index if self.index is not None else board.claim(),
                server=describe(worker),
                logger=_logger_of(worker),
                age=worker.age,
                target=target if board is self.board else 0,
                born=self.born or time.time(),
                keywords=self.keywords,
            )
        )
        if is_first:
            self._insist(attached, board)

    def _insist(self, attached: Attached, board: Board) -> None:
        """One worker stops the start: on a second one that does, gunicorn's own halt fails, with a
        traceback and another exit code."""
        from ..errors import BootCheckError

        try:
            attached.insist()
        except BootCheckError:
            with board.lock():
                is_first, board["stopping"] = not board["stopping"], 1
            if is_first:
                raise

    def _adopted(self, worker: Any) -> Attached | None:
        from .unwrap import find_flask

        app = find_flask(worker.wsgi) if self.adopt is not None else None
        if app is None or self.adopt is None:
            return None
        self.adopt(app)
        return self._served_by(worker)

    def _post_bare(self) -> None:
        """A worker without an app that we know: it is ready, and needs memory all the same."""
        if self.board is None or self.index is None:
            return
        from ..board import State
        from ..memory.sample import take_collected_sample, take_sample

        sample = take_collected_sample() if self.board["measuring"] else take_sample()
        slot = self.board.read(self.index)
        if slot is not None:
            self.board.post(self.index, replace(slot, state=State.READY, sample=sample))

    def leave(self) -> None:
        """This worker ends: it is not one of the ready any more."""
        if self.board is None or self.index is None:
            return
        from ..board import State

        slot = self.board.read(self.index)
        if slot is not None and slot.pid == os.getpid():
            self.board.post(self.index, replace(slot, state=State.EXITING))

    def _served_by(self, worker: Any) -> Attached | None:
        """The app the server calls, else the last one made here: it is behind a wrapper."""
        live = [attached for ref in self._attached if (attached := ref()) is not None]
        own = [attached for attached in live if attached.app is worker.wsgi]
        found = own or live
        return found[-1] if found else None


def describe(worker: Any) -> Server:
    """The server, as its worker's configuration has it."""
    import gunicorn

    from ..boot import Server

    return Server(
        name="gunicorn",
        version=gunicorn.__version__,
        # Not worker_class: that imports the class, and eventlet's patches the process.
        worker_class=worker.cfg.worker_class_str,
        workers=worker.cfg.workers,
    )


def _logger_of(worker: Any) -> logging.Logger | None:
    logger = getattr(worker.log, "error_log", None)
    return logger if isinstance(logger, logging.Logger) else None


seat = Seat()
