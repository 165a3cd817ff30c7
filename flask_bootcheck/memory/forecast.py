"""What a forecast is made of; frozen. Sizes are bytes, times seconds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ..findings import Result, Status
from .answers import Answer
from .model import Advice, Model

Counted = Literal["hooks", "app", ""]


@dataclass(frozen=True, slots=True)
class Measured:
    """The need of the process tree with so many workers, at three moments; ``charge`` is what one
    more worker adds, warm and after collection. ``source`` is where the figures come from."""

    workers: int
    idle: int
    warm: int
    collected: int
    warm_charge: int
    collected_charge: int
    source: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What ran while it was measured. ``counted`` is how this package was in it: ``hooks`` in gunicorn,
    the ``app`` alone, or empty for not at all."""

    app: str
    gunicorn: str
    worker_class: str
    preload: bool
    python: str
    threads: int = 1
    frozen: bool = False
    counted: Counted = ""
    routes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Forecast:
    """``model`` is what to plan for, ``until_collection`` the line before the first full collection;
    ``fits`` and ``advice`` are ``None`` where no limit is known. ``grows`` is bytes that a worker grew
    in the second half of its requests, ``answers`` what they were answered with, and ``problem`` what
    those say against the figures."""

    facts: Facts
    samples: tuple[Measured, ...]
    model: Model
    until_collection: Model
    limit: int | None
    source: str
    headroom: float
    cpus: float | None
    fits: int | None
    advice: Advice | None
    boot_seconds: float
    seconds: float
    grows: int = 0
    answers: tuple[Answer, ...] = ()
    problem: Result | None = None

    @property
    def is_broken(self) -> bool:
        """Whether what was measured certainly does not work."""
        return self.problem is not None and self.problem.status is Status.FAIL
