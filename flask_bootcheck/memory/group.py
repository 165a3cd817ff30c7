"""The memory cgroup of this process, cgroup v1 and v2: its levels, the bounds that stand at each, and
what is charged there that the kernel cannot have back.

``memory.high`` counts as a limit: above it the kernel slows a process down until its requests time
out. File cache and the slab that can shrink do not count as used: they give way before anybody is
killed. Pages of files that are not written back yet do.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

#: The bounds of a level, cgroup v2 and v1.
_BOUNDS = ("memory.max", "memory.high", "memory.limit_in_bytes")
_USAGE = ("memory.current", "memory.usage_in_bytes")
#: In memory.stat; cgroup v1 has the sums over a subtree under names of their own.
_FILES = ("inactive_file", "active_file")
_UNWRITTEN_V2, _UNWRITTEN_V1 = ("file_dirty", "file_writeback"), ("dirty", "writeback")


@dataclass(frozen=True, slots=True)
class Bound:
    """A limit in bytes, the group that has it, and the file there."""

    value: int
    group: Path
    file: str


def own_levels() -> tuple[Path, ...]:
    """The groups this process is charged to, its own first; empty where nobody counts."""
    import proclimits

    try:
        source = proclimits.describe().memory_source
    except Exception:
        return ()
    return tuple(map(Path, getattr(source, "levels", None) or ()))


def read_throttle(levels: Iterable[Path]) -> Bound | None:
    """The smallest ``memory.high`` of all levels."""
    return min(_bounds(levels, ("memory.high",)), key=lambda bound: bound.value, default=None)


def read_pinned(levels: Iterable[Path], ceiling: float = math.inf) -> int | None:
    """Bytes under the tightest bound that the kernel cannot have back.

    An ancestor counts what its other children use, and may be nearer to its own bound: then so many
    that as much is left. ``None`` without a bound, or where a level with one does not tell.

    :param ceiling: what the machine has; a bound that is no less is none.
    """
    bounds = [bound for bound in _bounds(levels, _BOUNDS) if bound.value < ceiling]
    if not bounds:
        return None
    left: list[int] = []
    for bound in bounds:
        charged = _charged(bound.group)
        if charged is None:
            return None
        left.append(bound.value - charged)
    return max(0, min(bound.value for bound in bounds) - min(left))


def _bounds(levels: Iterable[Path], files: tuple[str, ...]) -> list[Bound]:
    return [
        Bound(value, group, name)
        for group in levels
        for name in files
        if (value := _number(group / name)) is not None and value >= 0
    ]


def _charged(group: Path) -> int | None:
    usage = next((v for name in _USAGE if (v := _number(group / name)) is not None), None)
    stat = _stat(group / "memory.stat")
    if usage is None or not stat:
        return None
    is_v2 = (group / _USAGE[0]).exists()
    prefix = "" if is_v2 or "total_cache" not in stat else "total_"
    unwritten = _UNWRITTEN_V2 if is_v2 else _UNWRITTEN_V1
    files = sum(stat.get(f"{prefix}{name}", 0) for name in _FILES)
    kept = sum(stat.get(f"{prefix}{name}", 0) for name in unwritten)
    return max(0, usage - max(0, files - kept) - stat.get("slab_reclaimable", 0))


def _number(path: Path) -> int | None:
    try:
        return int(path.read_text())
    except (OSError, ValueError):  # not there, or "max"
        return None


def _stat(path: Path) -> dict[str, int]:
    try:
        pairs = (line.split() for line in path.read_text().splitlines())
        return {name: int(value) for name, value in pairs}
    except (OSError, ValueError):
        return {}
