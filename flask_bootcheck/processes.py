"""Is the process with this number still the one we mean? A number alone is soon another's."""

from __future__ import annotations

import os
import sys
from pathlib import Path

_PROC = Path("/proc")
#: More than the kernel's line has.
_STAT_SIZE = 4096


def start_time(pid: int) -> int | None:
    """When a process started, in clock ticks since boot (Linux) or in milliseconds since the
    epoch (elsewhere); 0 where nobody can say, as without ``/proc`` or when no more files can be opened;
    ``None`` when there is no such process or it is a zombie."""
    try:
        fields = _stat(pid)
    except (FileNotFoundError, ProcessLookupError):
        return None if (_PROC / "self" / "stat").exists() else _start_time_elsewhere(pid)
    except OSError:
        return 0 if exists(pid) else None
    return None if fields[0] in (b"Z", b"X") else int(fields[19])


def parent_of(pid: int) -> int | None:
    """The pid of its parent; ``None`` where that cannot be read."""
    try:
        return int(_stat(pid)[1])
    except OSError:
        return None


def _stat(pid: int) -> list[bytes]:
    """What the kernel says of a process, from its state on. The field before, the name in
    parentheses, may hold anything: count from its end."""
    # Half as long as with an open file: a board has many workers.
    descriptor = os.open(f"{_PROC}/{pid}/stat", os.O_RDONLY | os.O_CLOEXEC)
    try:
        stat = os.read(descriptor, _STAT_SIZE)
    finally:
        os.close(descriptor)
    return stat[stat.rindex(b")") + 2 :].split()


def exists(pid: int) -> bool:
    """Whether there is a process with this number, also another user's, also one that has ended and
    waits for its parent to hear of it. A thirtieth of :func:`is_alive`."""
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return pid > 0


def is_alive(pid: int, started: int) -> bool:
    """Whether the process ``pid`` that started at ``started`` still runs. Where nobody can say when it
    started, now or then, its number has to do."""
    now = start_time(pid) if pid > 0 else None
    return now is not None and (now == started or 0 in (now, started))


def pid_namespace() -> int:
    """The number of our PID namespace: the same pid in another one is another process."""
    try:
        return (_PROC / "self" / "ns" / "pid").stat().st_ino
    except OSError:
        return 0


def _start_time_elsewhere(pid: int) -> int | None:
    """Ask psutil, which on Linux needs ``/proc`` itself."""
    import psutil

    try:
        process = psutil.Process(pid)
        return (
            None if process.status() == psutil.STATUS_ZOMBIE else int(process.create_time() * 1000)
        )
    except (psutil.Error, OSError):
        return 0 if sys.platform == "linux" and exists(pid) else None
