"""Way 1: our hooks in a ``gunicorn.conf.py``, behind the user's own.

The board is made in the master before it forks, in memory without a name. gunicorn executes the conf
again on SIGHUP; this module stays, and with it the board.
"""

from __future__ import annotations

import gc
from importlib import import_module
from typing import Any

from ..board import Board
from ..settings import Settings, read_settings_leniently
from .governor import Governor
from .seat import seat
from .userconf import INSTALLED
from .wrap import Hook, chain_named


class _Master:
    """What the hooks in the master know; a conf is executed again on SIGHUP, this is not."""

    def __init__(self) -> None:
        self.settings = Settings()
        self.errors: tuple[str, ...] = ()
        self.governor: Governor | None = None


_master = _Master()


def install_hooks(
    namespace: dict[str, Any], settings: dict[str, Any], more: dict[str, Hook] | None = None
) -> None:
    """See :func:`flask_bootcheck.gunicorn.install`; ``more`` are hooks of the caller, of arity 1."""
    hooks = [(name, 1, ours) for name, ours in (more or {}).items()]
    if INSTALLED not in namespace:
        _master.settings, _master.errors = read_settings_leniently(settings)
        if not _master.settings.enabled:
            return
        namespace[INSTALLED] = True
        seat.keywords = settings
        hooks += [(name, arity, ours) for name, (arity, ours) in _HOOKS.items()]
    for name, arity, ours in hooks:
        chain_named(namespace, name, arity, ours)


def _on_starting(server: Any) -> None:
    for error in _master.errors:
        server.log.error("bootcheck: install(): %s; the default is taken", error)
    if _master.governor is not None:
        _master.governor.refuse_at_start(server)


def _nworkers_changed(server: Any, new: int, old: int | None) -> None:
    if seat.board is None:
        seat.board = Board.anonymous()
        _import_for_workers()
    if _master.governor is None:
        _master.governor = Governor(seat.board)
    _master.governor.changed(server, new, old, _master.settings)


def _import_for_workers() -> None:
    """What each worker would import for itself it then shares with its siblings: 34 ms and
    0.7 MiB less a worker, for 1.2 MiB in the master. No Flask is among it."""
    for name in ("flask_bootcheck.checks", "flask_bootcheck.monitor", "proclimits"):
        import_module(name)


def _when_ready(server: Any) -> None:
    _freeze(server)
    if _master.governor is not None:
        _master.governor.ready(server)


def _freeze(server: Any) -> None:
    """The app is there, at start and after SIGHUP, and its workers are not: what a collection
    would un-share later stays shared."""
    if _master.settings.gc_freeze and server.cfg.preload_app:
        gc.collect()
        gc.freeze()


def _post_fork(server: Any, worker: Any) -> None:
    if _master.governor is not None:
        _master.governor.forget()
    seat.claim(worker.age)


def _post_worker_init(worker: Any) -> None:
    seat.serve(worker)


def _worker_exit(server: Any, worker: Any) -> None:
    seat.leave()
    if server is not None and server.cfg.preload_app:
        from .leaving import keep_shared

        keep_shared(server, worker)


def _child_exit(server: Any, worker: Any) -> None:
    if _master.governor is not None:
        _master.governor.exited(server, worker)


def _pre_exec(server: Any) -> None:
    if _master.governor is not None:
        _master.governor.disarm()


def _on_exit(server: Any) -> None:
    if _master.governor is not None:
        _master.governor.close()


_HOOKS: dict[str, tuple[int, Hook]] = {
    "on_starting": (1, _on_starting),
    "nworkers_changed": (3, _nworkers_changed),
    "when_ready": (1, _when_ready),
    "on_reload": (1, _freeze),
    "post_fork": (2, _post_fork),
    "post_worker_init": (1, _post_worker_init),
    "worker_exit": (2, _worker_exit),
    "child_exit": (2, _child_exit),
    "pre_exec": (1, _pre_exec),
    "on_exit": (1, _on_exit),
}
