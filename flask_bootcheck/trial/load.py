"""Loads an app as ``flask --app`` does, and finds it behind what a server calls where it is wrapped."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from functools import partial
from inspect import isroutine
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import UsageError

if TYPE_CHECKING:
    from flask import Flask

#: What ``flask`` without ``--app`` looks for, in this order.
_FLASK_FILES = ("wsgi.py", "app.py")


def load_app(target: str, imported: Callable[[], None] = lambda: None) -> tuple[str, Flask]:
    """Import the module, then find or make the app in it.

    :param target: ``main``, ``main:app``, ``main:create_app()``, ``src/main.py``; empty for the
        files that ``flask`` looks for.
    :param imported: is called between the two.
    :returns: the target by the name of its module, and the app.
    :raises UsageError: when nothing is named and no such file is there.
    """
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
    imported()
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
        # A function is a factory: it has run, and that it returned no app is what is wrong. A partial
        # is none, though from Python 3.14 on it counts as a routine.
        is_factory = isroutine(served) and not isinstance(served, partial)
        app: Flask | None = None if is_factory else find_flask(served)
        if app is None:
            raise
        return app
