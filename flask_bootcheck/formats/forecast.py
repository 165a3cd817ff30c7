"""A forecast for people, and for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ..findings import Result, Status
from ..memory.answers import describe
from ..memory.budget import budget_lines, itemise
from ..memory.forecast import Forecast
from ..memory.size import MIB, format_size
from .text import finding_line, one_line

#: Worker counts of the table, beside those that matter for this app.
_COUNTS = (1, 2, 4, 8)
#: How this package is in the figures.
_COUNTED = {
    "hooks": "counted: flask-bootcheck in gunicorn and in each worker",
    "app": "counted: flask-bootcheck in each worker, as the app has it",
    "": "not counted: flask-bootcheck, which neither the start command nor the app brings",
}
#: Growth of a worker in the second half of its requests that is worth a word.
_GROWS = 2 * MIB


def render_forecast(forecast: Forecast) -> str:
    """The table, the budget and the advice."""
    return "\n".join([*_head(forecast), "", *_table(forecast), "", *_advice(forecast)])


def problem_lines(problem: Result | None) -> Iterator[str]:
    """What is wrong with the app, as the other commands tell it."""
    if problem is None:
        return
    for finding in problem.findings:
        yield finding_line(problem.id, finding)
        yield f"hint  {one_line(finding.hint)}"


def render_forecast_json(forecast: Forecast) -> str:
    """All figures, sizes in bytes."""
    facts = forecast.facts
    problem = forecast.problem
    data: dict[str, Any] = {
        "status": (problem.status if problem is not None else Status.PASS).label,
        "findings": _findings(problem),
        "app": facts.app,
        "gunicorn": facts.gunicorn,
        "workerClass": facts.worker_class,
        "threads": facts.threads,
        "preload": facts.preload,
        "counted": facts.counted,
        "python": facts.python,
        "samples": [
            {"workers": s.workers, "idle": s.idle, "warm": s.warm, "collected": s.collected}
            for s in forecast.samples
        ],
        "answers": [
            {"path": each.path, "status": each.status or None, "requests": each.requests}
            for each in forecast.answers
        ],
        "source": forecast.samples[0].source,
        "model": {
            "fixed": forecast.model.fixed,
            "perWorker": forecast.model.per_worker,
            "error": forecast.model.error,
        },
        "limit": forecast.limit,
        "limitSource": forecast.source,
        "headroom": forecast.headroom,
        "workersThatFit": forecast.fits,
        "recommended": forecast.advice.workers if forecast.advice else None,
        "boundBy": forecast.advice.bound_by if forecast.advice else None,
        "predictions": [
            {
                "workers": count,
                "bytes": forecast.model.need(count),
                "untilCollection": forecast.until_collection.need(count),
            }
            for count in counts(forecast)
        ],
        "bootSeconds": round(forecast.boot_seconds, 3),
    }
    return json.dumps(data, indent=2)


def _findings(problem: Result | None) -> list[dict[str, str]]:
    if problem is None:
        return []
    return [
        {
            "id": problem.id,
            "status": finding.status.label,
            "message": finding.message,
            "hint": finding.hint,
            "where": finding.where,
        }
        for finding in problem.findings
    ]


def counts(forecast: Forecast) -> list[int]:
    """The worker counts that are shown: some usual ones, what fits, and the first that does not."""
    own = {forecast.fits, forecast.fits + 1} if forecast.fits is not None else set()
    if forecast.advice is not None:
        own.add(forecast.advice.workers)
    return sorted({*_COUNTS, *own} - {0})


def _head(forecast: Forecast) -> Iterator[str]:
    facts, sample = forecast.facts, forecast.samples[0]
    threads = f" x {facts.threads} threads" if facts.threads > 1 else ""
    preload = " with preload" if facts.preload else ""
    preload += ", frozen" if facts.frozen else ""
    yield (
        f"{facts.app}: gunicorn {facts.gunicorn} {facts.worker_class}{threads}{preload}, "
        f"booted in {forecast.boot_seconds:.1f} s"
    )
    yield (
        f"one worker: idle {format_size(sample.idle)}, after requests {format_size(sample.warm)}, "
        f"after a full collection {format_size(sample.collected)} (by {sample.source})"
    )
    yield (
        f"warmed with {len(facts.routes) or 1} routes; all requests are without a login: "
        "what is behind one was not seen"
    )
    yield _COUNTED[facts.counted]
    if forecast.answers:
        yield f"answered {'; '.join(describe(forecast.answers))}"
    yield from problem_lines(forecast.problem)
    if forecast.model.error is not None:
        yield f"2 and 3 workers measured: the line is at most {forecast.model.error:.1%} off"


def _table(forecast: Forecast) -> Iterator[str]:
    yield f"{'workers':>7}  {'plan for':>10}  until the first full collection"
    for count in counts(forecast):
        need, before = forecast.model.need(count), forecast.until_collection.need(count)
        fits = "" if forecast.fits is None or count <= forecast.fits else "  does not fit"
        yield f"{count:>7}  {format_size(need):>10}  {format_size(before):>10}{fits}"


def _advice(forecast: Forecast) -> Iterator[str]:
    if forecast.limit is None or forecast.fits is None or forecast.advice is None:
        yield "no memory limit known: give one with --memory-limit 512M to see how many fit"
        return
    workers = forecast.advice.workers
    budget = itemise(forecast.model, workers, forecast.limit, forecast.source, forecast.headroom)
    yield from budget_lines(budget)
    yield ""
    bound = {"memory": "as many as fit", "cpu": "two a CPU of the quota, and one"}
    yield f"{forecast.fits} workers fit; recommended: {workers} ({bound[forecast.advice.bound_by]})"
    yield f"  --workers {workers}"
    if forecast.fits == 0:
        yield "not even one fits: more memory is needed"
    if forecast.grows > _GROWS:
        yield f"a worker still grew by {format_size(forecast.grows)} in its last requests:"
        yield "  --max-requests 500 --max-requests-jitter 50"
