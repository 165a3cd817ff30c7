"""How many processes the kernel has killed for want of memory in our cgroup."""

from __future__ import annotations

import re
from pathlib import Path

from .group import own_levels

#: The counter's file in a group: cgroup v2, and v1.
_FILES = ("memory.events", "memory.oom_control")
_COUNT = re.compile(r"^oom_kill (\d+)$", re.MULTILINE)


def own_group() -> Path | None:
    """The group where a kill of this process is counted: the first level that counts them. A leaf
    without the memory controller has no counter, and its kills are those of the level above."""
    for group in own_levels():
        if read_oom_kills(group) is not None:
            return group
    return None


def read_oom_kills(group: Path | None) -> int | None:
    """The kernel's count for a cgroup since that was made; ``None`` where it cannot be read."""
    for name in _FILES if group is not None else ():
        try:
            match = _COUNT.search((group / name).read_text())  # type: ignore[operator]
        except OSError:
            continue
        if match is not None:
            return int(match[1])
    return None
