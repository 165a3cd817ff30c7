"""How many workers a master has, for a worker that cannot ask it.

Without a hook in the master (way 3) a worker knows the count of the moment when it was forked. More of
them fork one that knows better; fewer, by SIGTTOU, fork nobody.
"""

from __future__ import annotations

import time
from pathlib import Path

#: gunicorn replaces a worker within a second; what stays longer is meant.
_SETTLED_SECONDS = 2.0


class Siblings:
    """The children of a master, counted whenever somebody looks.

    :param master: its pid.
    """

    def __init__(self, master: int) -> None:
        self._path = Path(f"/proc/{master}/task/{master}/children")
        self._count: int | None = None
        self._since = 0.0

    def settled(self) -> int | None:
        """The count, when it has been the same for a while; ``None`` before, and where it cannot be
        read. Other children of the master (after SIGUSR2 the new one) are in it."""
        count, now = self._read(), time.monotonic()
        if count != self._count:
            self._count, self._since = count, now
        return count if now - self._since >= _SETTLED_SECONDS else None

    def _read(self) -> int | None:
        try:
            return len(self._path.read_text("ascii").split())
        except OSError:
            return None
