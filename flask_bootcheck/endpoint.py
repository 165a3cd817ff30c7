"""The WSGI layer that answers probes, in front of everything the app does to a request.

Before routing, so that no trusted host, redirect to HTTPS, login or session is in the way, and
before a dispatcher or a middleware can hide it.
"""

from __future__ import annotations

import hmac
import math
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from .checks.endpoint import taken_paths
from .findings import Status
from .formats.health_json import CONTENT_TYPE
from .monitor import Answer, Kind, Monitor
from .place import Place
from .settings import Details, Settings

if TYPE_CHECKING:
    from flask import Flask

StartResponse = Callable[..., Any]
Environ = dict[str, Any]
WSGI = Callable[[Environ, StartResponse], Iterable[bytes]]
#: An answer with all that is sent with it.
_Response = tuple[Answer, str, tuple[tuple[str, str], ...]]

_ALIVE = Answer(Status.PASS, b'{"status":"pass"}')
#: When we ourselves fail, the service must not go down for it.
_BROKEN = Answer(Status.WARN, b'{"status":"warn"}')


class Endpoint:
    """Answers at our paths, hands all else on to ``wsgi``."""

    def __init__(self, wsgi: WSGI, monitor: Monitor) -> None:
        self.wsgi = wsgi
        self.monitor = monitor
        self._paths: dict[str, Kind | None] | None = None
        self._responses: dict[Any, _Response] = {}
        self._token = (monitor.settings.token or "").encode()

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        paths = self._paths
        if paths is None:
            # The first request: now all routes are there.
            paths = self._paths = our_paths(self.monitor.app, self.monitor.settings)
        path = environ.get("PATH_INFO", "")
        if path not in paths:
            self.monitor.touch()
            return self.wsgi(environ, start_response)
        method = environ["REQUEST_METHOD"]
        if method not in ("GET", "HEAD"):
            start_response("405 Method Not Allowed", [("Allow", "GET, HEAD"), *_headers(0)])
            return [b""]
        details: Details = "status"
        try:
            details = self._details(environ)
            kind = paths[path]
            answer = _ALIVE if kind is None else self.monitor.answer(kind, details)
        except Exception:
            kind, answer = None, _BROKEN
            self.monitor.app.logger.exception("bootcheck: the health endpoint failed")
        response = self._responses.get((kind, details))
        if response is None or response[0] is not answer:
            response = self._build(answer)
            self._responses[kind, details] = response
        start_response(response[1], [*response[2]])
        return [b""] if method == "HEAD" else [answer.body]

    # -- what a server that we find needs of us, see gunicorn.seat ------------------------------------

    @property
    def app(self) -> Flask:
        """The app behind it."""
        return self.monitor.app

    def begin(self, place: Place) -> None:
        """The worker is complete."""
        self.monitor.begin(place)

    def insist(self) -> None:
        """With ``BOOTCHECK_STRICT``, stop a start that fails."""
        if self.monitor.settings.strict:
            self.monitor.insist()

    def in_front_of(self, wsgi: WSGI) -> WSGI:
        """Another callable with our endpoint in front, once."""
        return wsgi if isinstance(wsgi, Endpoint) else Endpoint(wsgi, self.monitor)

    def _details(self, environ: Environ) -> Details:
        """How much this caller may see."""
        if self._token:
            given = environ.get("HTTP_AUTHORIZATION", "")
            expected = b"Bearer " + self._token
            if given and hmac.compare_digest(given.encode("latin-1", "replace"), expected):
                return "all"
        return "all" if self.monitor.app.debug else self.monitor.settings.details

    def _build(self, answer: Answer) -> _Response:
        headers = [("Content-Type", CONTENT_TYPE), *_headers(len(answer.body))]
        if answer.status is not Status.FAIL:
            return answer, "200 OK", tuple(headers)
        again = str(math.ceil(self.monitor.settings.ttl))
        return answer, "503 Service Unavailable", (*headers, ("Retry-After", again))


def our_paths(app: Flask, settings: Settings) -> dict[str, Kind | None]:
    """Our paths with and without a trailing slash, but those that a route of the app keeps."""
    kinds: dict[str, Kind | None] = {
        settings.path: "health",
        settings.ready_path: "ready",
        settings.live_path: None,
    }
    taken = taken_paths(app.url_map.iter_rules(), settings)
    free = {path: kind for path, kind in kinds.items() if path and path not in taken}
    return free | {f"{path}/": kind for path, kind in free.items()}


def _headers(length: int) -> list[tuple[str, str]]:
    return [("Content-Length", str(length)), ("Cache-Control", "no-store")]
