"""``BootCheck``: the Flask extension. Wiring only: it opens nothing and waits for nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .boot import Boot, Stage
from .checks import BUILT_IN
from .errors import UsageError
from .findings import Report
from .gunicorn.live import attach
from .limits import read_limits
from .monitor import Monitor
from .redaction import Redactor
from .registry import Check, Registry, check, with_entry_points
from .settings import Settings, read_settings

if TYPE_CHECKING:
    from flask import Flask

NAME = "bootcheck"


class BootCheck:
    """Checks that an app boots whole, and answers for it at ``/healthz``.

    ``BootCheck(app)``, or ``BootCheck()`` and :meth:`init_app` in a factory. Settings are keywords in
    lower case (``BootCheck(app, token="...")``); the environment wins over them, and they win over
    ``app.config``.

    :raises SettingError: naming the setting, its value and what is accepted.
    """

    def __init__(self, app: Flask | None = None, **settings: Any) -> None:
        self._keywords = settings
        self._registry = Registry(BUILT_IN)
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
        if NAME in app.extensions:
            raise UsageError(
                f"BootCheck is on {app.name!r} already: keep one BootCheck(app) or one init_app(app)"
            )
        monitor = Monitor(app, resolved, keywords, self._registry)
        app.extensions[NAME] = monitor
        if resolved.enabled:
            _wire(app, monitor)

    def check(
        self, id: str, *, stage: Stage = Stage.LIVE, needs: str | None = None
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Add a function as a check; it stays the function it was.

        :raises UsageError: when the id is malformed or taken.
        """

        def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
            self.add(check(id, stage=stage, needs=needs)(function))
            return function

        return decorate

    def add(self, check: Check) -> None:
        """Add a check.

        :raises UsageError: when it is none, or its id is taken.
        """
        self._registry.add(check)

    def run(self, app: Flask) -> Report:
        """Run every check that needs no running server, and wait for it."""
        from .runner import run

        monitor = app.extensions.get(NAME)
        settings = monitor.settings if monitor is not None else read_settings({}, app.config)
        checks, _ = with_entry_points(self._registry)
        return run(checks, *facts_of(app, settings))


def facts_of(app: Flask, settings: Settings) -> tuple[Boot, Redactor]:
    """What is known of an app without a server, and a redactor that knows its secrets."""
    import os

    boot = Boot(settings, read_limits(settings, os.environ), os.environ, app)
    return boot, Redactor.of(os.environ, app.config)


def _wire(app: Flask, monitor: Monitor) -> None:
    from .endpoint import Endpoint

    endpoint = Endpoint(app.wsgi_app, monitor)
    app.wsgi_app = endpoint  # type: ignore[method-assign]
    _show_in_routes(app, monitor.settings)
    attach(endpoint)


def _show_in_routes(app: Flask, settings: Settings) -> None:
    """Rules for ``flask routes`` and ``url_for``. They match nothing: the endpoint answers first, and
    a route of the app at the same path is left in peace."""
    for name in ("path", "ready_path", "live_path"):
        path = getattr(settings, name)
        if path:
            endpoint = f"{NAME}.{name.removesuffix('path').rstrip('_') or 'health'}"
            rule = app.url_rule_class(path, endpoint=endpoint, build_only=True, methods=["GET"])
            app.url_map.add(rule)
