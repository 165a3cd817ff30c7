"""The seat: where this process stands among the workers of its gunicorn, whichever way we got in.

One a process. What a master puts here its workers inherit.
"""

from __future__ import annotations

import logging
import os
import time
import weakref
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from ..patching import is_patched

if TYPE_CHECKING:
    from flask import Flask

    from ..board import Board
    from ..boot import Interface, Ungoverned
    from ..place import Place
    from .siblings import Siblings


class Attached(Protocol):
    """An app that is watched: :class:`~flask_bootcheck.endpoint.Endpoint`, which stands above."""

    @property
    def app(self) -> Flask | None:
        """The app; ``None`` where none was found behind what is served."""

    def begin(self, place: Place) -> None:
        """Start the boot checks: the app is complete."""

    def insist(self) -> None:
        """Raise when a boot check fails and the user wants to stop then."""

    def in_front_of(self, wsgi: Any) -> Any:
        """The callable with our endpoint in front."""

    def is_silent(self, environ: Mapping[str, Any]) -> bool:
        """Whether a request is a probe that shall not be in the access log."""


class Seat:
    """``board`` is this process's, ``preloaded`` one a master made for workers to come,
    ``keywords`` the settings given to ``install()``."""

    def __init__(self) -> None:
        self.board: Board | None = None
        self.preloaded: Board | None = None
        self.index: int | None = None
        self.joined = 0
        #: Whether a conf has our line; and whether the hooks of way 1 or 2 are in the master, too.
        self.is_installed = self.is_hooked = False
        #: Whether gevent or eventlet had patched this process when it was forked.
        self.was_patched = False
        self.born = 0.0
        self.keywords: dict[str, Any] = {}
        #: Watches over an app that does not know us, or over what is served where no app is found.
        #: ``None`` where nobody asked for that; it returns ``None`` when switched off.
        self.adopt: Callable[[Any], Attached | None] | None = None
        self._attached: list[weakref.ref[Attached]] = []

    def add(self, attached: Attached) -> None:
        """An app of this process."""
        self._attached.append(weakref.ref(attached))

    @property
    def apps(self) -> list[Flask]:
        """The apps that were added and are still there."""
        return [attached.app for attached in self._live if attached.app is not None]

    @property
    def _live(self) -> list[Attached]:
        return [attached for ref in self._attached if (attached := ref()) is not None]

    @property
    def ungoverned(self) -> Ungoverned:
        """Why our hooks are not in the master though that was asked for."""
        from .arguments import ours_is_named

        if self.is_hooked:
            return ""
        if self.is_installed:
            return "replaced"
        return "outvoted" if ours_is_named() else ""

    def note_fork(self) -> None:
        """This process was forked just now: its worker class may patch it from here on."""
        self.was_patched = is_patched()

    def claim(self, age: int, target: int = 0) -> None:
        """Take a slot, as booting."""
        self.born = time.monotonic()
        self.index = self.board.claim(age, target) if self.board is not None else None

    def serve(self, worker: Any, target: int = 0, siblings: Siblings | None = None) -> None:
        """The worker is complete: put the endpoint in front of it and begin.

        :raises BootCheckError: with STRICT, in the first generation of workers.
        """
        from .accesslog import leave_out_probes
        from .interface import application_of, interface_of

        interface = interface_of(worker)
        attached = self._watching(application_of(worker), interface)
        if attached is None:
            self._post_bare()
            return
        place = self._place_of(worker, target, siblings)
        # What speaks ASGI has the endpoint inside its Flask app: no WSGI callable is outside.
        if interface == "wsgi":
            worker.wsgi = attached.in_front_of(worker.wsgi)
        is_first = not place.board["booted_at"]
        attached.begin(place)
        leave_out_probes(worker.log, attached.is_silent)
        if is_first:
            self._insist(attached, place.board)

    def _place_of(self, worker: Any, target: int, siblings: Siblings | None) -> Place:
        from ..board import Board
        from ..place import Place
        from .describe import describe
        from .elder import is_beside_elder
        from .interface import application_of, load_error_of

        # Without a slot the process answers for itself, which is better than not at all.
        is_seated = self.board is not None and self.index is not None
        board = self.board if self.board is not None and is_seated else Board.private()
        return Place(
            board=board,
            index=self.index if is_seated else board.claim(),
            server=describe(worker, ungoverned=self.ungoverned, was_patched=self.was_patched),
            logger=_logger_of(worker),
            age=worker.age,
            target=target if is_seated else 0,
            count=siblings.settled if siblings is not None and is_seated else None,
            is_beside=partial(is_beside_elder, worker.ppid),
            is_leaving=partial(_is_leaving, worker),
            born=self.born or time.monotonic(),
            keywords=self.keywords,
            load_error=load_error_of(application_of(worker)),
        )

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

    def _watching(self, application: Any, interface: Interface) -> Attached | None:
        """Who watches over what the server calls: the app that stands there or is wrapped by it,
        else the last one wired here. With way 2, one that is wired now."""
        from .unwrap import find_flask

        app = find_flask(application)
        live = self._live
        own = [attached for attached in live if attached.app is app]
        if own or live:
            return (own or live)[-1]
        if self.adopt is None or (app is None and interface == "asgi"):
            return None
        return self.adopt(app)

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

    def leave(self, worker: Any = None) -> None:
        """This worker ends: it is not one of the ready any more. One that ends in its boot without
        being told to, as by ``sys.exit``, has died there."""
        if self.board is None or self.index is None:
            return
        from ..board import State

        slot = self.board.read(self.index)
        if slot is None or slot.pid != os.getpid():
            return
        if slot.state is not State.BOOTING or not getattr(worker, "alive", False):
            self.board.post(self.index, replace(slot, state=State.EXITING))


def _is_leaving(worker: Any) -> bool:
    """Whether a worker was told to end, or will end because its master is gone."""
    return not getattr(worker, "alive", True) or worker.ppid != os.getppid()


def _logger_of(worker: Any) -> logging.Logger | None:
    logger = getattr(worker.log, "error_log", None)
    return logger if isinstance(logger, logging.Logger) else None


seat = Seat()
