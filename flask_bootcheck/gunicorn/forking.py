"""The fork of a worker: what is done in it before all else, the user's ``post_fork`` included."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .seat import seat

if TYPE_CHECKING:
    from flask import Flask

InWorker = Callable[[Any, Any], object]


def call_in_workers(function: InWorker) -> None:
    """Have ``function(server, worker)`` called in each worker that this master forks from now on."""
    os.register_at_fork(after_in_child=lambda: _call(function, sys._getframe(1)))


def _call(function: InWorker, frame: Any) -> None:
    """After any fork of the master: only gunicorn's own makes a worker."""
    try:
        if frame is not None and frame.f_code.co_name == "spawn_worker":
            function(frame.f_locals["self"], frame.f_locals["worker"])
    except Exception as error:
        sys.stderr.write(f"bootcheck: gunicorn looks different here: {error}\n")


def disown_connections(_server: Any, worker: Any) -> None:
    """Under ``--preload`` the app may have connected before the fork: see :mod:`..inherited`."""
    from .unwrap import find_flask

    served = find_flask(getattr(getattr(worker, "app", None), "callable", None))
    apps = [*seat.apps, served] if served is not None else seat.apps
    for app in {id(app): app for app in apps}.values():
        _disown(app)


def _disown(app: Flask) -> None:
    from ..engines import has_engines, known_engines
    from ..inherited import disown
    from ..settings import EXTENSION, read_settings_below

    watched = app.extensions.get(EXTENSION)
    keywords = watched.keywords if watched is not None else {}
    settings = read_settings_below(seat.keywords, keywords, app.config)
    if settings.enabled and has_engines(app):
        with app.app_context():
            engines = [known.engine for known in known_engines(app)]
        disown(engines, settings.dispose_after_fork)
