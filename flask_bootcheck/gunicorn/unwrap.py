"""The Flask app behind what a server calls."""

from __future__ import annotations

import sys
from typing import Any

#: Where middleware keeps what it wraps: werkzeug, WhiteNoise, SocketIO, plain decorators, methods.
_ATTRIBUTES = ("app", "wsgi_app", "application", "wsgi", "_app", "__wrapped__", "__self__")
_DEPTH = 8
#: A proxy answers to every name.
_WIDTH = 16


def find_flask(wsgi: Any) -> Any:
    """The Flask app in some layers of middleware; ``None`` where that is not plain."""
    layer, seen = [wsgi], {id(wsgi)}
    for _ in range(_DEPTH):
        inner = []
        for candidate in layer:
            if _is_flask(candidate):
                return candidate
            for name in _ATTRIBUTES:
                wrapped = _get(candidate, name)
                if wrapped is not None and id(wrapped) not in seen:
                    seen.add(id(wrapped))
                    inner.append(wrapped)
        layer = inner[:_WIDTH]
    return None


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
