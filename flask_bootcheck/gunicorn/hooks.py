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
from .forking import call_in_workers, disown_connections
from .governor import Governor
from .seat import seat
from .userconf import INSTALLED
from .wrap import Ours, chain_missing, chain_named


class _Master:
    """What the hooks in the master know; a conf is executed again on SIGHUP, this is not."""

    def __init__(self) -> None:
        self.settings = Settings()
        self.cfg: Any = None
        self.errors: tuple[str, ...] = ()
        self.governor: Governor | None = None


_master = _Master()


def install_hooks(
    namespace: dict[str, Any], settings: dict[str, Any], more: dict[str, Ours] | None = None
) -> None:
    """See :func:`flask_bootcheck.gunicorn.install`; ``more`` are hooks of the caller."""
    hooks = [*(more or {}).items()]
    if INSTALLED not in namespace:
        _master.settings, _master.errors = read_settings_leniently(settings)
        if not _master.settings.enabled:
            return
        namespace[INSTALLED] = True
        seat.keywords, seat.is_installed = settings, True
        hooks += _HOOKS.items()
    for name, ours in hooks:
        chain_named(namespace, name, ours)


def _on_starting(server: Any) -> None:
    _catch_up(server)
    for error in _master.errors:
        server.log.error("bootcheck: install(): %s; the default is taken", error)
    if _master.governor is not None:
        _master.governor.refuse_at_start(server)


def _nworkers_changed(server: Any, new: int, old: int | None) -> None:
    _is_entered(server)
    if seat.board is None:
        seat.board, seat.is_hooked = Board.anonymous(), True
        _import_for_workers()
        call_in_workers(disown_connections)
    if _master.governor is None:
        _master.governor = Governor(seat.board)
    _master.governor.changed(server, new, old, _master.settings)


def _is_entered(server: Any) -> bool:
    """Whether a hook of this configuration has run already. The first one sees to the others."""
    if _master.cfg is server.cfg:
        return True
    _master.cfg = server.cfg
    chain_missing(server.cfg, _HOOKS)
    return False


def _catch_up(server: Any) -> None:
    """The gate comes first, but where the conf has replaced it."""
    if not _is_entered(server):
        _nworkers_changed(server, server.num_workers, None)


def _import_for_workers() -> None:
    """What each worker would import for itself it then shares with its siblings: 34 ms and
    0.7 MiB less a worker, for 1.2 MiB in the master. No Flask is among it."""
    for name in ("flask_bootcheck.checks", "flask_bootcheck.monitor", "proclimits"):
        import_module(name)


def _when_ready(server: Any) -> None:
    _catch_up(server)
    _freeze(server)
    if _master.governor is not None:
        _master.governor.ready(server)


def _on_reload(server: Any) -> None:
    _catch_up(server)
    _freeze(server)


def _freeze(server: Any) -> None:
    """The app is there, at start and after SIGHUP, and its workers are not: what a collection
    would un-share later stays shared."""
    if _master.settings.gc_freeze and server.cfg.preload_app:
        gc.collect()
        gc.freeze()


def _post_fork(server: Any, worker: Any) -> None:
    if _master.governor is not None:
        _master.governor.forget()
    seat.note_fork()
    seat.claim(worker.age)


def _post_worker_init(worker: Any) -> None:
    if seat.is_hooked:  # else the app alone does what it can
        seat.serve(worker)


def _worker_exit(server: Any, worker: Any) -> None:
    seat.leave(worker)
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


_HOOKS = {
    "on_starting": Ours(_on_starting, 1),
    "nworkers_changed": Ours(_nworkers_changed, 3),
    "when_ready": Ours(_when_ready, 1),
    "on_reload": Ours(_on_reload, 1),
    "post_fork": Ours(_post_fork, 2),
    "post_worker_init": Ours(_post_worker_init, 1),
    "worker_exit": Ours(_worker_exit, 2),
    "child_exit": Ours(_child_exit, 2),
    "pre_exec": Ours(_pre_exec, 1),
    "on_exit": Ours(_on_exit, 1),
}
