"""A memory cgroup of our own, v1 or v2, where the machine lets us make one.

For ``demo_oom.py`` and the benchmarks: what the kernel enforces there is the container of the story.
"""

import os
import re
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

_ROOTS = (Path("/sys/fs/cgroup/memory"), Path("/sys/fs/cgroup"))
_LIMITS = ("memory.max", "memory.limit_in_bytes")
#: Without them the kernel would swap where a container is killed.
_SWAP = (("memory.swap.max", "0"), ("memory.swappiness", "0"))
_EVENTS = ("memory.events", "memory.oom_control")


class NoGroup(Exception):
    """No memory cgroup can be made here; the message says why."""


class MemoryGroup:
    """``with MemoryGroup(limit) as group``: gone after, with all the processes in it.

    :param limit: bytes, or ``None`` for a group that only counts.
    :raises NoGroup: where none can be made.
    """

    def __init__(self, limit: int | None) -> None:
        self.path = _make(limit)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.kill()
        for _ in range(100):  # the kernel takes its time to let go
            with suppress(OSError):
                self.path.rmdir()
                return
            time.sleep(0.05)

    def command(self, command: list[str]) -> list[str]:
        """The command, run inside: a shell enters, and becomes it."""
        enter = 'echo $$ > "$0" && exec "$@"'
        return ["sh", "-c", enter, str(self.path / "cgroup.procs"), *command]

    def pids(self) -> list[int]:
        """The processes in it."""
        return [int(pid) for pid in (self.path / "cgroup.procs").read_text().split()]

    def kill(self) -> None:
        """End every process in it."""
        deadline = time.monotonic() + 10
        while (pids := self.pids()) and time.monotonic() < deadline:
            for pid in pids:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.05)

    def oom_kills(self) -> int:
        """How many of its processes the kernel has killed for memory."""
        found = re.search(r"^oom_kill (\d+)$", self._read(*_EVENTS), re.MULTILINE)
        return int(found[1]) if found else 0

    def used(self) -> int:
        """Bytes that cannot be reclaimed: all that is charged, less the cache of files."""
        charged = int(self._read("memory.current", "memory.usage_in_bytes"))
        stat = dict(line.split() for line in self._read("memory.stat").splitlines())
        # v1 has the sums over nested groups under these names, v2 has no others.
        cache = [stat.get(f"total_{name}", stat.get(name, 0)) for name in _FILE_CACHE]
        slab = stat.get("slab_reclaimable", 0)
        return charged - sum(map(int, cache)) - int(slab)

    def _read(self, *names: str) -> str:
        """The first of some files that is there."""
        return next(path for name in names if (path := self.path / name).exists()).read_text()


#: The lists the kernel reclaims from first; shared memory is on others.
_FILE_CACHE = ("inactive_file", "active_file")


def _make(limit: int | None) -> Path:
    """A new group, as near to our own as the kernel allows.

    On v2 a group with processes has no children with a limit, so its ancestors are tried, too.
    """
    problem = "there is no memory cgroup"
    for parent in _parents():
        path = parent / f"bootcheck-{os.getpid()}"
        try:
            path.mkdir()
        except OSError as error:
            problem = f"{path}: {error.strerror}"
            continue
        try:
            _prepare(path, limit)
        except OSError as error:
            path.rmdir()
            problem = f"{path}: {error.strerror}"
        else:
            return path
    raise NoGroup(problem)


def _parents() -> Iterator[Path]:
    """Our own group in the hierarchy that counts memory, then those above it."""
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, name = line.split(":", 2)
        if controllers and "memory" not in controllers.split(","):
            continue
        root = _ROOTS[0] if controllers else _ROOTS[1]
        own = root / name.lstrip("/")
        yield from (path for path in (own, *own.parents) if path.is_relative_to(root))


def _prepare(path: Path, limit: int | None) -> None:
    """Set the limit.

    :raises OSError: when the kernel does not count memory here.
    """
    files = [path / name for name in _LIMITS if (path / name).exists()]
    if not files:
        raise OSError(0, "the kernel does not limit memory here")
    if limit is not None:
        files[0].write_text(str(limit))
    for name, value in _SWAP:
        with suppress(OSError):
            if (path / name).exists():
                (path / name).write_text(value)
