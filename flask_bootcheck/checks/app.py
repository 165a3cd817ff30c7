"""Does the app load at all? Looked at in a trial, where an app may hang, exit or crash."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..boot import Boot, LoadError, Stage
from ..deploy.hosts import host_of
from ..findings import Finding, fail, warn
from ..registry import check

if TYPE_CHECKING:
    from ..deploy.plan import Pin, PlannedService

#: gunicorn's default for ``--timeout``.
_GUNICORN_TIMEOUT = 30.0


@check("app.import-failed", stage=Stage.APP, needs="trial")
def module_imports(boot: Boot) -> Iterator[Finding | str]:
    """The module with the app can be imported, and that comes to an end.

    Why: a server that cannot import the app exits or, worse, starts workers again and again. An
    import that hangs (on a database, a broker, an HTTP call, its own `app.run()`) leaves a container
    that never answers.

    Fix: go to the file and line named. Run the import the way the server does, from the same folder
    with the same environment, which is without `.env`: `python -c "import main"`. What needs the network
    belongs into a function called later, with a timeout; `app.run()` behind
    `if __name__ == "__main__":`.
    """
    yield from _load_error(boot, "import")


@check("app.factory-failed", stage=Stage.APP, needs="module")
def factory_returns(boot: Boot) -> Iterator[Finding | str]:
    """The application factory returns an app, and the module has one to find.

    Why: `create_app()` runs when the server starts its workers; when it raises, no worker boots.

    Fix: go to the file and line named. When the factory needs a setting, give it in the environment
    the check runs in, too.
    """
    yield from _load_error(boot, "factory")
    if boot.trial is not None and boot.trial.error is None:
        yield f"{boot.trial.target} loaded in {boot.trial.seconds:.1f} s"


@check("app.slow-boot", stage=Stage.APP, needs="trial")
def boots_in_time(boot: Boot) -> Iterator[Finding]:
    """The app boots well within the time that the platform waits, and that gunicorn does.

    Why: past its health timeout the platform gives the deploy up. Up to gunicorn 21 `--timeout` covers
    the boot as well: the master kills the worker, forks the next, and so on. A share of a CPU boots
    slower than this machine does, so half of the time is already a warning.

    Fix: do less at import, raise the health timeout, or `--timeout` on an old gunicorn.
    """
    if boot.trial is None or boot.trial.error is not None or boot.plan is None:
        return
    seconds = boot.trial.seconds
    for service in boot.plan.web:
        for limit, what, where in _deadlines(service, boot.plan.gunicorn):
            if seconds > limit / 2:
                tell = fail if seconds > limit else warn
                yield tell(
                    f"booted in {seconds:.1f} s, {what} {limit:g} s",
                    hint="do less at import, or raise that timeout",
                    where=where,
                    observed=round(seconds, 1),
                    limit=limit,
                    unit="s",
                    component=service.name,
                )


def _deadlines(service: PlannedService, gunicorn: Pin) -> Iterator[tuple[float, str, str]]:
    """What a boot has to meet: seconds, whose they are, and where they are said."""
    default, said = host_of(service.platform).health_seconds, service.health_timeout
    if default is not None:
        limit = float(said.value) if said is not None else default
        yield limit, f"{service.platform} waits", str(said.place) if said is not None else ""
    winner = service.winner
    if winner is not None and winner.process.program == "gunicorn" and gunicorn.release < (22, 0):
        timeout = winner.process.timeout
        seconds = float(timeout.value) if timeout is not None else _GUNICORN_TIMEOUT
        place = timeout.place if timeout is not None else winner.start.place
        if seconds > 0:
            yield seconds, f"gunicorn {gunicorn.version} kills a worker after", str(place)


@check("app.not-found", stage=Stage.WORKER, needs="server")
def app_is_known(boot: Boot) -> Iterator[Finding]:
    """There is a Flask app behind what the server calls.

    Why: a middleware or a dispatcher may hide it so well that nobody can tell which app to look at.
    The endpoint answers all the same, for the server and its workers; the app is not looked at.

    Fix: `BootCheck(app)` in the code of the app says which one it is.
    """
    has_failed = boot.trial is not None and boot.trial.error is not None
    if boot.app is None and boot.server is not None and boot.server.application and not has_failed:
        yield warn(
            f"no Flask app found behind {boot.server.application}: "
            f"not looked at: {', '.join(_needing_app())}",
            hint="BootCheck(app) where the app is made says which one it is",
        )


def _needing_app() -> list[str]:
    """The ids of our checks that have nothing to look at without an app."""
    from . import BUILT_IN  # which is made of this module, too

    return [
        check.id
        for check in BUILT_IN
        if check.needs in ("app", "database", "sqlalchemy", "migrations", "migrated")
        or (check.needs is None and check.stage >= Stage.APP)
    ]


def _load_error(boot: Boot, during: str) -> Iterator[Finding]:
    error = boot.trial.error if boot.trial is not None else None
    if error is not None and error.during == during:
        yield fail(error.message, hint=_hint(error), where=error.where)


def _hint(error: LoadError) -> str:
    last = "its last lines: " + " / ".join(error.last_lines) if error.last_lines else ""
    return "; ".join(part for part in (error.hint, last) if part)
