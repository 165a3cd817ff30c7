"""Are the deploy files read, understood, and of one mind?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..boot import Boot, Stage
from ..findings import Finding, warn
from ..registry import check

if TYPE_CHECKING:
    from ..deploy.plan import Candidate, DeployPlan, PlannedService, Process, Value


@check("deploy.unreadable", stage=Stage.FILES, needs="plan")
def files_are_understood(boot: Boot) -> Iterator[Finding | str]:
    """Every deploy file can be understood: the TOML, JSON, YAML and Python in them, and the commands.

    Why: what cannot be read is not looked at here, and most platforms refuse it or pass over it. A
    count that only running a script would tell is no trouble, and noted as not looked at.

    Fix: go to the file and line named. `flask bootcheck deploy --exec` runs a gunicorn conf to see what
    comes out of it.
    """
    plan = _plan(boot)
    winners = [s.winner.process for s in plan.services if s.winner is not None]
    troubles = [*plan.troubles, *(t for process in winners for t in process.unreadable)]
    for trouble in dict.fromkeys(troubles):
        yield warn(
            f"{trouble.place.file} cannot be read: {trouble.reason}",
            hint="what is not understood here is not looked at, and may not be deployed as meant",
            where=str(trouble.place),
        )
    for trouble in dict.fromkeys(t for process in winners for t in process.not_looked_at):
        yield f"not looked at: {trouble.place} ({trouble.reason})"


@check("deploy.file-not-read", stage=Stage.FILES, needs="plan")
def files_are_read(boot: Boot) -> Iterator[Finding]:
    """Every deploy file is one that its platform reads.

    Why: Railway does not read `railway.toml` and `railway.json`, Railpack does not read
    `nixpacks.toml`, and where there is a Dockerfile Railway builds with nothing else. What such a file
    says has no effect, without a word.

    Fix: `flask bootcheck init railway` writes what is read. Remove what is not.
    """
    for item in _plan(boot).not_read:
        yield warn(
            f"{item.place.file} is not read: {item.reason}",
            hint=item.hint,
            where=str(item.place),
            component=item.platform,
        )


@check("deploy.unknown-key", stage=Stage.FILES, needs="plan")
def keys_are_known(boot: Boot) -> Iterator[Finding]:
    """The keys in the deploy files are ones that somebody reads.

    Why: a misspelt key, or one in another table than its own, is passed over without a word, and the
    health check or the start command that it meant is not there.

    Fix: as the hint says. Of `railway.toml`, `railway.json` and `.railway/railway.py` all keys are
    known; in other files only those are told that are nearly the name of a known one, and in a gunicorn
    conf those that are often taken for one, such as `preload` and `worker`, when it does not use them.
    """
    for item in _plan(boot).unknown:
        yield warn(f"nobody reads the key {item.key}", hint=item.hint, where=str(item.place))


@check("deploy.unpinned-server", stage=Stage.FILES, needs="gunicorn")
def server_is_pinned(boot: Boot) -> Iterator[Finding | str]:
    """The version of gunicorn is bounded by the project's dependencies.

    Why: gunicorn 26 removed the eventlet worker; who had asked for just `gunicorn` found out in a
    container that no longer started. The next deploy installs the newest there is.

    Fix: `gunicorn>=23,<28` in the requirements, or a lock file.
    """
    plan = _plan(boot)
    runs = next(
        (s.winner for s in plan.web if s.winner and s.winner.process.program == "gunicorn"), None
    )
    if runs is None or not plan.dependencies:
        return
    pin = plan.gunicorn
    if pin.place is None:
        yield warn(
            f"gunicorn is started, and none of {', '.join(plan.dependencies)} names it",
            hint="name it with an upper bound: gunicorn>=23,<28",
            where=str(runs.start.place),
        )
    elif not pin.bounded:
        newest = "the newest known here" if pin.python is None else f"for Python {pin.python}"
        yield warn(
            f"gunicorn has no upper bound: judged by {pin.version}, {newest}",
            hint="the next deploy installs the newest there is: gunicorn>=23,<28, or a lock file",
            where=str(pin.place),
        )
    else:
        yield f"gunicorn {pin.version} ({pin.place})"


@check("deploy.disagree", stage=Stage.FILES, needs="start")
def files_agree(boot: Boot) -> Iterator[Finding]:
    """All files that start the same service start it the same way.

    Why: one file wins, on each platform by rules of its own; after the next change of builder or
    platform it is another one. Whoever fixes the wrong file sees no change.

    Fix: make them agree, or remove those that lose. `flask bootcheck init railway` aligns them.
    """
    for service in _plan(boot).services:
        winner = service.winner
        if winner is None:
            continue
        for other in service.candidates:
            if other is not winner:
                yield from _compare(service, winner, other)


def _compare(service: PlannedService, winner: Candidate, other: Candidate) -> Iterator[Finding]:
    differences = [*_differences(winner.process, other.process)]
    if not differences:
        return
    said = ", ".join(f"{name} {theirs} (there {ours})" for name, ours, theirs, _ in differences)
    place = differences[0][3] or other.start.place
    file, first = other.start.place.file, winner.start.place.file
    wins = f"on {service.platform} {first} wins" if service.platform else f"{first} wins"
    certain = f"which wins is not certain ({service.doubt})" if service.doubt else wins
    unread = f"; {other.unread}" if other.unread else ""
    yield warn(
        f"{file} and {first} disagree: {said}",
        hint=f"{certain}{unread}: make them agree, or remove one",
        where=str(place),
        component=service.name,
    )


Difference = tuple[str, object, object, object]


def _differences(ours: Process, theirs: Process) -> Iterator[Difference]:
    """What two processes do not have in common, as far as both are known."""
    if not (ours.understood and theirs.understood):
        return
    if ours.program != theirs.program:
        yield "program", ours.program, theirs.program, None
    if ours.program != "gunicorn" or theirs.program != "gunicorn":
        return
    if ours.workers and theirs.workers and ours.workers.value != theirs.workers.value:
        yield "workers", ours.workers, theirs.workers, theirs.workers.place
    yield from _differ(
        "class", ours.worker_class, theirs.worker_class, ours.default_class, theirs.default_class
    )
    yield from _differ("app", ours.target, theirs.target)
    if ours.binds and theirs.binds and _ports(ours) != _ports(theirs):
        yield "bind", _shown(ours), _shown(theirs), theirs.binds[0].place
    yield from _differ("threads", ours.threads, theirs.threads, 1, 1)
    yield from _differ("timeout", ours.timeout, theirs.timeout, 30, 30)


def _differ(
    name: str,
    ours: Value | None,
    theirs: Value | None,
    ours_else: object = None,
    theirs_else: object = None,
) -> Iterator[Difference]:
    """``..._else`` is what holds where nothing is said."""
    one, other = ours.value if ours else ours_else, theirs.value if theirs else theirs_else
    if one != other and None not in (one, other):
        yield name, one, other, theirs.place if theirs else None


def _ports(process: Process) -> set[str]:
    """Where it listens; ``${PORT:-8000}`` is ``$PORT``."""
    texts = (str(bind.value) for bind in process.binds)
    return {"$PORT" if "PORT" in text else text.rpartition(":")[2] for text in texts}


def _shown(process: Process) -> str:
    return ",".join(str(bind) for bind in process.binds)


def _plan(boot: Boot) -> DeployPlan:
    assert boot.plan is not None  # noqa: S101 - the runner skips without
    return boot.plan
