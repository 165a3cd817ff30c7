"""What all files of a service should say: a command that starts and fits, a health path, a timeout."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from .command import understand
from .hosts import host_of
from .plan import DeployPlan, PlannedService, Process

_BIND = "0.0.0.0:$PORT"
_ELSEWHERE = re.compile(r"127\.|localhost|\[::1\]|.*:\d+$")
#: In place of a worker class that is gone: of those gunicorn brings, the one that waits well.
_INSTEAD = ("gthread", "4")


@dataclass(frozen=True, slots=True)
class Agreement:
    """The values, and what a person should know of how they came about."""

    start: str
    health_path: str
    health_timeout: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is known besides the files: how many workers ``fit`` (``None`` where nothing was measured),
    our own health path, how long a boot may take, and an app for a project that names none."""

    fits: int | None
    health_path: str
    boot_timeout: float
    target: str = ""


def agree(plan: DeployPlan, service: PlannedService | None, wishes: Wishes) -> Agreement:
    """What the files of a service should say. What already holds is kept as it is written."""
    notes: list[str] = []
    path, timeout = None, None
    if service is not None:
        path, timeout = service.health_path, service.health_timeout
    seconds = float(timeout.value) if timeout is not None else 0.0
    default = host_of("railway").health_seconds or 300
    return Agreement(
        start=_start(plan, service, wishes, notes.append),
        health_path=str(path.value) if path is not None else wishes.health_path,
        health_timeout=int(seconds) if seconds >= wishes.boot_timeout else default,
        notes=tuple(notes),
    )


Tell = Callable[[str], None]


def _start(plan: DeployPlan, service: PlannedService | None, wishes: Wishes, tell: Tell) -> str:
    winner = service.winner if service is not None else None
    process = winner.process if winner is not None else Process(program="gunicorn")
    if winner is not None and process.program != "gunicorn":
        return str(winner.start.value)
    changes = {**_workers(process, wishes, tell), **_class(plan, process, tell), **_bind(process)}
    text = str(winner.start.value) if winner is not None else ""
    direct = understand(text, None, in_shell=True).program == "gunicorn"
    text = _changed(text, changes) if direct else _whole(process, changes, wishes)
    in_image = service is not None and service.builder == "DOCKERFILE"
    needs_shell = in_image and "$" in text and not re.search(r"\b(ba)?sh\b.* -\w*c\b", text)
    return f"/bin/sh -c {_quoted(f'exec {text}')}" if needs_shell else text


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '\\"') + '"' if "'" in text else f"'{text}'"


def _workers(process: Process, wishes: Wishes, tell: Tell) -> dict[str, str]:
    """The count that is asked for, unless it follows the CPUs, is not known, or does not fit."""
    asked, fits = process.workers, wishes.fits
    keeps = asked is not None and not asked.of_cpus
    count = int(asked.value) if asked is not None and keeps else None
    if count is not None and (fits is None or count <= fits):
        return {}
    if fits is not None:
        tell(f"--workers {fits}: as many as fit, by the saved forecast")
        return {"--workers": str(fits)}
    tell("--workers 1: nothing was measured; `flask bootcheck forecast --save` says how many fit")
    return {"--workers": "1"}


def _class(plan: DeployPlan, process: Process, tell: Tell) -> dict[str, str]:
    asked = process.worker_class
    if asked is None or "eventlet" not in str(asked.value) or plan.gunicorn.release < (26, 0):
        return {}
    name, threads = _INSTEAD
    tell(
        f"--worker-class {name}: gunicorn {plan.gunicorn.version} has no eventlet worker; to keep it, "
        'put "flask-bootcheck[eventlet]" into the requirements and run this again'
    )
    return {"--worker-class": name, "--threads": threads}


def _bind(process: Process) -> dict[str, str]:
    """Not where nobody else reaches it, nor on a port of its own, unless ``PORT`` is set to it."""
    binds = [str(bind.value) for bind in process.binds]
    port = process.variable("PORT")
    if port is not None and any(bind.endswith(f":{port.value}") for bind in binds):
        return {}
    wrong = any(_ELSEWHERE.match(bind) for bind in binds)
    return {"--bind": _BIND} if wrong or process.unexpanded else {}


_SHORT = {"--workers": "-w", "--bind": "-b", "--worker-class": "-k"}


def _changed(text: str, changes: dict[str, str]) -> str:
    """A command with other values for some options."""
    for option, value in changes.items():
        names = "|".join(name for name in (option, _SHORT.get(option)) if name)
        given = re.compile(rf"(?<!\S)({names})(?:\s+|=)('[^']*'|\"[^\"]*\"|[^\s'\"]+)")
        short = _SHORT.get(option, "")
        joined = re.compile(rf"(?<!\S){short}(?![\s=-])([^\s'\"]+)") if short else None
        if given.search(text):
            text = given.sub(f"{option} {_literal(value)}", text, count=1)
        elif joined is not None and joined.search(text):
            text = joined.sub(f"{option} {_literal(value)}", text, count=1)
        else:
            text = re.sub(
                r"\bgunicorn(?=\s|$)", f"gunicorn {option} {_literal(value)}", text, count=1
            )
    return text


def _literal(value: str) -> str:
    return value.replace("\\", r"\\")


def _whole(process: Process, changes: dict[str, str], wishes: Wishes) -> str:
    """A command line in place of a script, or of none."""
    said = {
        "--bind": _BIND,
        "--workers": process.workers,
        "--worker-class": process.worker_class,
        "--threads": process.threads,
        "--timeout": process.timeout,
    }
    options = {name: str(value) for name, value in said.items() if value is not None} | changes
    parts = ["gunicorn", *(f"{name} {value}" for name, value in options.items())]
    if process.preload is not None:
        parts.append("--preload")
    if process.folder:
        parts.append(f"--chdir {process.folder}")
    target = str(process.target) if process.target is not None else wishes.target
    return " ".join([*parts, f"'{target}'" if "(" in target else target])
