"""What all files of a service should say: a command that starts and fits, a health path, a timeout.
What already holds is kept as it is written."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from . import rewrite
from .health import Health
from .hosts import host_of
from .launcher import launched
from .machine import Machine
from .plan import Candidate, DeployPlan, PlannedService, Process, Service, Value
from .process import process_of
from .project import Project
from .source import Unreadable, read_text

_HOST = host_of("railway")
_BIND = "0.0.0.0:$PORT"
_ELSEWHERE = re.compile(r"127\.|localhost|\[::1\]|.*:\d+$|[\d.]+$")
#: In place of a worker class that is gone: of those gunicorn brings, the one that waits well.
_INSTEAD = ("gthread", "4")


@dataclass(frozen=True, slots=True)
class Agreement:
    """The values, and what a person should know of how they came about. ``command`` is what a shell
    would run, ``start`` the same for Railway, ``process`` what that starts. Without a ``health_path``
    none should be written."""

    start: str
    command: str
    health_path: str | None
    health_timeout: int | None
    process: Process
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is known besides the files: how many workers ``fit`` (``None`` where nothing was measured),
    our own health path, how long a boot may take, and an app for a project that names none."""

    fits: int | None
    health_path: str
    boot_timeout: float
    target: str = ""


Tell = Callable[[str], None]


def base_of(service: PlannedService | None) -> Candidate | None:
    """The start command to go on from: the one that was set for the service, also in a file that
    Railway does not read, else the one that wins. What Railpack makes up is nobody's."""
    found = [c for c in service.candidates if c.reader != "railpack-default"] if service else []
    for reader in ("railway-code", "railway"):
        for candidate in found:
            if candidate.reader == reader:
                return candidate
    read = [candidate for candidate in found if not candidate.unread]
    return next(iter(read or found), None)


def agree(
    root: Path,
    plan: DeployPlan,
    service: PlannedService | None,
    wishes: Wishes,
) -> Agreement:
    """What the files of a service should say."""
    notes: list[str] = []
    command, process = _command(root, plan, service, wishes, notes.append)
    in_image = service is not None and service.builder == "DOCKERFILE"
    start = rewrite.through_shell(command) if in_image else command
    path = service.health_path if service is not None else None
    timeout = service.health_timeout if service is not None else None
    health = Health(root, plan, start, process, wishes.health_path, wishes.target)
    health_path, missing = health.path(str(path.value) if path is not None else None)
    return Agreement(
        start=start,
        command=command,
        health_path=health_path,
        health_timeout=_seconds(timeout, health_path, wishes),
        process=process,
        notes=(*notes, *missing),
    )


def _seconds(timeout: Value | None, path: str | None, wishes: Wishes) -> int | None:
    if timeout is not None and float(timeout.value) >= wishes.boot_timeout:
        return int(float(timeout.value))
    return (_HOST.health_seconds or 300) if path or timeout is not None else None


def _command(
    root: Path, plan: DeployPlan, service: PlannedService | None, wishes: Wishes, tell: Tell
) -> tuple[str, Process]:
    """The command, and what it starts."""
    base = base_of(service)
    if service is None or base is None:
        workers = _workers(Process(workers=None), wishes, tell, is_new=True)["--workers"]
        words = ["gunicorn", "--bind", _BIND, "--workers", workers, wishes.target]
        text = " ".join(word if "$" in word else shlex.quote(word) for word in words)
        process = Process(program="gunicorn")
    else:
        text, process = _mended(_Reading(root, service, base), plan, wishes, tell)
    return text, process


@dataclass(frozen=True, slots=True)
class _Reading:
    """Start commands, read where the one to go on from stands."""

    root: Path
    service: PlannedService
    base: Candidate

    @property
    def machine(self) -> Machine:
        """Where it will run."""
        return Machine(self.service.cpus, {}, _HOST.injected)

    def process(self, text: str) -> Process:
        """What a command starts when a shell reads it."""
        project = Project(self.root, self.machine)
        start = Value(rewrite.handed_on(text), self.base.start.place)
        variables = self.base.process.variables
        return process_of(project, Service(start=start, in_shell=True, variables=variables), True)


def _mended(reading: _Reading, plan: DeployPlan, wishes: Wishes, tell: Tell) -> tuple[str, Process]:
    text = rewrite.quote_factories(str(reading.base.start.value))
    words = {str(value) for value in reading.process(text).unexpanded}
    text = rewrite.set_expanding(text, words)
    process = reading.process(text)
    if process.program != "gunicorn":
        return text, process
    changes = {**_workers(process, wishes, tell), **_class(plan, process, tell), **_bind(process)}
    changed = rewrite.set_options(text, changes)
    if changed is None and (line := launched(reading.root, text, reading.machine)) is not None:
        changed = rewrite.set_options(line, changes)
        tell(f"{text!r} is started no more: it only starts gunicorn, as the command now does")
    if changed is not None:
        return changed, reading.process(changed)
    for line in _by_hand(reading, process, changes):
        tell(line)
    return text, process


def _by_hand(reading: _Reading, process: Process, changes: dict[str, str]) -> Iterator[str]:
    """The lines of a script as they should be; a script stays one, and is its owner's to change."""
    place = process.target.place if process.target is not None else reading.base.start.place
    try:
        text = read_text(reading.root / place.file)
    except Unreadable:
        text = ""
    is_script = place.file != reading.base.start.place.file and not place.file.endswith(".py")
    changed = rewrite.set_options(text, changes) if is_script else None
    before, after = text.split("\n"), (changed or "").split("\n")
    if changed is None or len(before) != len(after):
        options = " ".join(f"{option} {value}" for option, value in changes.items())
        yield f"{place}: give gunicorn {options}"
        return
    for number, (old, new) in enumerate(zip(before, after, strict=True), 1):
        if old != new:
            yield f"{place.file}:{number}: {new.strip()}"


def _workers(
    process: Process, wishes: Wishes, tell: Tell, *, is_new: bool = False
) -> dict[str, str]:
    """Another count where the one asked for follows the CPUs, or does not fit. One that is not known
    stays: it may be a variable of the service."""
    asked, fits = process.workers, wishes.fits
    if asked is None and not is_new:
        return {}
    if asked is not None and not asked.of_cpus and (fits is None or int(asked.value) <= fits):
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
    unexpanded = {str(word) for word in process.unexpanded}
    right = [bind for bind in binds if not _ELSEWHERE.match(bind) and bind not in unexpanded]
    reached = any(not bind.startswith(("unix:", "fd:")) for bind in right)
    return {"--bind": _BIND} if len(right) < len(binds) and not reached else {}
