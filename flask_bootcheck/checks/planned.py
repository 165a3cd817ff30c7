"""Troubles that a running app tells of, foreseen in its deploy files: the same ids, from other facts.

``PLANNED`` is all of them. Their documentation is that of the checks of the same id in ``BUILT_IN``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from difflib import get_close_matches

from ..boot import Boot, Stage
from ..deploy.hosts import host_of
from ..deploy.plan import DeployPlan, PlannedService, Process, Value
from ..findings import Finding, fail, warn
from ..memory.model import recommend, room
from ..memory.saved import SavedForecast, module_of
from ..memory.size import format_size
from ..registry import check
from .deploy_command import is_count_of_platform

_PACKAGES = {"eventlet": "eventlet", "gevent": "gevent", "tornado": "tornado"}
_REMOVED = (26, 0)
#: Of gunicorn.workers.SUPPORTED_WORKERS, over all releases that we judge. A class of somebody else has a
#: dot in its name.
_CLASSES = (
    *("sync", "gthread", "gevent", "gevent_wsgi", "gevent_pywsgi", "eventlet", "tornado"),
    *("asgi", "gaiohttp"),
)


@check("server.class-unavailable", stage=Stage.FILES, needs="gunicorn")
def class_will_be_there(boot: Boot) -> Iterator[Finding]:
    """The worker class of the start command exists in the gunicorn that will be installed."""
    plan = _plan(boot)
    for service, process in plan.gunicorns:
        asked = process.worker_class
        short = _short(str(asked.value)) if asked is not None else ""
        if asked is not None and _is_misspelt(str(asked.value)):
            yield from _misspelt(service, asked)
        if asked is None or not short:
            continue
        if short == "eventlet" and plan.gunicorn.release >= _REMOVED:
            yield from _removed(plan, service, asked)
        elif _PACKAGES[short] not in plan.packages and plan.dependencies:
            tell = fail if plan.locked else warn
            extra = "flask-bootcheck[eventlet]" if short == "eventlet" else f"gunicorn[{short}]"
            yield tell(
                f"worker class {asked} needs {_PACKAGES[short]}, which no dependency file names",
                hint=f'"{extra}" in the requirements, or gthread, which needs nothing',
                where=str(asked.place),
                component=service.name,
            )


def _is_misspelt(name: str) -> bool:
    return bool(re.fullmatch(r"\w{1,40}", name)) and name not in _CLASSES


def _misspelt(service: PlannedService, asked: Value) -> Iterator[Finding]:
    near = get_close_matches(str(asked.value), _CLASSES, 1)
    yield fail(
        f"gunicorn has no worker class {asked}",
        hint=f"--worker-class {near[0] if near else 'gthread'}",
        where=str(asked.place),
        component=service.name,
    )


def _removed(plan: DeployPlan, service: PlannedService, asked: Value) -> Iterator[Finding]:
    pin = plan.gunicorn
    if pin.place is None:
        judged = "the newest known, since no file names one"
    elif pin.bounded:
        judged = f"which {pin.place} says"
    else:
        judged = f"the newest known, which {pin.place} allows"
    # Without a bound pip takes the newest that runs on its Python: that of an image may be old.
    is_new = pin.python is not None or not _in_image(service)
    certain = pin.place is not None and (pin.bounded or is_new)
    tell = fail if certain else warn
    yield tell(
        f"worker class eventlet is not in gunicorn {pin.version} ({judged}): it was removed in 26",
        hint='"flask-bootcheck[eventlet]" (gunicorn before 25.1) in the requirements, or use gthread',
        where=str(asked.place),
        component=service.name,
    )


def _in_image(service: PlannedService) -> bool:
    return service.builder == "DOCKERFILE" or service.platform == "docker"


def _short(name: str) -> str:
    """gunicorn takes "gevent_pywsgi", "egg:gunicorn#gevent" and the class itself for the same."""
    name = name.rpartition("#")[2]
    for short in _PACKAGES:
        if name == short or name.startswith(f"{short}_") or f".g{short}." in name:
            return short
    return ""


@check("server.eventlet-control-socket", stage=Stage.FILES, needs="gunicorn")
def eventlet_will_shut_down(boot: Boot) -> Iterator[Finding]:
    """An eventlet worker will run on a gunicorn that can shut it down cleanly."""
    plan = _plan(boot)
    for service, process in plan.gunicorns:
        asked = process.worker_class
        has_socket = (25, 1) <= plan.gunicorn.release < _REMOVED and process.control_socket
        if asked is not None and _short(str(asked.value)) == "eventlet" and has_socket:
            yield warn(
                f"eventlet on gunicorn {plan.gunicorn.version} does not shut down cleanly: "
                "its control socket",
                hint="--no-control-socket, or gunicorn below 25.1",
                where=str(asked.place),
                component=service.name,
            )


@check("server.development-server", stage=Stage.FILES, needs="start")
def server_will_be_for_visitors(boot: Boot) -> Iterator[Finding]:
    """The start command starts no development server."""
    for service in _plan(boot).web:
        winner = service.winner
        if winner is None or not service.platform:
            continue
        program = winner.process.program
        made_up = winner.reader == "railpack-default" and program in ("flask", "python")
        if made_up or (program == "flask" and winner.process.understood):
            said = f"{winner.start} starts Flask's development server"
            yield warn(
                f"Railpack starts {winner.start}, since no dependency file names gunicorn"
                if made_up
                else said,
                hint="start the app with gunicorn, such as gunicorn --bind 0.0.0.0:$PORT main:app",
                where=str(winner.start.place),
                component=service.name,
            )


@check("server.bad-concurrency", stage=Stage.FILES, needs="gunicorn")
def concurrency_will_be_a_number(boot: Boot) -> Iterator[Finding]:
    """`WEB_CONCURRENCY`, where a deploy file sets it, is a number of workers."""
    for service, process in _plan(boot).gunicorns:
        said = process.variable("WEB_CONCURRENCY")
        text = str(said.value).strip() if said is not None else "1"
        if said is not None and "$" not in text and not (text.isdecimal() and int(text) > 0):
            yield fail(
                f"WEB_CONCURRENCY is {text!r}, expected a whole number from 1",
                hint="gunicorn fails on it, or starts no worker: set a number or remove it",
                where=str(said.place),
                observed=text,
                component=service.name,
            )


@check("workers.from-host-cpus", stage=Stage.FILES, needs="gunicorn")
def count_does_not_follow_the_host(boot: Boot) -> Iterator[Finding | str]:
    """The worker count of the start command is not made of the CPUs of the host."""
    for service, process in _plan(boot).gunicorns:
        workers = process.workers
        if workers is None and not is_count_of_platform(service, process):
            yield f"not looked at: the number of workers of {service.name} is not known"
        if workers is None or not workers.of_cpus or int(workers.value) <= 1:
            continue
        yield warn(
            _counted(service, workers),
            hint=f"write the number: {_advised(boot, service, process)}",
            where=str(workers.place),
            observed=int(workers.value),
            unit="workers",
            component=service.name,
        )


def _counted(service: PlannedService, workers: Value) -> str:
    """How many that are, and on which machine."""
    if not service.machine:
        return (
            f"{workers.place} counts the workers from the CPUs, which are not known here: "
            f"for example, {workers} on a machine with {service.cpus}"
        )
    whatever = "the container may use" if host_of(service.platform).sees_host else "its memory"
    return (
        f"{workers.place} gives {workers} workers on {service.machine} with {service.cpus} CPUs, "
        f"whatever {whatever}"
    )


def _advised(boot: Boot, service: PlannedService, process: Process) -> str:
    """How many, where that is known."""
    saved, limit = _forecast(boot, process), _limit(boot, service)
    if saved is None or limit is None:
        return "`flask bootcheck forecast` recommends one"
    fits = saved.model.fits(room(limit, boot.settings.memory_headroom))
    return f"--workers {recommend(fits, None).workers} fits in {format_size(limit)}"


@check("workers.exceed-memory", stage=Stage.FILES, needs="gunicorn")
def workers_will_fit(boot: Boot) -> Iterator[Finding | str]:
    """What the workers of the start command need, by a saved forecast, fits into the memory limit."""
    for service, process in _plan(boot).gunicorns:
        saved, limit = _forecast(boot, process), _limit(boot, service)
        if saved is None or process.workers is None:
            continue
        count = int(process.workers.value)
        need = saved.model.need(count)
        said = f"{count} workers need {format_size(need)}"
        if limit is None:
            yield f"{said}; no memory limit is known here: --memory-limit 512M"
        elif need > limit * (1 - boot.settings.memory_headroom):
            yield _too_many(boot, service, process, f"{said} of {format_size(limit)}", limit)
        else:
            yield f"{said} of {format_size(limit)}"


def _too_many(
    boot: Boot, service: PlannedService, process: Process, said: str, limit: float
) -> Finding:
    saved, workers = _forecast(boot, process), process.workers
    assert saved is not None  # noqa: S101 - the caller has looked
    assert workers is not None  # noqa: S101 - the same
    headroom = boot.settings.memory_headroom
    fits = saved.model.fits(room(limit, headroom))
    certain = saved.model.need(int(workers.value)) > limit and not process.governed
    tell = fail if certain else warn
    return tell(
        f"{said}; {fits} fit with a headroom of {headroom:.0%}",
        hint=f"--workers {max(1, fits)}, or more memory"
        + ("; the governor will cap them" if process.governed else ""),
        where=str(workers.place),
        observed=int(workers.value),
        limit=fits,
        unit="workers",
        component=service.name,
    )


def _forecast(boot: Boot, process: Process) -> SavedForecast | None:
    """The saved forecast, where it is of this app booted this way."""
    saved = boot.forecast
    if saved is None:
        return None
    conditions, preload = saved.conditions, process.preload is not None
    same_app = process.target is None or module_of(str(process.target.value)) == conditions.app
    return saved if same_app and preload == conditions.preload else None


def _limit(boot: Boot, service: PlannedService) -> float | None:
    """What was asked for, else what the deploy files say; this machine's own is another one."""
    if boot.settings.memory_limit is not None:
        return boot.settings.memory_limit
    return float(service.memory.value) if service.memory is not None else None


def _plan(boot: Boot) -> DeployPlan:
    assert boot.plan is not None  # noqa: S101 - the runner skips without
    return boot.plan


PLANNED = tuple(
    replace(item, builtin=True)
    for item in (
        workers_will_fit,
        count_does_not_follow_the_host,
        class_will_be_there,
        eventlet_will_shut_down,
        server_will_be_for_visitors,
        concurrency_will_be_a_number,
    )
)
