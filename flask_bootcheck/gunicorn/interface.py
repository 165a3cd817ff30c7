"""What a worker calls: which of its attributes that is, and whether by WSGI or by ASGI."""

from __future__ import annotations

import re
from functools import partial
from inspect import getattr_static, getclosurevars, iscoroutinefunction, isroutine
from pathlib import Path
from typing import Any

from ..boot import Interface, LoadError

#: Packages whose worker classes call an ASGI application, kept as ``worker.wsgi`` all the same.
_ASGI_PACKAGES = {"uvicorn", "uvicorn_worker"}
#: Where gunicorn makes an application that answers 500, under ``--reload``.
_FAILING = re.compile(r"make_(fail|error)_app\.<locals>\.")
_PLACE = re.compile(r'File "(.+)", line (\d+)')


def interface_of(worker: Any) -> Interface:
    """How this worker calls its application."""
    if hasattr(worker, "asgi"):  # gunicorn's own
        return "asgi"
    if not is_of_uvicorn(worker):
        return "wsgi"
    options = getattr(worker, "CONFIG_KWARGS", {})
    return "wsgi" if options.get("interface") == "wsgi" else "asgi"


def is_of_uvicorn(worker: Any) -> bool:
    """Whether uvicorn decides how its application is called."""
    packages = {base.__module__.partition(".")[0] for base in type(worker).__mro__}
    return bool(packages & _ASGI_PACKAGES)


def application_of(worker: Any) -> Any:
    """What this worker calls; ``None`` before it is loaded."""
    return getattr(worker, "asgi", None) or getattr(worker, "wsgi", None)


def interface_expected_by(application: Any, *, by_uvicorn: bool = False) -> Interface:
    """How an application wants to be called, told as who calls it does.

    :param by_uvicorn: does not look into a partial, and every request is a 500; gunicorn's own
        worker awaits whatever it is.
    """
    while isinstance(application, partial) and not by_uvicorn:
        application = application.func
    # From Python 3.14 on a partial counts as a routine.
    is_function = isroutine(application) and not isinstance(application, partial)
    call = application if is_function else getattr_static(application, "__call__", None)
    return "asgi" if iscoroutinefunction(call) else "wsgi"


def load_error_of(application: Any) -> LoadError | None:
    """Why the app did not load, where ``--reload`` has gunicorn serve the traceback in its place."""
    if not _FAILING.search(getattr(application, "__qualname__", "")):
        return None
    said = getclosurevars(application).nonlocals
    texts = [t.decode("utf-8", "replace") if isinstance(t, bytes) else t for t in said.values()]
    lines = [line for t in texts if isinstance(t, str) for line in t.splitlines() if line.strip()]
    places = [match for line in lines if (match := _PLACE.search(line))]
    return LoadError(
        during="import",
        message=lines[-1].strip() if lines else "the app does not load",
        where=f"{places[-1][1].removeprefix(f'{Path.cwd()}/')}:{places[-1][2]}" if places else "",
        hint="gunicorn serves the traceback until a file is changed",
    )
