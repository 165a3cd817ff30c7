"""A board in a file, for workers whose master knows nothing of us.

In ``/dev/shm``, memory, or else in the temp folder. Its name has all that tells one gunicorn from
another: user, PID namespace, pid and start time of the master.
"""

from __future__ import annotations

import mmap
import os
import re
from contextlib import suppress
from pathlib import Path

from ..board import BOARD_SIZE, HEADER_SIZE, SLOT_COUNT, SLOT_SIZE, Board
from ..processes import is_alive, pid_namespace, start_time
from .folders import shared_folders
from .ownfile import open_own

_NAME = re.compile(r"flask-bootcheck-(?P<uid>\d+)-(?P<ns>\d+)-(?P<pid>\d+)-(?P<started>\d+)")


def open_shared_board(master: int, workers: int = 0) -> Board | None:
    """The board of the workers of a master, made by the first of them.

    :param master: its pid.
    :param workers: how many there will be: a folder without room for all of them is not taken.
    :returns: ``None`` when there is no place to write, or a file that is not ours is in it.
    """
    name = f"flask-bootcheck-{os.geteuid()}-{pid_namespace()}-{master}-{start_time(master) or 0}"
    folders = shared_folders()
    # Where the first one found room the others follow, whatever is free by now.
    for folder in sorted(folders, key=lambda folder: not _is_used(folder / name)):
        try:
            board = _open(folder / name, min(workers, SLOT_COUNT))
        except OSError:
            continue
        for one in folders:
            _sweep(one)
        return board
    return None


def _is_used(path: Path) -> bool:
    """Whether a board is there; one that found no room has no blocks."""
    try:
        return path.lstat().st_blocks > 0
    except OSError:
        return False


def _open(path: Path, workers: int) -> Board:
    descriptor = open_own(path)
    try:
        status = os.fstat(descriptor)
        if status.st_size < BOARD_SIZE:
            os.ftruncate(descriptor, BOARD_SIZE)
        if hasattr(os, "posix_fallocate") and not status.st_blocks:
            os.posix_fallocate(descriptor, 0, HEADER_SIZE + workers * SLOT_SIZE)
        return Board(mmap.mmap(descriptor, BOARD_SIZE), descriptor)
    except BaseException:
        os.close(descriptor)
        raise


def _sweep(folder: Path) -> None:
    """Remove what masters that are gone have left: nobody else does after a SIGKILL."""
    for path in folder.glob("flask-bootcheck-*"):
        match = _NAME.fullmatch(path.name)
        if match is None:
            continue
        uid, namespace, pid, started = map(int, match.groups())
        if not started:  # its start could not be read: nobody knows whether it lives
            continue
        if (uid, namespace) == (os.geteuid(), pid_namespace()) and not is_alive(pid, started):
            with suppress(OSError):  # somebody else has made it, to be in our way
                path.unlink()
