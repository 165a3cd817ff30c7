"""Putting a function behind a gunicorn hook, the user's own left as it is."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from ..errors import BootCheckError

Hook = Callable[..., Any]

_log = logging.getLogger("gunicorn.error")


class Ours:
    """Our part of a hook: it never raises, but when the user has asked for it (STRICT).

    ``runs`` counts its calls: a conf may have kept a hook of ours and call it from its own.
    """

    def __init__(self, function: Hook, arity: int) -> None:
        self.arity = arity
        self.runs = 0
        self._function = function

    def __call__(self, *arguments: Any) -> None:
        self.runs += 1
        try:
            self._function(*arguments)
        except BootCheckError:
            raise
        except Exception:
            _log.exception("bootcheck: our part of a hook failed; nothing else is touched")


def chain(theirs: Hook, ours: Ours) -> Hook:
    """Theirs as without us, then ours, once. gunicorn looks at the number of parameters."""

    def both(*arguments: Any) -> None:
        before = ours.runs
        theirs(*arguments)
        if ours.runs == before:
            ours(*arguments)

    def one(worker: Any) -> None:
        both(worker)

    def two(server: Any, worker: Any) -> None:
        both(server, worker)

    def three(server: Any, new: Any, old: Any) -> None:
        both(server, new, old)

    hooks: dict[int, Hook] = {1: one, 2: two, 3: three}
    hook = hooks[ours.arity]
    vars(hook)["ours"] = ours
    return hook


def chain_named(namespace: dict[str, Any], name: str, ours: Ours) -> None:
    """Chain a hook in the namespace of a conf; theirs may be missing, or a dotted name."""
    from gunicorn import config

    theirs = namespace.get(name)
    resolved: Hook = _nothing if theirs is None else config.validate_callable(ours.arity)(theirs)
    namespace[name] = chain(resolved, ours)


def chain_missing(cfg: Any, hooks: Mapping[str, Ours]) -> None:
    """Chain those in the configuration that this process has in its hands which are not there: a
    conf may define hooks below our line, and they replace ours."""
    for name, ours in hooks.items():
        setting = cfg.settings[name]
        if getattr(setting.get(), "ours", None) is not ours:
            setting.set(chain(setting.get(), ours))


def _nothing(*_arguments: Any) -> None:
    pass
