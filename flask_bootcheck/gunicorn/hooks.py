"""Way 1: our hooks in a ``gunicorn.conf.py``, behind the user's own.

The board is made in the master before it forks, in memory without a name. gunicorn executes the conf
again on SIGHUP; this module stays, and with it the board.
"""

from __future__ import annotations

from typing import Any

from ..board import Board
from ..settings import read_settings_leniently
from .seat import seat
from .wrap import Hook, chain


def install_hooks(namespace: dict[str, Any], settings: dict[str, Any]) -> None:
    """See :func:`flask_bootcheck.gunicorn.install`."""
    resolved, errors = read_settings_leniently(settings)
    if not resolved.enabled:
        return
    seat.keywords = settings
    hooks = {**_HOOKS, "on_starting": (1, _complain(errors))} if errors else _HOOKS
    for name, (arity, ours) in hooks.items():
        namespace[name] = chain(_resolve(namespace.get(name), arity), ours, arity)


def _resolve(theirs: Any, arity: int) -> Hook:
    """The user's hook, which may be a dotted name."""
    from gunicorn import config

    if theirs is None:
        return _nothing
    hook: Hook = config.validate_callable(arity)(theirs)
    return hook


def _nothing(*_arguments: Any) -> None:
    pass


def _complain(errors: tuple[str, ...]) -> Hook:
    def log(server: Any) -> None:
        for error in errors:
            server.log.error("bootcheck: install(): %s; the default is taken", error)

    return log


def _nworkers_changed(server: Any, new: int, old: int | None) -> None:
    if seat.board is None:
        seat.board = Board.anonymous()
    seat.board["configured"] = seat.board["target"] = new


def _post_fork(server: Any, worker: Any) -> None:
    seat.claim(worker.age)


def _post_worker_init(worker: Any) -> None:
    seat.serve(worker)


def _worker_exit(server: Any, worker: Any) -> None:
    seat.leave()


def _child_exit(server: Any, worker: Any) -> None:
    # Tiny: up to gunicorn 23 this runs inside a signal handler.
    if seat.board is not None:
        seat.board["restarts"] += 1


_HOOKS: dict[str, tuple[int, Hook]] = {
    "nworkers_changed": (3, _nworkers_changed),
    "post_fork": (2, _post_fork),
    "post_worker_init": (1, _post_worker_init),
    "worker_exit": (2, _worker_exit),
    "child_exit": (2, _child_exit),
}
