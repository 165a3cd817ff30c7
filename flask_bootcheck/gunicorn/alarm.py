"""The alarm: wakes gunicorn's master while the governor waits for its first worker.

A timer of the process, since a worker of another user may not signal its master. It queues SIGTTIN,
which gunicorn takes up in its main loop, where the gate then decides.
"""

from __future__ import annotations

import atexit
import os
import signal
import threading
import time
from collections.abc import Callable
from types import FrameType

_SECONDS = 0.1
#: For the master to answer: up to gunicorn 23 its queue of signals holds five, and drops the rest.
_AGAIN_SECONDS = 10.0


class Alarm:
    """Rings when ``is_due`` says so, and again after a while, until it is stopped.

    :param is_due: called in a signal handler, or in a thread where the app has SIGALRM for itself:
        short, and without locks.
    """

    def __init__(self, is_due: Callable[[], bool]) -> None:
        self._is_due = is_due
        self._master = 0
        self._is_on = False
        self._quiet_until = 0.0
        self._watching: object = None

    def start(self) -> None:
        """Look ten times a second from now on."""
        self._master, self._is_on, self._quiet_until = os.getpid(), True, 0.0
        # Python gives back the handlers when it ends; a timer that goes on would kill it then.
        atexit.register(self.stop)
        if signal.getsignal(signal.SIGALRM) in (signal.SIG_DFL, self._ring):
            signal.signal(signal.SIGALRM, self._ring)
            signal.setitimer(signal.ITIMER_REAL, _SECONDS, _SECONDS)
        else:
            self._watching = token = object()
            threading.Thread(
                target=self._watch, args=(token,), name="bootcheck alarm", daemon=True
            ).start()

    def stop(self) -> None:
        """Be quiet; before an exec, too, which a timer would survive."""
        if self._is_on and os.getpid() == self._master:
            self._is_on = False
            atexit.unregister(self.stop)
            if signal.getsignal(signal.SIGALRM) == self._ring:
                signal.setitimer(signal.ITIMER_REAL, 0)
                signal.signal(signal.SIGALRM, signal.SIG_DFL)

    def forget(self) -> None:
        """In a child: timers are not inherited, handlers are."""
        if signal.getsignal(signal.SIGALRM) == self._ring:
            signal.signal(signal.SIGALRM, signal.SIG_DFL)

    def _ring(self, _number: int, _frame: FrameType | None) -> None:
        now = time.monotonic()
        if not self._is_on or os.getpid() != self._master or now < self._quiet_until:
            return
        # Who does not take the signal would be stopped by it.
        if signal.getsignal(signal.SIGTTIN) != signal.SIG_DFL and self._is_due():
            self._quiet_until = now + _AGAIN_SECONDS
            os.kill(self._master, signal.SIGTTIN)

    def _watch(self, token: object) -> None:
        pause = threading.Event()
        while self._is_on and self._watching is token and not pause.wait(_SECONDS):
            self._ring(0, None)
