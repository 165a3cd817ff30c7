"""Putting a function behind a gunicorn hook, the user's own left as it is."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from ..errors import BootCheckError

Hook = Callable[..., Any]

_log = logging.getLogger("gunicorn.error")


def guarded(function: Hook) -> Hook:
    """Our part of a hook: it never raises, but when the user has asked for it (STRICT)."""

    def call(*arguments: Any) -> None:
        try:
            function(*arguments)
        except BootCheckError:
            raise
        except Exception:
            _log.exception("bootcheck: our part of a hook failed; nothing else is touched")

    return call


def chain(theirs: Hook, ours: Hook, arity: int) -> Hook:
    """Theirs as without us, then ours. gunicorn looks at the number of parameters."""
    ours = guarded(ours)

    def one(worker: Any) -> None:
        theirs(worker)
        ours(worker)

    def two(server: Any, worker: Any) -> None:
        theirs(server, worker)
        ours(server, worker)

    def three(server: Any, new: Any, old: Any) -> None:
        theirs(server, new, old)
        ours(server, new, old)

    hooks: dict[int, Hook] = {1: one, 2: two, 3: three}
    return hooks[arity]


def after_hook(cfg: Any, name: str, ours: Hook) -> None:
    """Chain in the configuration that this process has in its hands."""
    setting = cfg.settings[name]
    theirs = setting.get()
    arity = {"post_worker_init": 1, "worker_exit": 2}[name]
    setting.set(chain(theirs, ours, arity))


def chain_named(namespace: dict[str, Any], name: str, arity: int, ours: Hook) -> None:
    """Chain a hook in the namespace of a conf; theirs may be missing, or a dotted name."""
    from gunicorn import config

    theirs = namespace.get(name)
    resolved: Hook = _nothing if theirs is None else config.validate_callable(arity)(theirs)
    namespace[name] = chain(resolved, ours, arity)


def _nothing(*_arguments: Any) -> None:
    pass
