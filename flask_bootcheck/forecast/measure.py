"""Measure and predict: boot the app, request its pages, take samples.

About two boots long: one worker, warm requests, a full collection, three samples. With ``verify``
two and three workers are booted as well, which tells the error of the line.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass

from ..boot import Boot
from ..findings import Result
from ..memory.answers import Answer, judge
from ..memory.forecast import Facts, Forecast, Measured
from ..memory.model import Model, charge, recommend, room, with_error
from ..redaction import Redactor
from .order import Order
from .server import BootFailed, MeasuredServer

__all__ = ["BootFailed", "Facts", "Forecast", "Measured", "Order", "make_forecast"]

#: So many are requested at least twice, whatever number was asked for.
_ROUTES = 100

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class _One:
    facts: Facts
    measured: Measured
    grows: int
    answers: tuple[Answer, ...]
    problem: Result | None
    boot_seconds: float


def make_forecast(order: Order, boot: Boot, tell: Progress = lambda _: None) -> Forecast:
    """Measure and predict.

    :param boot: settings, limits, environ and root.
    :param tell: is told what is being done, for a person who waits.
    :raises BootFailed: with what the app said last.
    """
    started = time.monotonic()
    # A library that was just installed is dirty until it is written, and would count as the worker's.
    os.sync()
    one = _measure_one(order, boot, tell)
    samples = [one.measured]
    for workers in (2, 3) if order.verify else ():
        tell(f"booting {workers} workers")
        with MeasuredServer(order, workers, boot.environ, boot.root) as server:
            samples.append(_measure(server, order, workers, tell)[0])
    model = with_error(
        Model(one.measured.collected, one.measured.collected_charge),
        [(s.workers, s.collected) for s in samples[1:]],
    )
    limit = boot.limits.memory.value
    left = room(limit, boot.settings.memory_headroom) if limit is not None else None
    fits = model.fits(left) if left is not None else None
    return Forecast(
        facts=one.facts,
        samples=tuple(samples),
        model=model,
        until_collection=Model(one.measured.warm, one.measured.warm_charge),
        limit=int(limit) if limit is not None else None,
        source=boot.limits.memory.source,
        headroom=boot.settings.memory_headroom,
        cpus=boot.limits.cpus.value,
        fits=fits,
        advice=recommend(fits, boot.limits.cpus.value) if fits is not None else None,
        boot_seconds=one.boot_seconds,
        seconds=time.monotonic() - started,
        grows=one.grows,
        answers=one.answers,
        problem=one.problem,
    )


def _measure_one(order: Order, boot: Boot, tell: Progress) -> _One:
    """One worker. What its first requests have set up, such as a database, no later worker does: so
    where one took long, another worker is measured."""
    for is_last in (False, True):
        tell("booting one worker")
        with MeasuredServer(order, 1, boot.environ, boot.root) as server:
            facts = server.facts
            measured, grows, answers = _measure(server, order, 1, tell)
            problem = judge(answers, server.unhandled(Redactor.of(boot.environ)))
            if is_last or not server.set_up_by:
                break
            tell(f"again, since the first request to {server.set_up_by} took long")
    return _One(facts, measured, grows, answers, problem, server.boot_seconds)


def _measure(
    server: MeasuredServer, order: Order, workers: int, tell: Progress
) -> tuple[Measured, int, tuple[Answer, ...]]:
    """Idle, warm, collected; then how much the worker grew late in its requests, and what they
    were answered with."""
    idle = server.need()
    routes = server.facts.routes or ("/",)
    # Each route in both halves: what grows in the second does not do so for being new.
    half_count = max(order.requests // 2, min(len(routes), _ROUTES)) * workers
    tell(f"{2 * half_count} requests to {len(routes)} routes")
    counted = server.request(routes, half_count)
    half = server.worker_sample()
    counted += server.request(routes, half_count)
    warm, warm_worker = server.need(), server.worker_sample()
    tell("collecting garbage")
    server.collect()
    worker = server.worker_sample()
    measured = Measured(
        workers=workers,
        idle=idle,
        warm=warm,
        collected=server.need(),
        warm_charge=charge(warm_worker),
        collected_charge=charge(worker),
        source=worker.source,
    )
    answers = tuple(Answer(*asked, requests) for asked, requests in counted.items())
    return measured, max(0, charge(warm_worker) - charge(half)), answers
