"""Which server is it, where none of its hooks has told us? It says so in the WSGI environ of each
request: one line a server. What runs through an ASGI adapter does not, and stays unknown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .boot import Server

_VERSION = re.compile(r"\d+(\.\d+)*")


@dataclass(frozen=True, slots=True)
class Mark:
    """``variable`` is what tells the server from the others, by being there, or by how its text
    ``begins``; a version that stands right behind is the server's."""

    name: str
    variable: str
    begins: str = ""
    development: bool = False

    def is_in(self, environ: Mapping[str, Any]) -> bool:
        """Whether a request came through this server."""
        return self.variable in environ and self._text(environ).startswith(self.begins)

    def version(self, environ: Mapping[str, Any]) -> str:
        """Its version, empty when it does not say."""
        found = _VERSION.match(self._text(environ).removeprefix(self.begins))
        return found[0] if found else ""

    def _text(self, environ: Mapping[str, Any]) -> str:
        value = environ[self.variable]
        if isinstance(value, tuple):
            return ".".join(map(str, value))
        return value.decode("latin-1") if isinstance(value, bytes) else str(value)


MARKS = (
    Mark("gunicorn", "SERVER_SOFTWARE", "gunicorn/"),
    Mark("werkzeug", "SERVER_SOFTWARE", "Werkzeug/", development=True),
    Mark("werkzeug", "werkzeug.socket", development=True),  # an app may have renamed it
    Mark("wsgiref", "SERVER_SOFTWARE", "WSGIServer/", development=True),
    Mark("waitress", "waitress.client_disconnected"),
    Mark("waitress", "SERVER_SOFTWARE", "waitress"),
    Mark("uwsgi", "uwsgi.version"),
    Mark("mod_wsgi", "mod_wsgi.version"),
    Mark("cheroot", "SERVER_SOFTWARE", "Cheroot/"),
    Mark("granian", "SERVER_SOFTWARE", "Granian"),
    # The number behind the slash is not gevent's version.
    Mark("gevent", "SERVER_SOFTWARE", "gevent"),
    Mark("eventlet", "eventlet.posthooks"),
)


def server_of(environ: Mapping[str, Any]) -> Server | None:
    """The server that made this environ. How many workers it has, it does not say.

    Only for a development server is ``SERVER_NAME`` the address that it listens on; others have a
    name there.
    """
    mark = next((mark for mark in MARKS if mark.is_in(environ)), None)
    if mark is None:
        return None
    return Server(
        mark.name,
        mark.version(environ),
        address=str(environ.get("SERVER_NAME", "")) if mark.development else "",
        development=mark.development,
    )
