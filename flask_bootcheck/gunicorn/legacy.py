"""What a master leaves for its successor: the kernel's count of kills when it started.

A master that is killed for memory tells nobody. Where its container survives, under a supervisor, the
next one finds this file beside a higher count.
"""

from __future__ import annotations

import os
import stat
import zlib
from contextlib import suppress
from pathlib import Path

from ..processes import is_alive, pid_namespace, start_time
from .folders import shared_folders


class Legacy:
    """One a working folder and cgroup; gone when a master ends by itself."""

    def __init__(self, group: Path) -> None:
        key = zlib.crc32(f"{group} {Path.cwd()}".encode())
        folders = [*filter(Path.is_dir, shared_folders()), Path("/nowhere")]
        self._path = (
            folders[0] / f"flask-bootcheck-{os.geteuid()}-{pid_namespace()}-kills-{key:08x}"
        )
        self._owner = os.getpid()

    def take(self, kills: int) -> int:
        """The count to go by: the predecessor's, where that was killed, else ``kills``. Ours is left
        in its place."""
        try:
            return self._take(kills)
        except OSError:  # no folder, no room
            return kills

    def _take(self, kills: int) -> int:
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(self._path, flags, 0o600)
        with os.fdopen(descriptor, "r+") as file:
            status = os.fstat(descriptor)
            if status.st_uid != os.geteuid() or not stat.S_ISREG(status.st_mode):
                return kills
            before = _count_of_the_dead(file.read(100))
            file.seek(0)
            file.truncate()
            file.write(f"{self._owner} {start_time(self._owner) or 0} {kills}")
        return kills if before is None else min(before, kills)

    def drop(self) -> None:
        """The master ends by itself: there is nothing to tell."""
        if os.getpid() == self._owner:
            with suppress(OSError):
                if self._path.read_text().startswith(f"{self._owner} "):  # after USR2 another's
                    self._path.unlink()


def _count_of_the_dead(text: str) -> int | None:
    """What a master wrote that is gone; of one that lives there is nothing to inherit."""
    try:
        pid, started, kills = map(int, text.split())
    except ValueError:
        return None
    return None if is_alive(pid, started) else kills
