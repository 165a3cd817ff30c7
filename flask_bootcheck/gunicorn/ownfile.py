"""A file of this user's in a folder where everybody may write, under a name that anybody can tell."""

from __future__ import annotations

import os
import stat
from pathlib import Path

_FLAGS = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK


def open_own(path: Path) -> int:
    """Open or make it, for this user alone; nothing is waited for.

    What somebody else may have put in its place is left as it is: a link, a pipe, a folder, a file of
    theirs. A hard link to a file of ours is known by its two names.

    :raises OSError: when that is so, or it cannot be opened.
    """
    descriptor = os.open(path, _FLAGS, 0o600)
    try:
        status = os.fstat(descriptor)
        is_ours = status.st_uid == os.geteuid() and status.st_nlink == 1
        if not is_ours or not stat.S_ISREG(status.st_mode):
            raise PermissionError(f"{path} is not ours")
        os.fchmod(descriptor, 0o600)  # whatever the umask is
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor
