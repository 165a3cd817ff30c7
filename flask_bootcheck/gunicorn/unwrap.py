"""The Flask app behind what a server calls."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Iterator
from types import FunctionType
from typing import Any

#: Where middleware keeps what it wraps: werkzeug, WhiteNoise, SocketIO, asgiref, plain decorators,
#: methods. First, since what else an object holds may be another app.
_ATTRIBUTES = (
    *("app", "wsgi_app", "application", "wsgi", "wsgi_application", "_app"),
    *("__wrapped__", "__self__"),
)
_DEPTH = 8
#: A proxy answers to every name.
_WIDTH = 32


def find_flask(application: Any) -> Any:
    """The Flask app in some layers of middleware, the nearest; ``None`` where that is not plain."""
    layer, seen = [application], {id(application)}
    for _ in range(_DEPTH):
        inner = []
        for candidate in layer:
            if _is_flask(candidate):
                return candidate
            for wrapped in _inside(candidate):
                if wrapped is not None and id(wrapped) not in seen:
                    seen.add(id(wrapped))
                    inner.append(wrapped)
        layer = inner[:_WIDTH]
    return None


def _inside(candidate: Any) -> Iterator[Any]:
    """What an object may hand a request on to."""
    kind = type(candidate)  # not isinstance: a proxy raises when it is asked for its class
    for name in _ATTRIBUTES:
        yield _get(candidate, name)
    if issubclass(kind, functools.partial):
        yield from (candidate.func, *candidate.args)
    if kind is FunctionType:
        yield from filter(callable, _named_in(candidate))
    elif not issubclass(kind, type):
        yield from filter(callable, _held_by(candidate))


def _held_by(instance: Any) -> Iterator[Any]:
    """Its attributes, the mounts of a dispatcher among them, and what its call is written with."""
    held = _get(instance, "__dict__")
    for value in list(held.values()) if type(held) is dict else []:
        yield from list(value.values()) if type(value) is dict else [value]
    call = inspect.getattr_static(type(instance), "__call__", None)
    if type(call) is FunctionType:
        yield from _named_in(call)


def _named_in(function: FunctionType) -> Iterator[Any]:
    """What the code of a function names: of its closure, and of its module."""
    for cell in function.__closure__ or ():
        try:
            yield cell.cell_contents
        except ValueError:  # not filled yet
            continue
    for name in function.__code__.co_names:
        yield function.__globals__.get(name)


def _get(candidate: Any, name: str) -> Any:
    """An attribute; a proxy raises what it likes."""
    try:
        return getattr(candidate, name, None)
    except Exception:
        return None


def _is_flask(candidate: Any) -> bool:
    """Without importing Flask: an app that has it has imported it."""
    flask = sys.modules.get("flask")
    try:
        return flask is not None and isinstance(candidate, flask.Flask)
    except Exception:
        return False
