"""What a master leaves for its successor: the kernel's count of kills when it started.

A master that is killed for memory tells nobody. Where its container survives, under a supervisor, the
next one finds this file beside a higher count.
"""

from __future__ import annotations

import os
import stat
import time
import zlib
from contextlib import suppress
from pathlib import Path

from ..processes import is_alive, pid_namespace, start_time
from .folders import shared_folders
from .ownfile import open_own

#: A supervisor starts a successor within minutes.
_KEPT_SECONDS = 24 * 3600


class Legacy:
    """One a working folder and cgroup; gone when a master ends by itself."""

    def __init__(self, group: Path) -> None:
        key = zlib.crc32(f"{group} {Path.cwd()}".encode())
        folders = [*filter(Path.is_dir, shared_folders()), Path("/nowhere")]
        self._names = f"flask-bootcheck-{os.geteuid()}-{pid_namespace()}-kills-"
        self._path = folders[0] / f"{self._names}{key:08x}"
        self._owner = os.getpid()
        self._is_left = False

    def take(self, kills: int) -> int:
        """The count to go by: the predecessor's, where that was killed, else ``kills``. Ours is left
        in its place, unless a file that is not ours is there."""
        self._sweep()
        try:
            return self._take(kills)
        except OSError:  # no folder, no room
            return kills

    def _take(self, kills: int) -> int:
        descriptor = open_own(self._path)
        self._is_left = True
        with os.fdopen(descriptor, "r+", errors="replace") as file:
            before = _count_of_the_dead(file.read(100))
            file.seek(0)
            file.truncate()
            file.write(f"{self._owner} {start_time(self._owner) or 0} {kills}")
        return kills if before is None else min(before, kills)

    def _sweep(self) -> None:
        """Remove what nobody has come for: a folder or a cgroup that was made anew has another name."""
        for path in {*self._path.parent.glob(f"{self._names}*")} - {self._path}:
            with suppress(OSError):
                status = path.lstat()
                is_ours = status.st_uid == os.geteuid() and stat.S_ISREG(status.st_mode)
                is_old = time.time() - status.st_mtime > _KEPT_SECONDS
                if is_ours and is_old and _count_of_the_dead(_read(path)) is not None:
                    path.unlink()

    def drop(self) -> None:
        """The master ends by itself: there is nothing to tell."""
        if os.getpid() == self._owner and self._is_left:
            with suppress(OSError):
                if _read(self._path).startswith(f"{self._owner} "):  # after USR2 another's
                    self._path.unlink()


def _read(path: Path) -> str:
    """Whatever is in it."""
    return path.read_text(errors="replace")


def _count_of_the_dead(text: str) -> int | None:
    """What a master wrote that is gone; of one that lives there is nothing to inherit."""
    try:
        pid, started, kills = map(int, text.split())
    except ValueError:
        return None
    return None if kills < 0 or is_alive(pid, started) else kills
