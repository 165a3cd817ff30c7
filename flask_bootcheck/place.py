"""The place: where a process stands among the workers of its server."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field
from typing import Any

from .board import Board
from .boot import Server


@dataclass(frozen=True, slots=True)
class Place:
    """``index`` is its slot on the board, ``target`` the worker count its master had when it was
    forked (0 where unknown), ``born`` when it was (seconds since the epoch), ``keywords`` the
    settings given to ``install()``."""

    board: Board
    index: int | None = None
    server: Server | None = None
    logger: logging.Logger | None = None
    age: int = 0
    target: int = 0
    born: float = field(default_factory=time.time)
    keywords: dict[str, Any] = field(default_factory=dict)
