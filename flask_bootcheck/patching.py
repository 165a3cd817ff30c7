"""Modules that were imported before gevent or eventlet patched the process.

A patch replaces ``time.sleep`` in the module ``time``. Who has said ``from time import sleep`` before
keeps the one that blocks, and with it every request of its worker.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

#: What blocks and is often imported by name: the module it comes from, and its names there.
_BLOCKING = {
    "time": ("sleep",),
    "socket": ("socket", "create_connection", "getaddrinfo"),
    "select": ("select",),
    "subprocess": ("Popen", "run", "check_output"),
}
#: They keep the originals on purpose, or run in the master only.
_PATCHERS = frozenset({"gevent", "eventlet", "greenlet", "gunicorn", "flask_bootcheck"})


def is_patched() -> bool:
    """Whether gevent or eventlet has replaced what blocks in this process."""
    gevent = sys.modules.get("gevent.monkey")
    if gevent is not None and gevent.is_module_patched("socket"):
        return True
    eventlet = sys.modules.get("eventlet.patcher")
    return eventlet is not None and bool(eventlet.is_monkey_patched("socket"))


def modules_patched_late() -> Iterator[tuple[str, str]]:
    """Modules, neither of the standard library nor of the patchers, that hold something which blocks
    from before the patch; each with its first one, such as ``time.sleep``."""
    patched = {
        (home, name): getattr(sys.modules[home], name, None)
        for home, names in _BLOCKING.items()
        if home in sys.modules
        for name in names
    }
    for module, value in list(sys.modules.items()):
        package = module.partition(".")[0]
        if package in sys.stdlib_module_names or package in _PATCHERS or package[:2] == "__":
            continue  # __original_module_time is eventlet's own, __config__ a gunicorn conf
        for (home, name), current in patched.items():
            held = getattr(value, "__dict__", {}).get(name)
            if held is not None and held is not current and _is_original(held, home, name):
                yield module, f"{home}.{name}"
                break


def _is_original(held: object, home: str, name: str) -> bool:
    """What a module calls so may be anything: its own function, or a green one."""
    return getattr(held, "__module__", "") == home and getattr(held, "__qualname__", "") == name
