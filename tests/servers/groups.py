"""Memory cgroups that the kernel enforces, where this machine lets us make one."""

from __future__ import annotations

import os
import re
import signal
import uuid
from contextlib import suppress
from pathlib import Path

import pytest

from .server import until

MIB = 2**20
_ROOT = Path("/sys/fs/cgroup/memory")


class Group:
    """A memory cgroup, gone after :meth:`remove` with all processes in it."""

    def __init__(self, limit: int) -> None:
        self.path = _ROOT / f"bootcheck-{uuid.uuid4().hex[:12]}"
        self.path.mkdir()
        (self.path / "memory.limit_in_bytes").write_text(str(limit))
        (self.path / "memory.swappiness").write_text("0")

    @property
    def pids(self) -> list[int]:
        """The processes in it."""
        return [int(pid) for pid in (self.path / "cgroup.procs").read_text().split()]

    @property
    def kills(self) -> int:
        """How many the kernel has killed in it."""
        found = re.search(r"^oom_kill (\d+)$", (self.path / "memory.oom_control").read_text(), re.M)
        assert found is not None
        return int(found[1])

    def kill(self) -> None:
        """End every process in it, however fast new ones come."""
        until(self._is_empty, 20)

    def remove(self) -> None:
        """Leave nothing behind."""
        self.kill()
        until(self._is_removed, 20)

    def _is_empty(self) -> bool:
        pids = self.pids
        for pid in pids:
            _kill(pid)
        return not pids

    def _is_removed(self) -> bool:
        try:
            self.path.rmdir()
        except OSError:  # the kernel takes its time to let go
            return False
        return True


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def make_group(limit: int) -> Group:
    """A group, or a skip that says why none can be made here; for root in CI that fails."""
    if not (_ROOT / "memory.limit_in_bytes").exists():
        pytest.skip("no cgroup v1 that counts memory: the kernel enforces nothing here")
    try:
        return Group(limit)
    except OSError as error:
        if os.environ.get("CI") and os.geteuid() == 0:
            pytest.fail(f"no memory cgroup can be made: {error}")
        pytest.skip(f"no memory cgroup can be made: {error}")
