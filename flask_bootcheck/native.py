"""Threads of the operating system, also where gevent or eventlet has replaced them.

A green thread cannot hold a deadline against a C call that blocks: measured, 3.0 s for a deadline
of 1 s with psycopg2, and all requests stalled meanwhile. A native thread can.
"""

from __future__ import annotations

import _thread
import sys
import threading
from collections import deque
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


class NativeLane:
    """Runs targets one after the other in one native thread, which lives while there are any.

    One, because two native threads that meet at a lock which eventlet has made green wait for ever:
    measured with two connections of one SQLAlchemy engine.
    """

    def __init__(self) -> None:
        self._targets: deque[Target] = deque()
        self._is_running = False
        self._lock = _original_lock()

    def start(self, target: Target, name: str) -> None:
        """Run ``target`` after those before it."""
        with self._lock:
            self._targets.append(target)
            if self._is_running:
                return
            self._is_running = True
        try:
            start_native(self._run, name)
        except RuntimeError:  # no more threads: nothing of it is left for a later one
            with self._lock:
                self._targets.clear()
                self._is_running = False
            raise

    def _run(self) -> None:
        while True:
            with self._lock:
                if not self._targets:
                    self._is_running = False
                    return
                target = self._targets.popleft()
            target()


def start_as_patched(target: Target, name: str) -> None:
    """Run ``target`` in a thread as this worker has them: green under a green worker."""
    threading.Thread(target=target, name=name, daemon=True).start()


def _original_start() -> Callable[..., Any] | None:
    """``_thread.start_new_thread`` from before the patching; ``None`` when nothing is patched."""
    start: Callable[..., Any] = _original("start_new_thread")
    return start if start is not _thread.start_new_thread else None


def _original_lock() -> Any:
    return _original("allocate_lock")()


def _original(name: str) -> Any:
    """Something of ``_thread`` as it was before gevent or eventlet."""
    monkey = sys.modules.get("gevent.monkey")
    if monkey is not None and monkey.is_module_patched("threading"):
        return monkey.get_original("_thread", name)
    patcher = sys.modules.get("eventlet.patcher")
    if patcher is not None and patcher.is_monkey_patched("thread"):
        return getattr(patcher.original("_thread"), name)
    return getattr(_thread, name)


def _then_close_hub(target: Target) -> None:
    """A driver that waits on a patched socket gave this thread an event loop of its own; gevent
    leaves it, with its file descriptors, to nobody."""
    try:
        target()
    finally:
        hub = sys.modules.get("gevent._hub_local")
        if hub is not None and hub.get_hub_if_exists() is not None:
            hub.get_hub_if_exists().destroy(destroy_loop=True)
