"""The snapshot: one merged view of all live workers on a board."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .board import Board, Slot, State
from .boot import Instance, Stage
from .findings import Report, Result
from .memory.sample import needed


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The instance at one moment, and what its workers report between them; ``checked_at`` is when
    each result came in, by id, in seconds of the monotonic clock."""

    instance: Instance
    report: Report
    checked_at: Mapping[str, float]

    def known(self, oldest: float) -> set[str]:
        """The ids of what is known well enough to be shown: LIVE results only when that young."""
        return {
            result.id
            for result in self.report.results
            if result.stage is not Stage.LIVE or self.checked_at[result.id] >= oldest
        }


def take_snapshot(
    board: Board,
    ttl: float,
    used: int | None,
    master_need: int | None,
    count: int | None = None,
    kills: int | None = None,
) -> Snapshot:
    """Read the board.

    :param ttl: seconds for which a LIVE result counts beside newer ones.
    :param used: bytes in use in the container, when known.
    :param master_need: bytes the server's master needs, when known.
    :param count: how many workers there have been for a while, where no master says.
    :param kills: the kernel's count of what it killed in the container, when known.
    """
    slots = board.live_slots()
    ready = [slot for slot in slots if slot.state is State.READY]
    samples = [slot.sample for slot in ready if slot.sample is not None]
    need = needed(samples) + (master_need or 0) if samples else None
    target = _target(board, slots, count)
    _latch(board, ready, target)
    merged = merge(slots, ttl)
    return Snapshot(
        Instance(
            ready=len(ready),
            booting=_count(slots, State.BOOTING),
            failed=_count(slots, State.FAILED),
            configured=int(board["configured"]) or target,
            target=target,
            restarts=int(board["restarts"]) or _replaced(slots, target),
            booted=bool(board["booted_at"]),
            waited=time.monotonic() - board["first_ready_at"] if board["first_ready_at"] else 0.0,
            need=need,
            measured=len(samples),
            used=used,
            kills=_kills(board, kills),
            **_governed(board),
        ),
        Report(
            tuple(result for result, _ in merged),
            sum(slot.report.truncated for slot in slots),
        ),
        {result.id: at for result, at in merged},
    )


def is_boot_over(board: Board, timeout: float) -> bool:
    """Whether all were ready at once, or the first one for so long that nobody waits for the others."""
    return bool(board["booted_at"]) or 0 < board["first_ready_at"] < time.monotonic() - timeout


def merge(slots: Iterable[Slot], ttl: float) -> list[tuple[Result, float]]:
    """One result a check, and when it came in: the worst of the workers. Of LIVE results those count
    that are not older than the TTL, or else the newest."""
    oldest = time.monotonic() - ttl
    merged: dict[str, tuple[Result, float]] = {}
    for slot in sorted(slots, key=lambda slot: slot.checked_at, reverse=True):
        is_fresh = slot.checked_at >= oldest
        for result in slot.report.results:
            known = merged.get(result.id)
            # What is known is newer: what is worse takes its place, unless it is too old.
            if known is None or (
                result.status > known[0].status and (is_fresh or result.stage is not Stage.LIVE)
            ):
                merged[result.id] = (result, slot.checked_at)
    return [*merged.values()]


def _target(board: Board, slots: list[Slot], count: int | None) -> int | None:
    """What the master says on the board, or what the newest worker saw of it when it was forked;
    fewer since then, when no new one has come for those that are gone."""
    if board["target"]:
        return int(board["target"])
    newest = max(slots, key=lambda slot: slot.age, default=None)
    if newest is None or not newest.target:
        return None
    return min(newest.target, count) if count else newest.target


def _replaced(slots: list[Slot], target: int | None) -> int:
    """Without a hook in the master: the workers are numbered as they are forked."""
    return max(0, max((slot.age for slot in slots), default=0) - target) if target else 0


def _latch(board: Board, ready: list[Slot], target: int | None) -> None:
    """Remember for good that as many workers as the target were ready at once."""
    if ready and not board["first_ready_at"]:
        board["first_ready_at"] = min(slot.posted_at for slot in ready)
    if board["deciding"] or board["booted_at"]:
        return
    if ready and len(ready) >= (target or 1):
        board["booted_at"] = time.monotonic()


def _governed(board: Board) -> dict[str, Any]:
    """What the governor and the accounts have written."""
    measured = bool(board["per_worker"])
    return {
        "governed": bool(board["configured"]),
        "deciding": bool(board["deciding"]),
        "fits": int(board["fits"]) if measured else None,
        "first": int(board["first"]) if measured else None,
        "per_worker": int(board["per_worker"]) if measured else None,
        "why": board.why,
        "where": board.where,
        "boot_deaths": int(board["boot_deaths"]),
    }


def _kills(board: Board, now: int | None) -> int | None:
    """Since the start, which a master has noted: killed children of a worker, whom it never hears of,
    are among them."""
    before = int(board["kills_before"])
    return max(0, now - before + 1) if now is not None and before else None


def _count(slots: list[Slot], state: State) -> int:
    return sum(slot.state is state for slot in slots)
