"""The WSGI layer that answers probes, in front of everything the app does to a request.

Before routing, so that no trusted host, redirect to HTTPS, login or session is in the way, and
before a dispatcher or a middleware can hide it.
"""

from __future__ import annotations

import hmac
import logging
import math
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from .settings import Details, Settings
from .watched import Watched

if TYPE_CHECKING:
    from flask import Flask

    from .place import Place
    from .view import Answer, Kind

StartResponse = Callable[..., Any]
Environ = dict[str, Any]
WSGI = Callable[[Environ, StartResponse], Iterable[bytes]]
Headers = tuple[tuple[str, str], ...]

CONTENT_TYPE = "application/health+json"
_READING = ("GET", "HEAD")
_ALIVE = b'{"status":"pass"}'
#: When we ourselves fail, the service must not go down for it.
_BROKEN = b'{"status":"warn"}'


class Endpoint:
    """Answers at our paths, hands all else on to ``wsgi``."""

    def __init__(self, wsgi: WSGI, watched: Watched) -> None:
        self.wsgi = wsgi
        self.watched = watched
        self._paths: dict[str, Kind | None] | None = None
        self._prebuilt: dict[tuple[Kind, Details], tuple[Answer, str, Headers]] = {}
        self._token = (watched.settings.token or "").encode("utf-8", "surrogateescape")
        self._is_broken = False
        self._failed = ""

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        paths = self._paths if self._paths is not None else self._find_paths()
        path = environ.get("PATH_INFO", "")
        if not isinstance(path, str) or path not in paths:
            if not self._is_broken:
                self._touch(environ)
            return self.wsgi(environ, start_response)
        method = environ.get("REQUEST_METHOD")
        if method not in _READING:
            start_response("405 Method Not Allowed", [("Allow", "GET, HEAD"), *_headers(0)])
            return [b""]
        status, headers, body = self._answer(paths[path], environ)
        start_response(status, [*headers])
        return [b""] if method == "HEAD" else [body]

    def _find_paths(self) -> dict[str, Kind | None]:
        """At the first request: now all routes are there."""
        self._paths = our_paths(self.app, self.watched.settings)
        return self._paths

    def _touch(self, environ: Environ) -> None:
        """A request of the app's own: what fails here is said once, and in nobody's way."""
        try:
            self.watched.monitor.touch(environ)
        except Exception:
            self._is_broken = True
            self._logger.exception("bootcheck: the app is not watched over")

    def _answer(self, kind: Kind | None, environ: Environ) -> tuple[str, Headers, bytes]:
        if kind is None:
            return "200 OK", _headers(len(_ALIVE)), _ALIVE
        try:
            details = self._details(environ)
            answer = self.watched.monitor.answer(kind, details, environ)
        except Exception as error:
            self._tell_once(error)
            return "200 OK", _headers(len(_BROKEN)), _BROKEN
        self._failed = ""
        prebuilt = self._prebuilt.get((kind, details))
        if prebuilt is None or prebuilt[0] is not answer:
            prebuilt = self._prebuilt[kind, details] = (answer, *self._build(answer))
        return prebuilt[1], prebuilt[2], answer.body

    def _tell_once(self, error: Exception) -> None:
        """Probes come by the second: until it is another error, or none, the log has been told."""
        said = f"{type(error).__name__}: {error}"
        if said != self._failed:
            self._failed = said
            self._logger.error("bootcheck: the health endpoint failed", exc_info=error)

    # -- what a server that we find needs of us, see gunicorn.seat ---------------------------------

    @property
    def app(self) -> Flask | None:
        """The app behind it; ``None`` where none was found."""
        return self.watched.app

    @property
    def _logger(self) -> logging.Logger:
        return logging.getLogger("flask_bootcheck") if self.app is None else self.app.logger

    def begin(self, place: Place) -> None:
        """The worker is complete. One that replaces another, or is beside others that serve, takes no
        request before it knows how it is: until then connections wait, or others answer."""
        self.watched.monitor.begin(place)
        if place.board["booted_at"] or (place.is_beside is not None and place.is_beside()):
            self.watched.monitor.settle()

    def insist(self) -> None:
        """With ``BOOTCHECK_STRICT``, stop a start that fails."""
        if self.watched.monitor.settings.strict:
            self.watched.monitor.insist()

    def in_front_of(self, wsgi: WSGI) -> WSGI:
        """Another callable with our endpoint in front, once."""
        return wsgi if isinstance(wsgi, Endpoint) else Endpoint(wsgi, self.watched)

    def is_silent(self, environ: Mapping[str, Any]) -> bool:
        """Whether a request is a probe that shall not be in the access log."""
        if self.watched.monitor.settings.access_log:
            return False
        paths = self._paths if self._paths is not None else self._find_paths()
        return environ.get("PATH_INFO") in paths and environ.get("REQUEST_METHOD") in _READING

    # -- what is sent -----------------------------------------------------------------------------

    def _details(self, environ: Environ) -> Details:
        """How much this caller may see: told before anything is looked up or looked at."""
        if self._token and self._has_token(environ.get("HTTP_AUTHORIZATION")):
            return "all"
        is_debug = self.app is not None and self.app.debug
        return "all" if is_debug else self.watched.settings.details

    def _has_token(self, given: object) -> bool:
        """After RFC 7235: the scheme in any case, spaces, the token. Compared in constant time."""
        if not isinstance(given, str):
            return False
        scheme, _, token = given.partition(" ")
        is_equal = hmac.compare_digest(token.strip(" ").encode("latin-1", "replace"), self._token)
        return is_equal and scheme.lower() == "bearer"

    def _build(self, answer: Answer) -> tuple[str, Headers]:
        headers = _headers(len(answer.body))
        if answer.is_up:
            return "200 OK", headers
        again = str(math.ceil(self.watched.settings.ttl))
        return "503 Service Unavailable", (*headers, ("Retry-After", again))


def our_paths(app: Flask | None, settings: Settings) -> dict[str, Kind | None]:
    """Our paths with and without a trailing slash, but those that a route of the app keeps."""
    kinds: dict[str, Kind | None] = {
        settings.path: "health",
        settings.ready_path: "ready",
        settings.live_path: None,
    }
    from .checks.endpoint import taken_paths

    taken = taken_paths(app.url_map.iter_rules(), settings) if app is not None else {}
    free = {path: kind for path, kind in kinds.items() if path and path not in taken}
    return free | {f"{path}/": kind for path, kind in free.items()}


def _headers(length: int) -> Headers:
    return (
        ("Content-Type", CONTENT_TYPE),
        ("Content-Length", str(length)),
        ("Cache-Control", "no-store"),
    )
