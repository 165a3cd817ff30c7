"""What the container allows, each number with its source.

An override of the user wins over the cgroup, that over what the platform writes into the
environment. The machine's own memory is no limit of a container and only mentioned.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .memory.group import own_levels, read_pinned, read_throttle
from .memory.size import MIB
from .platforms import detect_platform
from .settings import Settings


@dataclass(frozen=True, slots=True)
class Limit:
    """A number, and where it was read; ``value`` is ``None`` when nobody says."""

    value: float | None
    source: str


@dataclass(frozen=True, slots=True)
class Limits:
    """``memory`` in bytes, ``cpus`` in CPUs (0.5 is half of one); ``machine_memory`` and
    ``machine_cpus`` are what the host has, whoever may use it."""

    memory: Limit
    cpus: Limit
    machine_memory: int | None = None
    machine_cpus: int | None = None


UNKNOWN = Limits(Limit(None, "unknown"), Limit(None, "unknown"))


def read_limits(settings: Settings, environ: Mapping[str, str]) -> Limits:
    """The limits of this process. Never raises: what cannot be read is unknown."""
    try:
        found = _from_container()
    except Exception:
        found = UNKNOWN
    memory = found.memory
    if memory.value is None:
        memory = _from_platform(environ)
    if settings.memory_limit is not None:
        memory = Limit(settings.memory_limit, "BOOTCHECK_MEMORY_LIMIT")
    return Limits(memory, found.cpus, found.machine_memory, os.cpu_count())


def read_used_memory() -> int | None:
    """Bytes in use under the tightest memory limit of the container that the kernel cannot have
    back, ``None`` without a limit."""
    try:
        import proclimits

        return read_pinned(own_levels(), proclimits.get_machine_memory_bytes() or math.inf)
    except Exception:
        return None


def _from_container() -> Limits:
    import proclimits

    seen = proclimits.describe()
    memory, cpus = Limit(None, "unknown"), Limit(None, "unknown")
    if seen.memory_budget is not None:
        memory = Limit(seen.memory_budget.limit, _name(seen.memory_source, seen.memory_limit_level))
    high = read_throttle(map(Path, getattr(seen.memory_source, "levels", ())))
    if high is not None and high.value < (memory.value or seen.machine_memory_bytes or math.inf):
        memory = Limit(high.value, _name(seen.memory_source, f"{high.group}/{high.file}"))
    if seen.cpu_limit is not None:
        cpus = Limit(seen.cpu_limit, _name(seen.cpu_quota_source, seen.cpu_limit_level))
    return Limits(memory, cpus, seen.machine_memory_bytes)


def _name(source: object, level: str | None) -> str:
    """Such as ``cgroup v2 /sys/fs/cgroup``."""
    interface = getattr(getattr(source, "interface", None), "value", "container")
    return f"{str(interface).replace('-', ' ')} {level or ''}".strip()


def _from_platform(environ: Mapping[str, str]) -> Limit:
    platform = detect_platform(environ)
    megabytes = environ.get(platform.memory_mb, "") if platform.memory_mb else ""
    if megabytes.isdecimal() and int(megabytes) > 0:
        return Limit(int(megabytes) * MIB, f"{platform.memory_mb} ({platform.name})")
    return Limit(None, "unknown")
