"""Threads of the operating system, also where gevent or eventlet has replaced them.

A green thread cannot hold a deadline against a C call that blocks: measured, 3.0 s for a deadline
of 1 s with psycopg2, and all requests stalled meanwhile. A native thread can.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import Any

Target = Callable[[], None]


def start_native(target: Target, name: str) -> None:
    """Run ``target`` in a daemon thread of the operating system. It must not raise."""
    original = _original_start()
    if original is None:
        start_as_patched(target, name)
    else:
        original(_then_close_hub, (target,))


def start_as_patched(target: Target, name: str) -> None:
    """Run ``target`` in a thread as this worker has them: green under a green worker."""
    threading.Thread(target=target, name=name, daemon=True).start()


def _original_start() -> Callable[..., Any] | None:
    """``_thread.start_new_thread`` from before the patching; ``None`` when nothing is patched."""
    monkey = sys.modules.get("gevent.monkey")
    if monkey is not None and monkey.is_module_patched("threading"):
        start: Callable[..., Any] = monkey.get_original("_thread", "start_new_thread")
        return start
    patcher = sys.modules.get("eventlet.patcher")
    if patcher is not None and patcher.is_monkey_patched("thread"):
        start = patcher.original("_thread").start_new_thread
        return start
    return None


def _then_close_hub(target: Target) -> None:
    """A driver that waits on a patched socket gave this thread an event loop of its own; gevent
    leaves it, with its file descriptors, to nobody."""
    try:
        target()
    finally:
        hub = sys.modules.get("gevent._hub_local")
        if hub is not None and hub.get_hub_if_exists() is not None:
            hub.get_hub_if_exists().destroy(destroy_loop=True)
