"""Why something did not load, in words: the exception, its place, and what to do about it."""

from __future__ import annotations

import os
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any

from click import ClickException

from ..engines import hint_of
from ..errors import SettingError
from ..redaction import Redactor
from ..sources.place import place_of_blueprint
from .place import place_of_error


def explain(error: BaseException, root: Path) -> dict[str, str]:
    """Why the app did not load, as the fields of a ``LoadError``."""
    redact = Redactor.of(os.environ)
    where, hint = place_of_error(error, root), ""
    if isinstance(error, SystemExit):
        message = f"the app exits while it loads (sys.exit({error.code!r}))"
        hint = "what ends the process belongs behind if __name__ == '__main__'"
    elif isinstance(error, ModuleNotFoundError) and not where:
        message, hint = str(error), "is --app right, and this the folder of the project?"
    elif isinstance(error, SettingError | ClickException):  # Flask finds no app
        message = "; ".join(str(error).splitlines())
        where = where if isinstance(error, SettingError) else ""
    else:
        message = said(error)
        hint = _of_clash(error, root) or _of_variable(error) or hint_of(error)
    return {"message": redact(message), "where": where, "hint": hint}


def said(error: BaseException) -> str:
    """The type and the first line of an exception."""
    first = str(error).strip().partition("\n")[0]
    return f"{type(error).__name__}: {first}".rstrip(": ")


def _of_clash(error: BaseException, root: Path) -> str:
    """What to do when Flask refuses a blueprint, because there is one with its name. The message
    does not say whose they are: the frame that raised does."""
    frame = _innermost(error.__traceback__)
    if frame is None or frame.f_code.co_name != "register" or not isinstance(error, ValueError):
        return ""
    second, first = frame.f_locals.get("self"), _registered(frame.f_locals)
    if first is None or second is None:
        return ""
    if first is second:
        return f"register it once{_made(second, root)}, or a second time with name="
    return (
        f"two are called {second.name!r}: {first.import_name}{_made(first, root)} and "
        f"{second.import_name}{_made(second, root)}: rename one, or register it with name="
    )


def _of_variable(error: BaseException) -> str:
    """What to do about a variable that is not set: `os.environ` itself has raised."""
    frame = _innermost(error.__traceback__)
    if not isinstance(error, KeyError) or frame is None:
        return ""
    is_missing = frame.f_locals.get("self") is os.environ and len(error.args) == 1
    return f"set {error.args[0]} in the service's variables" if is_missing else ""


def _innermost(traceback: TracebackType | None) -> FrameType | None:
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    return traceback.tb_frame if traceback is not None else None


def _registered(seen: dict[str, Any]) -> Any:
    """The blueprint that has the name already, by the variables of ``Blueprint.register``."""
    return getattr(seen.get("app"), "blueprints", {}).get(seen.get("name"))


def _made(blueprint: Any, root: Path) -> str:
    place = place_of_blueprint(blueprint, root)
    return f" ({place})" if place else ""
