"""Will the start command start what it means?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..boot import Boot, Stage
from ..deploy.hosts import host_of
from ..findings import Finding, fail, warn
from ..registry import check

if TYPE_CHECKING:
    from ..deploy.plan import Candidate, DeployPlan, PlannedService, Process

#: A command to paste where none is there.
_COMMANDS = {
    "docker": 'CMD ["sh", "-c", "exec gunicorn --bind 0.0.0.0:${PORT:-8000} main:app"]',
}
_COMMAND = "gunicorn --bind 0.0.0.0:$PORT main:app"


@check("deploy.command-not-understood", stage=Stage.FILES, needs="plan")
def command_is_understood(boot: Boot) -> Iterator[Finding | str]:
    """Every start command is there and understood: what it starts is known.

    Why: behind a script that is not in the project, a wrapper that is not known here or a program with
    a misspelt name nothing is looked at: no worker count, no port, no app. That is no all-clear.

    Fix: name the server in the start command, `exec gunicorn --bind 0.0.0.0:$PORT main:app`, or in a
    script of the project. Of other servers (waitress, uWSGI, uvicorn) it is only known that they are
    started.
    """
    plan = boot.plan
    for service in plan.services if plan is not None else ():
        winner = service.winner
        if winner is None or not winner.start.value:
            yield from _unnamed(plan, service)
        elif winner.process.no_shell is None:
            yield from _looked_into(plan, service, winner)
    if plan is not None and not plan.services and not plan.troubles:
        yield _no_command(", ".join(plan.files), "")


def _unnamed(plan: DeployPlan | None, service: PlannedService) -> Iterator[Finding]:
    """A service that takes requests, and no file says how it is started."""
    if plan is not None and service.process == "web" and not plan.troubles:
        read = [f for f in plan.files if f not in {item.place.file for item in plan.not_read}]
        dockerfiles = [file for file in read if "Dockerfile" in file]
        names = ", ".join(dockerfiles or read or plan.files)
        yield _no_command(names, service.platform, service.name)


def _no_command(names: str, platform: str, component: str = "") -> Finding:
    several = "," in names
    base = "; its base image starts something" if "Dockerfile" in names else ""
    return warn(
        f"{names} {'name' if several else 'names'} no start command{base}: nothing of it was looked at",
        hint=_COMMANDS.get(platform, _COMMAND),
        where=names.partition(",")[0],
        component=component,
    )


def _looked_into(
    plan: DeployPlan | None, service: PlannedService, winner: Candidate
) -> Iterator[Finding | str]:
    """What is started, or why that is not known, where no other check says so."""
    trouble = winner.process.not_understood
    if trouble is None or service.process != "web":
        started = _described(service, winner.process)
        starts = f"starts {service.name}"
        if winner.reader == "gunicorn-conf":
            starts = "is the only one to say how it starts"
        yield f"{_where(service)}{winner.start.place} {starts}: {started}"
        return
    told = {item.place for item in plan.troubles} if plan is not None else set()
    if trouble.place not in told and winner.reader != "railpack-default":
        yield warn(
            f"the start command was not understood, nothing of it was looked at: {trouble.reason}",
            hint=trouble.hint,
            where=str(trouble.place),
            component=service.name,
        )


def _where(service: PlannedService) -> str:
    guessed = " (a guess)" if service.guessed else ""
    return f"{service.platform}{guessed}: " if service.platform else ""


def _described(service: PlannedService, process: Process) -> str:
    """Such as ``gunicorn, 2 workers, gthread``."""
    if process.program != "gunicorn":
        return process.program or "a command that cannot be read"
    known = process.worker_class or (process.default_class if process.complete else "")
    return f"gunicorn, {_workers(service, process)}, {known or 'class: not known'}"


def _workers(service: PlannedService, process: Process) -> str:
    count = process.workers
    if count is not None:
        return f"{count} {'worker' if count.value == 1 else 'workers'}"
    unknown = next((t for t in process.not_looked_at if t.reason.startswith("workers")), None)
    if unknown is not None:
        return f"workers: not known ({unknown.place})"
    if is_count_of_platform(service, process):
        return "workers: set by WEB_CONCURRENCY"
    return "workers: not known"


def is_count_of_platform(service: PlannedService, process: Process) -> bool:
    """Whether nothing sets the number of workers but the platform."""
    is_set = any(trouble.reason.startswith("workers") for trouble in process.not_looked_at)
    injected = "WEB_CONCURRENCY" in host_of(service.platform).injected
    return process.workers is None and process.complete and injected and not is_set


@check("deploy.no-shell", stage=Stage.FILES, needs="command")
def needs_no_shell(boot: Boot) -> Iterator[Finding]:
    """A start command that no shell reads has nothing in it that only a shell understands.

    Why: in the exec form of a Dockerfile, and on Railway where a Dockerfile builds the image, there is
    no shell. `cd`, `exec` and `A=1` are no programs, and `flask db upgrade && gunicorn main:app` gives
    `&&` and `gunicorn` to flask, which exits.

    Fix: `sh -c "flask db upgrade && exec gunicorn main:app"`.
    """
    for service in boot.plan.services if boot.plan is not None else ():
        trouble = service.winner.process.no_shell if service.winner is not None else None
        if trouble is not None:
            yield fail(
                f"no shell reads the start command: {trouble.reason}",
                hint=trouble.hint,
                where=str(trouble.place),
                component=service.name,
            )


@check("deploy.target-missing", stage=Stage.FILES, needs="gunicorn")
def target_is_there(boot: Boot) -> Iterator[Finding]:
    """The app that the start command names is in the project.

    Why: `main:app` without a `main.py`, or without an `app` in it, is a server that exits at once.
    Railpack starts `main:app` whatever the file is called.

    Fix: name the module and the name in it. In a monorepo `--chdir backend` goes to the folder first.
    """
    for trouble in boot.plan.missing if boot.plan is not None else ():
        yield fail(
            f"the app to start is not there: {trouble.reason}",
            hint=trouble.hint
            or "name it as module:name, the module as it is imported from the folder it runs in",
            where=str(trouble.place),
        )


@check("deploy.port-not-expanded", stage=Stage.FILES, needs="command")
def variables_are_expanded(boot: Boot) -> Iterator[Finding]:
    """Every variable in a start command is expanded by a shell.

    Why: the exec form, `CMD ["gunicorn", "--bind", "0.0.0.0:$PORT"]`, has no shell, nor has a start
    command of Railway where a Dockerfile builds the image: gunicorn gets the text `$PORT`, which is no
    port, and exits.

    Fix: `sh -c "exec gunicorn --bind 0.0.0.0:$PORT main:app"`, or the shell form of CMD.
    """
    for service in boot.plan.services if boot.plan is not None else ():
        if service.winner is None:
            continue
        for word in service.winner.process.unexpanded:
            yield fail(
                f"no shell expands {word}: the program gets these very characters",
                hint='start it through a shell: sh -c "exec ..."',
                where=str(word.place),
                component=service.name,
            )
