"""SQLite files: can they be written, and are they there after the next deploy?"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from ...boot import Boot, Stage
from ...engines import Known, describe, known_engines
from ...findings import Finding, warn
from ...platforms import detect_platform
from ...registry import check
from .connections import app_of, file_of

_MOUNTS = Path("/proc/self/mountinfo")
#: File systems that are in memory, or a container's own layer.
_FLEETING = frozenset({"overlay", "ramfs", "tmpfs"})


@check("database.file-read-only", stage=Stage.APP, needs="sqlalchemy")
def file_can_be_written(boot: Boot) -> Iterator[Finding]:
    """A SQLite file can be written, and its folder, in which SQLite keeps its journal.

    Why: reading works, and the first write is "attempt to write a readonly database". An image built
    as root and run as another user is the usual cause.

    Fix: give both to the user that the server runs as: `chown` in the Dockerfile, or a volume of that
    user. A database that is only read may say so: `sqlite:///file:/srv/shop.db?mode=ro&uri=true`.
    """
    for known, file in _files(boot):
        locked = _locked(file)
        if locked is not None:
            yield warn(
                f"{describe(known.engine)}: user {os.getuid()} may not write {locked}",
                hint="give the file and its folder to the user that the server runs as",
                where=str(locked),
                component=known.name,
            )


@check("database.file-not-kept", stage=Stage.APP, needs="sqlalchemy")
def file_outlives_its_container(boot: Boot) -> Iterator[Finding]:
    """On a hosting platform, a SQLite file is on a volume.

    Why: the disk of a container goes with it. Each deploy begins with the database of the image, or
    with none. Looked at on Railway, Render, Fly.io and Heroku.

    Fix: put the file on a volume of the platform, or take a database server.
    """
    platform = detect_platform(boot.environ)
    for known, file in _files(boot) if platform.name else ():
        if _locked(file) is None and _is_fleeting(file):
            yield warn(
                f"{describe(known.engine)} is on the container's own disk, "
                "which does not outlive a deploy",
                hint=f"put it on a volume of {platform.name}, or take a database server",
                where=str(file),
                component=known.name,
            )


def _files(boot: Boot) -> Iterator[tuple[Known, Path]]:
    """The SQLite files whose folders are there, by engine."""
    for known in known_engines(app_of(boot)):
        file = file_of(known.engine)
        if file is not None and file.parent.is_dir():
            yield known, file.absolute()


def _locked(file: Path) -> Path | None:
    """What this user may not write of a file and its folder."""
    places = [file, file.parent] if file.exists() else [file.parent]
    return next((place for place in places if not os.access(place, os.W_OK)), None)


def _is_fleeting(file: Path) -> bool:
    try:
        point, kind = mount_of(file.resolve(), _MOUNTS.read_text("utf-8"))
    except OSError:
        return False
    return point == "/" or kind in _FLEETING


def mount_of(file: Path, mountinfo: str) -> tuple[str, str]:
    """The mount point under which a file is, and the kind of its file system."""
    found = ("", "")
    for line in mountinfo.splitlines():
        before, _, after = line.partition(" - ")
        # The kernel writes a space as \040.
        point = before.split()[4].encode().decode("unicode_escape")
        if file.is_relative_to(point) and len(point) >= len(found[0]):
            found = (point, after.split()[0])
    return found
