"""``BootCheck``: the Flask extension. Wiring only: it opens nothing and waits for nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any

from .endpoint import Endpoint
from .errors import UsageError
from .gunicorn.live import attach
from .settings import EXTENSION, Settings, read_settings, read_settings_leniently
from .watched import Watched

# What only a few need is imported where they do: an app pays for its wiring alone.
if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy import Engine, MetaData

    from .boot import Stage
    from .engines import Known
    from .findings import Report
    from .registry import Check, Registry


class BootCheck:
    """Checks that an app boots whole, and answers for it at ``/healthz``.

    ``BootCheck(app)``, or ``BootCheck()`` and :meth:`init_app` in a factory. Settings are keywords
    in lower case (``BootCheck(app, token="...")``); the environment wins over them, and they win
    over ``app.config``.

    :raises SettingError: naming the setting, its value and what is accepted.
    """

    def __init__(self, app: Flask | None = None, **settings: Any) -> None:
        self._keywords = settings
        self._engines: list[Known] = []
        if app is None:
            read_settings(settings)  # what is wrong is said here already
        else:
            self.init_app(app)

    def init_app(self, app: Flask, **settings: Any) -> None:
        """Wire an app: the endpoint, and the server's hooks where one is found.

        :raises UsageError: when the app is wired already.
        :raises SettingError: as in the constructor.
        """
        keywords = {**self._keywords, **settings}
        resolved = read_settings(keywords, app.config)
        if EXTENSION in app.extensions:
            raise UsageError(
                f"BootCheck is on {app.name!r} already: "
                "keep one BootCheck(app), or one init_app(app)"
            )
        watched = Watched(app, resolved, keywords, lambda: self._registry, self._engines)
        if resolved.enabled:
            _wire(app, watched)
        else:
            app.extensions[EXTENSION] = watched

    def check(
        self, id: str, *, stage: Stage | None = None, needs: str | None = None
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Add a function as a check, LIVE unless said otherwise; it stays the function it was.

        :raises UsageError: when the id is malformed or taken.
        """
        from .registry import check

        def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
            self.add(check(id, stage=stage, needs=needs)(function))
            return function

        return decorate

    def add(self, check: Check) -> None:
        """Add a check.

        :raises UsageError: when it is none, or its id is taken.
        """
        self._registry.add(check)

    def watch(self, engine: Engine, *, name: str, metadata: MetaData | None = None) -> None:
        """Have an engine looked at that no extension of the app knows; before ``init_app`` or after.

        :param name: what it is called in findings.
        :param metadata: what should be in its database, such as ``Base.metadata``.
        :raises UsageError: when it is no engine, or its name is taken.
        """
        from .engines import watch

        watch(self._engines, engine, name, metadata)

    def run(self, app: Flask) -> Report:
        """Run every check that needs no running server, and wait for it."""
        from .inspection import inspect_app
        from .registry import with_entry_points

        checks, _ = with_entry_points(self._registry)
        return inspect_app(app, checks)

    @cached_property
    def _registry(self) -> Registry:
        from .checks import BUILT_IN
        from .registry import Registry

        return Registry(BUILT_IN)


def adopt(app: Flask | None) -> Endpoint | None:
    """Watch over an app that does not know us; over what is served alone, where no app is found.

    Nothing raises here: bad settings are logged. ``None`` when it is switched off.
    """
    settings, errors = read_settings_leniently({}, app.config if app is not None else {})
    for error in errors:
        logging.getLogger("gunicorn.error").error("bootcheck: %s; the default is taken", error)
    if not settings.enabled:
        return None
    watched = Watched(app, settings, {}, lambda: BootCheck()._registry)
    return Endpoint(_nothing_there, watched) if app is None else _wire(app, watched)


def _nothing_there(_environ: object, _start_response: object) -> list[bytes]:
    """Stands for an app that is not there; never called."""
    raise LookupError("no Flask app was found")


def _wire(app: Flask, watched: Watched) -> Endpoint:
    app.extensions[EXTENSION] = watched
    endpoint = Endpoint(app.wsgi_app, watched)
    app.wsgi_app = endpoint  # type: ignore[method-assign]
    _show_in_routes(app, watched.settings)
    attach(endpoint)
    return endpoint


def _show_in_routes(app: Flask, settings: Settings) -> None:
    """Rules for ``flask routes`` and ``url_for``. They match nothing: the endpoint answers first,
    and a route of the app at the same path is left in peace."""
    for name in ("path", "ready_path", "live_path"):
        path = getattr(settings, name)
        if path:
            endpoint = f"{EXTENSION}.{name.removesuffix('path').rstrip('_') or 'health'}"
            rule = app.url_rule_class(path, endpoint=endpoint, build_only=True, methods=["GET"])
            app.url_map.add(rule)
