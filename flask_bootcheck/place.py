"""The place: where a process stands among the workers of its server."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .board import Board
from .boot import LoadError, Server, Trial


@dataclass(frozen=True, slots=True)
class Place:
    """``index`` is its slot on the board, ``target`` the worker count its master had when it was
    forked (0 where unknown), ``count`` says how many it has now where the master does not,
    ``is_beside`` whether another instance serves on the same socket, ``is_leaving`` whether this worker
    was told to end, ``born`` is when it was forked (monotonic seconds), ``keywords`` are the
    settings given to ``install()``, and ``load_error`` says why something else is served in place of
    the app."""

    board: Board
    index: int | None = None
    server: Server | None = None
    logger: logging.Logger | None = None
    age: int = 0
    target: int = 0
    count: Callable[[], int | None] | None = None
    is_beside: Callable[[], bool] | None = None
    is_leaving: Callable[[], bool] | None = None
    born: float = field(default_factory=time.monotonic)
    keywords: dict[str, Any] = field(default_factory=dict)
    load_error: LoadError | None = None

    @property
    def leaves(self) -> bool:
        """Whether this worker was told to end."""
        return self.is_leaving is not None and self.is_leaving()

    @property
    def trial(self) -> Trial | None:
        """A server that could not load the app is as good as a trial of it."""
        if self.load_error is None:
            return None
        return Trial("the app", time.monotonic() - self.born, self.load_error)
