"""What this process has on the board, and keeps there whatever else writes over it."""

from __future__ import annotations

import time

from .place import Place
from .slot import Slot


class Posting:
    """The slot of a process: one place, one writer."""

    def __init__(self, place: Place) -> None:
        self._board = place.board
        self._index = place.index
        self._posted: Slot | None = None

    def post(self, slot: Slot) -> None:
        """Put it in our slot; in another where a worker that came later has ours."""
        if self._index is None:
            return
        if self._board.is_taken(self._index):
            another = self._board.claim()
            if another is None:  # the next one is tried again
                return
            self._index = another
        self._board.post(self._index, slot)
        if self._posted is None:  # this one has come up: those before it were no loop
            self._board["boot_deaths"] = 0
        self._posted = slot

    def mend(self, booted: bool) -> None:
        """Put back what is not there any more: our slot, and the latch of an instance that we have
        seen ``booted``."""
        if booted and not self._board["booted_at"]:
            self._board["booted_at"] = time.monotonic()
        is_lost = self._index is not None and not self._board.is_ours(self._index)
        if is_lost and self._posted is not None:
            self.post(self._posted)
