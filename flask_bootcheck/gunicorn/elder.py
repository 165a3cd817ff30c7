"""The master that SIGUSR2 was sent to: until somebody ends it, it serves beside the one it started."""

from __future__ import annotations

import os

from ..processes import parent_of


def is_beside_elder(master: int) -> bool:
    """Whether a master was started by another, which still runs; asked in one of its workers.

    :param master: its pid.
    """
    elder = os.environ.get("GUNICORN_PID", "")
    return elder.isdecimal() and parent_of(master) == int(elder)
