"""Does the app load at all? Looked at in a trial, where an app may hang, exit or crash."""

from __future__ import annotations

from collections.abc import Iterator

from ..boot import Boot, LoadError, Stage
from ..findings import Finding, fail
from ..registry import check


@check("app.import-failed", stage=Stage.APP, needs="trial")
def module_imports(boot: Boot) -> Iterator[Finding | str]:
    """The module with the app can be imported, and that comes to an end.

    Why: a server that cannot import the app exits or, worse, starts workers again and again. An
    import that hangs (on a database, a broker, an HTTP call) leaves a container that never answers.

    Fix: go to the file and line named. Run the import the way the server does, from the same folder
    with the same environment: `python -c "import main"`. What needs the network belongs into a
    function called later, with a timeout.
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


def _load_error(boot: Boot, during: str) -> Iterator[Finding]:
    error = boot.trial.error if boot.trial is not None else None
    if error is not None and error.during == during:
        yield fail(error.message, hint=_hint(error), where=error.where)


def _hint(error: LoadError) -> str:
    last = "its last lines: " + " / ".join(error.last_lines) if error.last_lines else ""
    return "; ".join(part for part in (error.hint, last) if part)
