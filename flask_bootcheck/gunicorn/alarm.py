"""The alarm: wakes gunicorn's master while the governor waits for its first worker.

A timer of the process, since a worker of another user may not signal its master. One look at a time:
the timer is set again when a look has ended, so that one that takes long, as under a CPU quota, is
neither entered twice nor leaves the master without time of its own.
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


Handler = Callable[[int, FrameType | None], None] | signal.Handlers


def ring_by_signal() -> None:
    """SIGTTIN to this process, as a person sends it."""
    # Who does not take the signal would be stopped by it.
    if signal.getsignal(signal.SIGTTIN) != signal.SIG_DFL:
        os.kill(os.getpid(), signal.SIGTTIN)


class Alarm:
    """Rings when ``is_due`` says so, and again after a while, until it is stopped.

    :param is_due: called in a signal handler, or in a thread where the app has SIGALRM for itself:
        short, and without locks.
    :param ring: called there, too, to have the main loop decide; SIGTTIN to this process by default.
    """

    def __init__(
        self, is_due: Callable[[], bool], ring: Callable[[], None] = ring_by_signal
    ) -> None:
        self._is_due = is_due
        self._ring = ring
        self._master = 0
        self._is_on = False
        self._is_looking = False
        self._quiet_until = 0.0
        self._watching: object = None

    def start(self) -> None:
        """Look ten times a second from now on."""
        self._master, self._is_on, self._quiet_until = os.getpid(), True, 0.0
        # Python gives back the handlers when it ends; a timer that goes on would kill it then.
        atexit.register(self.stop)
        is_free = signal.getsignal(signal.SIGALRM) in (signal.SIG_DFL, self._on_timer)
        if is_free and _set_handler(self._on_timer):
            signal.setitimer(signal.ITIMER_REAL, _SECONDS)
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
            if signal.getsignal(signal.SIGALRM) == self._on_timer:
                signal.setitimer(signal.ITIMER_REAL, 0)
                _set_handler(signal.SIG_DFL)

    def forget(self) -> None:
        """In a child: timers are not inherited, handlers are."""
        if signal.getsignal(signal.SIGALRM) == self._on_timer:
            signal.signal(signal.SIGALRM, signal.SIG_DFL)

    def _on_timer(self, _number: int, _frame: FrameType | None) -> None:
        """The timer, or somebody's own SIGALRM, also in the middle of a look."""
        if self._is_looking or os.getpid() != self._master:
            return
        began = time.monotonic()
        self._look()
        if self._is_on:
            # At least as long for the master as for the look.
            signal.setitimer(signal.ITIMER_REAL, max(_SECONDS, time.monotonic() - began))

    def _look(self) -> None:
        """Nothing is raised: that would come out of whatever the master does just now."""
        is_master = self._is_on and os.getpid() == self._master
        if self._is_looking or not is_master or time.monotonic() < self._quiet_until:
            return
        self._is_looking = True
        try:
            if self._is_due():
                self._quiet_until = time.monotonic() + _AGAIN_SECONDS
                self._ring()
        except Exception:  # noqa: S110 - a log may be what it has interrupted; it looks again soon
            pass
        finally:
            self._is_looking = False

    def _watch(self, token: object) -> None:
        pause = threading.Event()
        while self._is_on and self._watching is token and not pause.wait(_SECONDS):
            self._look()


def _set_handler(handler: Handler) -> bool:
    """False in another thread than the main one, as gunicorn's control socket has it. Asked for its
    thread, a main one that eventlet has patched would say that it is another."""
    try:
        signal.signal(signal.SIGALRM, handler)
    except ValueError:
        return False
    return True
