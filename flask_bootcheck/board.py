"""The board: memory that the workers of one instance share.

A header of a few words, and a slot for each worker. A slot has one writer, and a sequence word
against torn reads: odd while it is written. A slot whose process is gone is dead, whoever forgot
to clear it. The file under the buffer carries the one lock, which dies with its holder.

Whatever else writes over it, nothing here raises: a word that makes no sense is one that is not
known, a slot that makes none is dead, and who finds its own so writes it anew.
"""

from __future__ import annotations

import fcntl
import math
import mmap
import os
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from .processes import exists, is_alive, start_time
from .slot import Slot, State, owner_of, pack_slot, unpack_slot

__all__ = ["BOARD_SIZE", "HEADER_SIZE", "SLOT_COUNT", "SLOT_SIZE", "Board", "Slot", "State", "Word"]

HEADER_SIZE = 4096
SLOT_SIZE = 8192
#: Room for a reload of 500 workers. Memory is taken only for the slots that were ever used.
SLOT_COUNT = 1024
BOARD_SIZE = HEADER_SIZE + SLOT_COUNT * SLOT_SIZE

#: Who cannot have the lock in this time goes without: no boot waits for a stopped sibling.
_LOCK_SECONDS = 0.1
_RETRY_SECONDS = 0.001
_READ_ATTEMPTS = 10
#: So many processes are looked at closely at a time. When there are more, they take turns: in between
#: one only has to exist, which a process that has ended does until its parent has heard of it.
_CLOSE_LOOKS = 32

#: A word of the header, 0 where not known or not yet: how many slots were ever used; the worker
#: count asked for, and the one decided on; workers that ended and were replaced; when (seconds of
#: the monotonic clock) the first was ready, and when all were: the latch; 1 when the boot was logged;
#: and 1 + the status of the last line in the log. From the governor: 1 while it has not decided yet; how
#: many workers fit; bytes for the master with one worker, and for each further one; 1 + the kernel's
#: count of kills at the start; workers in a row that died before they were ready. 1 when a worker has
#: stopped the start. 1 while the governor waits for a worker to measure itself, at start or after
#: SIGHUP. And when (monotonic seconds) a worker last came to the end of a round.
Word = Literal[
    "used_slots",
    "configured",
    "target",
    "restarts",
    "first_ready_at",
    "booted_at",
    "announced",
    "logged_status",
    "deciding",
    "fits",
    "first",
    "per_worker",
    "kills_before",
    "boot_deaths",
    "stopping",
    "measuring",
    "results_at",
]
_WORDS: tuple[Word, ...] = Word.__args__  # type: ignore[attr-defined]
_TIMES = frozenset({"first_ready_at", "booted_at", "results_at"})
#: More than any count, size or time.
_LARGEST = 2.0**53
_WORD = struct.Struct("<d")
_SEQUENCE = struct.Struct("<Q")
_SEQUENCE_END = 2**64
#: Where in the header the texts stand.
_WHERE = slice(512, 1024)
_WHY = slice(1024, 4096)


