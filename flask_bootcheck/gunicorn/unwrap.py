"""The Flask app behind what a server calls."""

from __future__ import annotations

from typing import Any

#: Where middleware keeps what it wraps: werkzeug, WhiteNoise, SocketIO, plain decorators, methods.
_ATTRIBUTES = ("app", "wsgi_app", "application", "wsgi", "_app", "__wrapped__", "__self__")
_DEPTH = 8


def find_flask(wsgi: Any) -> Any:
    """The Flask app in some layers of middleware; ``None`` where that is not plain."""
    layer = [wsgi]
    for _ in range(_DEPTH):
        for candidate in layer:
            if _is_flask(candidate):
                return candidate
        layer = [
            inner
            for candidate in layer
            for name in _ATTRIBUTES
            if (inner := getattr(candidate, name, None)) is not None
        ]
    return None


def _is_flask(candidate: Any) -> bool:
    """Without importing Flask: an app that has it has imported it."""
    return all(hasattr(candidate, name) for name in ("url_map", "extensions", "app_context"))
