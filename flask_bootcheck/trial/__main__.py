"""The subprocess of a trial. Its one argument is the order, as JSON."""

from __future__ import annotations

import faulthandler
import json
import os
import re
import sys
import time
from inspect import isroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from click import ClickException

from ..boot import Stage, Trial
from ..deploy.reading import Asked, read_plan
from ..engines import hint_of
from ..errors import SettingError, UsageError
from ..redaction import Redactor
from ..registry import Registry, with_entry_points
from ..settings import EXTENSION
from .place import innermost, place_of_error

if TYPE_CHECKING:
    from flask import Flask

#: What ``flask`` without ``--app`` looks for, in this order.
_FLASK_FILES = ("wsgi.py", "app.py")


class _Teller:
    """Writes lines of JSON to the parent."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        os.set_inheritable(descriptor, False)

    def __call__(self, **said: Any) -> None:
        os.write(self._descriptor, json.dumps(said).encode() + b"\n")


def main(order: dict[str, Any]) -> None:
    """Load the app, run its checks, tell."""
    tell, root = _Teller(order["answer"]), Path.cwd()
    os.set_inheritable(order["dump"], False)
    faulthandler.enable(order["dump"])
    faulthandler.dump_traceback_later(order["boot_timeout"], file=order["dump"])
    _watch_hard_exit(tell, root)
    started = time.monotonic()
    try:
        target, app = _load(order["target"], tell)
    except UsageError as error:
        return tell(usage=str(error))
    except BaseException as error:
        return tell(exit=_explain(error, root))
    faulthandler.cancel_dump_traceback_later()
    seconds = time.monotonic() - started
    tell(loaded=target)
    try:
        report = _look_at(app, order, Trial(target, seconds))
    except (UsageError, SettingError) as error:
        return tell(usage=str(error))
    tell(report=report.to_data(), seconds=seconds)


def _load(target: str, tell: _Teller) -> tuple[str, Flask]:
    """Import the module, then find or make the app in it, as ``flask`` does."""
    from flask.cli import prepare_import

    module, name = [*re.split(r":(?![\\/])", target, maxsplit=1), None][:2]
    if not module:
        found = [file for file in _FLASK_FILES if Path(file).exists()]
        if not found:
            raise UsageError(
                "no app: give one, such as flask --app main bootcheck, or set FLASK_APP "
                f"(there is no {' and no '.join(_FLASK_FILES)} here)"
            )
        module = found[0]
    import_name = prepare_import(module)
    __import__(import_name)
    tell(factory=True)
    app = _locate(import_name, name)
    return (f"{import_name}:{name}" if name else import_name), app


def _locate(import_name: str, name: str | None) -> Flask:
    """The app as ``flask`` finds it, and where it finds none, in the middleware of that name that a
    server calls."""
    from flask.cli import NoAppException, locate_app

    from ..gunicorn.unwrap import find_flask

    try:
        return locate_app(import_name, name)
    except NoAppException:
        served = getattr(sys.modules[import_name], name or "application", None)
        # A function is a factory: it has run, and that it returned no app is what is wrong.
        app: Flask | None = None if isroutine(served) else find_flask(served)
        if app is None:
            raise
        return app


def _look_at(app: Flask, order: dict[str, Any], trial: Trial) -> Any:
    from ..checks import BUILT_IN
    from ..inspection import inspect_app

    watched = app.extensions.get(EXTENSION)
    registry = watched.registry() if watched is not None else Registry(BUILT_IN)
    whole, _ = with_entry_points(registry)
    chosen = whole.select(order["only"], order["skip"])
    mine = Registry(
        check
        for check in chosen
        # What is ours and needs no app, the parent runs: it is asked for without an app, too.
        if not (check.builtin and check.stage <= Stage.MASTER)
        and (order["live"] or check.stage is not Stage.LIVE)
    )
    asked = dict(order["plan"])
    root = Path(asked.pop("root", "."))
    plan = read_plan(root, Asked(**asked, environ=os.environ))
    return inspect_app(app, mine, trial, plan)


def _explain(error: BaseException, root: Path) -> dict[str, str]:
    """Why the app did not load, as the fields of a ``LoadError``."""
    redact = Redactor.of(os.environ)
    where = place_of_error(error, root)
    if isinstance(error, SystemExit):
        message = f"the app exits while it loads (sys.exit({error.code!r}))"
        hint = "what ends the process belongs behind if __name__ == '__main__'"
    elif isinstance(error, ModuleNotFoundError) and not where:
        message, hint = str(error), "is --app right, and this the folder of the project?"
    elif isinstance(error, SettingError | ClickException):  # Flask finds no app
        message, hint = "; ".join(str(error).splitlines()), ""
        where = where if isinstance(error, SettingError) else ""
    else:
        said = str(error).strip().partition("\n")[0]
        message, hint = f"{type(error).__name__}: {said}".rstrip(": "), hint_of(error)
    return {"message": redact(message), "where": where, "hint": hint}


def _watch_hard_exit(tell: _Teller, root: Path) -> None:
    """``os._exit`` leaves no trace: note the place first."""
    leave = os._exit

    def exit_hard(status: int) -> NoReturn:
        frames, frame = [], sys._getframe(1)
        while frame is not None:
            frames.append((frame.f_code.co_filename, frame.f_lineno))
            frame = frame.f_back  # type: ignore[assignment]
        message = f"the app exits while it loads (os._exit({status}))"
        tell(exit={"message": message, "where": innermost(frames, root)})
        leave(status)

    os._exit = exit_hard


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
    sys.stdout.flush()
    # Threads that the app has started must not keep us.
    os.kill(os.getpid(), 9)
