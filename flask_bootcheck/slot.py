"""A slot of the board: what one worker has posted, and its bytes."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from enum import IntEnum

from .findings import Report
from .formats.compact import decode_report, encode_report
from .memory.sample import Sample
from .processes import is_alive

_SLOT = struct.Struct("<qqqqqdddqqqqq16sq")
_OWNER = struct.Struct("<qq")
#: More than any count, size or time.
_LARGEST = 2**53


class State(IntEnum):
    """How far a worker is."""

    FREE = 0
    BOOTING = 1
    READY = 2
    FAILED = 3
    EXITING = 4


@dataclass(frozen=True, slots=True)
class Slot:
    """What one worker has posted.

    ``started`` tells its pid from a later process with the same; ``target`` is the worker count its
    master had when it was forked, 0 where unknown; ``boot_seconds`` is how long it booted,
    ``posted_at`` when it posted, ``checked_at`` when the LIVE results in its report came in: seconds of
    the monotonic clock, which all processes of a machine share and nobody sets.
    """

    pid: int
    started: int
    state: State
    age: int = 0
    target: int = 0
    boot_seconds: float = 0.0
    posted_at: float = 0.0
    checked_at: float = 0.0
    sample: Sample | None = None
    report: Report = field(default_factory=Report)

    @property
    def is_live(self) -> bool:
        """Whether its process still runs."""
        return self.state is not State.FREE and is_alive(self.pid, self.started)


def pack_slot(slot: Slot, room: int) -> bytes:
    """The slot in at most ``room`` bytes; of a report that is too long findings are left out."""
    text = encode_report(slot.report, room - _SLOT.size)
    sample = slot.sample or Sample(0, 0, 0, "")
    packed = _SLOT.pack(
        slot.pid,
        slot.started,
        slot.state,
        slot.age,
        slot.target,
        slot.boot_seconds,
        slot.posted_at,
        slot.checked_at,
        sample.proportional,
        sample.private_dirty,
        sample.page_tables,
        sample.anonymous or 0,
        sample.pinned or 0,
        sample.source.encode(),
        len(text),
    )
    return packed + text


def owner_of(raw: bytes) -> tuple[int, int]:
    """Pid and start of the worker that is writing, or has written."""
    pid, started = _OWNER.unpack_from(raw)
    return pid, started


def unpack_slot(raw: bytes) -> Slot:
    """The reverse of :func:`pack_slot`; what stands behind it does not matter. What no worker can
    have posted is a slot that is free."""
    try:
        return _unpack(raw)
    except (ValueError, RecursionError):
        return Slot(0, 0, State.FREE)


def _unpack(raw: bytes) -> Slot:
    (
        pid, started, state, age, target, boot, posted, checked,
        proportional, dirty, tables, anonymous, pinned, source, length,
    ) = _SLOT.unpack_from(raw)  # fmt: skip
    sizes = (proportional, dirty, tables, anonymous, pinned)
    numbers = (age, target, abs(boot), posted, *sizes, length)
    # Before its first LIVE results a worker has checked at minus infinity.
    if not (checked < _LARGEST and all(0 <= number < _LARGEST for number in numbers)):
        raise ValueError("numbers that no worker has")
    source = source.rstrip(b"\0").decode()
    return Slot(
        pid=pid,
        started=started,
        state=State(state),
        age=age,
        target=target,
        boot_seconds=boot,
        posted_at=posted,
        checked_at=checked,
        # No process is without a heap: 0 is a kernel that does not say.
        sample=Sample(proportional, dirty, tables, source, anonymous or None, pinned or None)
        if source
        else None,
        report=decode_report(raw[_SLOT.size : _SLOT.size + length]),
    )
