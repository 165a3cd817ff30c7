"""An errand: what gunicorn's main loop shall do for us when it comes round.

It takes what is in its queue of signals and calls a method named after each. Ours is queued under a
number that no signal has, so nobody can take it for a person's SIGTTIN, nor that for ours, however late
either is taken up. The kernel keeps one signal of a kind; this is none.
"""

from __future__ import annotations

import signal
from collections.abc import Callable
from typing import Any

#: gunicorn's own, to wake the loop, is ``signal.NSIG``.
NUMBER = signal.NSIG + 29
_NAME = "bootcheck"


def arrange(server: Any, errand: Callable[[], object]) -> Callable[[], None] | None:
    """Have the main loop know an errand.

    :returns: what queues it, to be called in a signal handler or a thread; ``None`` where gunicorn
        looks different.
    """
    names, queue = getattr(server, "SIG_NAMES", None), getattr(server, "signal", None)
    if not isinstance(names, dict) or not callable(queue) or not hasattr(server, "SIG_QUEUE"):
        return None
    # On this master, not on its class.
    server.SIG_NAMES = {**names, NUMBER: _NAME}
    setattr(server, f"handle_{_NAME}", errand)
    return lambda: queue(NUMBER, None)
