"""Who died of what: the master's accounts of its workers, on the board."""

from __future__ import annotations

from typing import Any

from ..board import Board, State
from ..memory.oom import own_group, read_oom_kills
from .legacy import Legacy

#: A loop may go on for a night: it is told less and less often.
_TOLD = frozenset({3, 10, 30, 100, 300, 1000, 3000, 10_000})


class Accounts:
    """Counts workers that ended, those that died before they were ready, and the kernel's kills.

    The kernel's own counter tells a kill for memory from one of gunicorn's own timeout.
    """

    def __init__(self, board: Board) -> None:
        self._board = board
        self._group = own_group()
        self._before = read_oom_kills(self._group)
        self._note()
        self._legacy: Legacy | None = None

    def inherit(self) -> str:
        """At start, before a worker: the kills that ended the last master of this container.

        :returns: a line for the log, empty when there is nothing to tell.
        """
        if self._group is None or self._before is None:
            return ""
        self._legacy = Legacy(self._group)
        now, self._before = self._before, self._legacy.take(self._before)
        self._note()
        if now == self._before:
            return ""
        kills = now - self._before
        return (
            f"workers.oom-killed  the last master did not end by itself: {kills} "
            f"{'process' if kills == 1 else 'processes'} killed by the kernel for memory"
        )

    def close(self) -> None:
        """The master ends by itself."""
        if self._legacy is not None:
            self._legacy.drop()

    def _note(self) -> None:
        """From where on kills count: who looks at the board reads the kernel's count then."""
        self._board["kills_before"] = 1 + self._before if self._before is not None else 0

    def exited(self, worker: Any) -> str:
        """A worker has ended.

        :returns: a line for the log, when workers die again and again before they are ready: no
            worker is there to tell it. Empty else, and most of the times it goes on.
        """
        board = self._board
        board["restarts"] += 1
        state = board.state_of(worker.pid)
        if state is State.FREE:  # nothing is known: the next one may have its slot already
            return ""
        deaths = int(board["boot_deaths"]) + 1 if state is State.BOOTING else 0
        board["boot_deaths"] = deaths
        if deaths not in _TOLD:
            return ""
        kills = (read_oom_kills(self._group) or 0) - (self._before or 0)
        killed = f", {kills} killed by the kernel for memory" if kills > 0 else ""
        return f"workers.crash-loop  {deaths} workers in a row died before they were ready{killed}"
