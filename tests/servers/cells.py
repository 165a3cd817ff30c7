"""The cells of the matrix: how gunicorn runs an app, and how we got in.

Which versions there are decides the environment that the tests run in: the matrix has another
dimension, and ``noxfile.py`` goes along it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from itertools import product
from typing import Any

import pytest

from .apps import BARE, INSTALL, PLAIN, TO_ASGI
from .conftest import Serve
from .server import Answer, Server

GUNICORN = tuple(int(number) for number in version("gunicorn").split(".")[:2])
WORKERS = 2
WAYS = (1, 2, 3)

_CLASSES = ("sync", "gthread", "gevent", "eventlet", "tornado", "asgi")
#: What cannot be on any version.
_NEVER = ("asgi, plain Flask", "eventlet, control socket")
_OPTIONS = {
    "eventlet": ("--no-control-socket",) if (25, 1) <= GUNICORN < (26, 0) else (),
    # gunicorn 25.0 waits for the connections of requests that failed.
    "asgi, plain Flask": ("--graceful-timeout", "1"),
}
_PACKAGES = {"gevent", "eventlet", "tornado"}


@dataclass(frozen=True)
class Way:
    """How the hooks get in, and whether the master loads the app."""

    number: int
    preload: bool

    def __str__(self) -> str:
        return f"way {self.number}, {'preload' if self.preload else 'forked'}"

    @property
    def app(self) -> str:
        """The source of an app: under way 2 it does not know us."""
        return BARE if self.number == 2 else PLAIN

    @property
    def conf(self) -> str:
        """What stands in the user's conf."""
        return INSTALL if self.number == 1 else ""

    @property
    def arguments(self) -> tuple[str, ...]:
        """On gunicorn's command line."""
        ours = ("-c", "python:flask_bootcheck.gunicorn.conf") if self.number == 2 else ()
        return (*ours, *(("--preload",) if self.preload else ()))

    def serve(self, serve: Serve, *arguments: str, source: str = "", **options: Any) -> Server:
        """A server of two workers, or as many as the arguments or the conf say."""
        options["conf"] = options.pop("conf", "") + self.conf
        environ = {"BOOTCHECK_TTL": "1", **options.pop("environ", {})}
        return serve(source or self.app, *self.arguments, *arguments, environ=environ, **options)


@dataclass(frozen=True)
class Cell:
    """A worker class and a way."""

    kind: str
    way: Way

    def __str__(self) -> str:
        return f"{self.kind}, {self.way}"

    @property
    def worker_class(self) -> str:
        """As gunicorn calls it."""
        return self.kind.partition(",")[0]

    @property
    def source(self) -> str:
        """The app, behind an adapter where the class needs one."""
        return self.way.app + (TO_ASGI if self.kind == "asgi" else "")

    @property
    def arguments(self) -> tuple[str, ...]:
        """What the class needs on the command line."""
        return ("-k", self.worker_class, *_OPTIONS.get(self.kind, ()))

    @property
    def finding(self) -> str:
        """The check that says that this cannot be; empty where it can."""
        if self.worker_class == "eventlet" and GUNICORN >= (26, 0):
            return "server.class-unavailable"
        if self.worker_class == "asgi" and GUNICORN < (24, 0):
            return "server.class-unavailable"
        if self.worker_class in _PACKAGES and find_spec(self.worker_class) is None:
            return "server.class-unavailable"
        if self.kind == "eventlet, control socket":
            return "server.eventlet-control-socket"
        return "server.class-needs-asgi" if self.kind == "asgi, plain Flask" else ""

    def serve(self, serve: Serve, **options: Any) -> Server:
        """A server of two workers."""
        arguments = (*self.arguments, "-w", str(WORKERS))
        return self.way.serve(serve, *arguments, source=self.source, **options)


def _cells() -> Iterator[Cell]:
    for kind, way in product((*_CLASSES, *_NEVER), EVERY_WAY):
        # Nobody can leave out what is not there.
        if kind != "eventlet, control socket" or (25, 1) <= GUNICORN < (26, 0):
            yield Cell(kind, way)


EVERY_WAY = [Way(number, preload) for number, preload in product(WAYS, (False, True))]
CELLS = list(_cells())
WORKING = [cell for cell in CELLS if not cell.finding]
IMPOSSIBLE = [cell for cell in CELLS if cell.finding]
#: Each worker class in one of EVERY_WAY, and so every way.
_WAY_OF = {"sync": 0, "gthread": 2, "gevent": 4, "eventlet": 3, "tornado": 1, "asgi": 5}


def smoke_each(cells: list[Cell]) -> list[Any]:
    """Parameters, of which some are marked: every class in one way, and so every way."""

    def is_smoke(cell: Cell) -> bool:
        return cell.kind in _WAY_OF and cell.way == EVERY_WAY[_WAY_OF[cell.kind]]

    return [pytest.param(cell, marks=pytest.mark.smoke if is_smoke(cell) else ()) for cell in cells]


def is_whole(answer: Answer) -> bool:
    """Whether all workers are ready, and nothing fails."""
    return answer.status == 200 and answer.ready == answer.data["workers"]["target"] == WORKERS