class Board:
    """A board over a buffer of :data:`BOARD_SIZE` bytes.

    :param descriptor: the file under the buffer, for the lock; without one the board belongs to
        this process alone.
    """

    def __init__(self, buffer: mmap.mmap, descriptor: int | None = None) -> None:
        self._buffer = buffer
        self._descriptor = descriptor
        self._seen: dict[int, tuple[int, Slot]] = {}
        self._turn = 0

    @classmethod
    def private(cls) -> Board:
        """A board for one process, where nobody knows of others."""
        return cls(mmap.mmap(-1, BOARD_SIZE))

    @classmethod
    def anonymous(cls) -> Board:
        """A board for this process and those it forks; it has no name anywhere."""
        if not hasattr(os, "memfd_create"):
            return cls(mmap.mmap(-1, BOARD_SIZE))
        descriptor = os.memfd_create("flask-bootcheck")
        os.ftruncate(descriptor, BOARD_SIZE)
        return cls(mmap.mmap(descriptor, BOARD_SIZE), descriptor)

    def __getitem__(self, word: Word) -> float:
        value: float = _WORD.unpack_from(self._buffer, _WORD.size * _WORDS.index(word))[0]
        makes_sense = 0 <= value < _LARGEST and (word in _TIMES or value.is_integer())
        return value if makes_sense else 0.0

    def __setitem__(self, word: Word, value: float) -> None:
        _WORD.pack_into(self._buffer, _WORD.size * _WORDS.index(word), value)

    @contextmanager
    def lock(self) -> Iterator[bool]:
        """Keep other processes out; false when that cannot be had in a tenth of a second."""
        got = self._acquire()
        try:
            yield got
        finally:
            if got and self._descriptor is not None:
                fcntl.lockf(self._descriptor, fcntl.LOCK_UN)

    def claim(self, age: int = 0, target: int = 0) -> int | None:
        """Take the first slot without a live owner for this process, as booting.

        :returns: its index, or ``None`` when there is none to be had: a full board, no memory for
            another slot, a lock that somebody holds.
        """
        pid = os.getpid()
        mine = Slot(
            pid, start_time(pid) or 0, State.BOOTING, age, target, posted_at=time.monotonic()
        )
        with self.lock() as got:
            if not got:
                return None
            used = self._used
            for index in range(SLOT_COUNT):
                if index >= used and not self._reserve(index):
                    return None
                slot = self.read(index)
                if slot is not None and not slot.is_live:
                    self.post(index, mine)
                    return index
            return None

    def post(self, index: int, slot: Slot) -> None:
        """Write a slot; only its owner does."""
        packed = pack_slot(slot, SLOT_SIZE - _SEQUENCE.size)
        start = self._offset(index)
        sequence = _SEQUENCE.unpack_from(self._buffer, start)[0] | 1
        _SEQUENCE.pack_into(self._buffer, start, sequence)
        body = start + _SEQUENCE.size
        self._buffer[body : body + len(packed)] = packed
        _SEQUENCE.pack_into(self._buffer, start, (sequence + 1) % _SEQUENCE_END)
        if index >= self._used:
            self["used_slots"] = index + 1

    def is_ours(self, index: int) -> bool:
        """Whether this process has written what is in a slot."""
        slot = self.read(index)
        return slot is None or slot.pid == os.getpid()

    def is_taken(self, index: int) -> bool:
        """Whether another process that lives has written what is in a slot."""
        slot = self.read(index)
        return slot is not None and slot.pid != os.getpid() and slot.is_live

    def read(self, index: int, attempts: int = _READ_ATTEMPTS) -> Slot | None:
        """What is in a slot; ``None`` when its writer is busy with it for too long."""
        start = self._offset(index)
        for attempt in range(attempts):
            sequence = _SEQUENCE.unpack_from(self._buffer, start)[0]
            seen = self._seen.get(index)
            if seen is not None and seen[0] == sequence:
                return seen[1]
            raw = self._buffer[start + _SEQUENCE.size : start + SLOT_SIZE]
            if sequence & 1:
                pid, started = owner_of(raw)
                if not is_alive(pid, started):  # it died while it wrote
                    return Slot(pid, started, State.FREE)
            elif _SEQUENCE.unpack_from(self._buffer, start)[0] == sequence:
                slot = unpack_slot(raw)
                self._seen[index] = (sequence, slot)
                return slot
            if attempt + 1 < attempts:
                time.sleep(_RETRY_SECONDS)
        # Its writer was stopped in the middle: what it had written before is not wrong yet.
        return self._seen[index][1] if index in self._seen else None

    @property
    def why(self) -> str:
        """Why the target is what it is, in the words of the governor."""
        return self._text(_WHY)

    @why.setter
    def why(self, text: str) -> None:
        self._set_text(_WHY, text)

    @property
    def where(self) -> str:
        """Where the worker count was set."""
        return self._text(_WHERE)

    @where.setter
    def where(self, text: str) -> None:
        self._set_text(_WHERE, text)

    def _text(self, place: slice) -> str:
        return self._buffer[place].rstrip(b"\0").decode("utf-8", "ignore")

    def _set_text(self, place: slice, text: str) -> None:
        size = place.stop - place.start
        self._buffer[place] = text.encode("utf-8", "replace")[:size].ljust(size, b"\0")

    def live_slots(self, wait: bool = True) -> list[Slot]:
        """The slots whose process still runs; in a signal handler without waiting for a writer."""
        attempts = _READ_ATTEMPTS if wait else 1
        slots = (self.read(index, attempts) for index in range(self._used))
        taken = [slot for slot in slots if slot is not None and slot.state is not State.FREE]
        step = math.ceil(len(taken) / _CLOSE_LOOKS) or 1
        self._turn = (self._turn + 1) % step
        return [
            slot
            for number, slot in enumerate(taken, self._turn)
            if (exists(slot.pid) if number % step else slot.is_live)
        ]

    def state_of(self, pid: int) -> State:
        """How far the last worker with this pid had come, gone or not."""
        for index in range(self._used):
            slot = self.read(index, attempts=1)
            if slot is not None and slot.pid == pid:
                return slot.state
        return State.FREE

    @property
    def _used(self) -> int:
        """How many slots were ever used."""
        return min(int(self["used_slots"]), SLOT_COUNT)

    @staticmethod
    def _offset(index: int) -> int:
        return HEADER_SIZE + index * SLOT_SIZE

    def _acquire(self) -> bool:
        if self._descriptor is None:
            return True
        deadline = time.monotonic() + _LOCK_SECONDS
        while True:
            try:
                fcntl.lockf(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    return False
                time.sleep(_RETRY_SECONDS)
            except OSError:
                return False
            else:
                return True

    def _reserve(self, index: int) -> bool:
        """Have the storage of a slot before it is touched: a full ``/dev/shm`` is a SIGBUS then."""
        if self._descriptor is None or not hasattr(os, "posix_fallocate"):
            return True
        try:
            os.posix_fallocate(self._descriptor, 0, self._offset(index + 1))
        except OSError:
            return False
        return True
