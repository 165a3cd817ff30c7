"""The file: plain text, sorted, a line for each blueprint and each route.

Not TOML or JSON: without quotes, commas and brackets, a line of a diff is one thing lost or won, a
merge goes by line, and to compare is to subtract two sets of lines. That keeps a boot quick: only
what differs is taken apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ..errors import BootCheckError

FILE_NAME = "bootcheck.lock"
_VERSION = 1
_HEAD = (
    "# Written by `flask bootcheck lock`: what this app must have from now on.\n"
    f"lock {_VERSION}\n"
    "app {app}\n"
)
KINDS = ("blueprint", "route")
_STARTS = tuple(f"{kind} " for kind in KINDS)
_CONFLICT = ("<<<<<<<", "=======", ">>>>>>>", "|||||||")


class LockError(BootCheckError):
    """A lock file that cannot be followed."""


class NewerLock(LockError):
    """One that was written by a flask-bootcheck of the future."""


@dataclass(frozen=True, slots=True)
class Lock:
    """``entries`` are lines such as ``blueprint cart`` and ``route cart.index GET /cart``; ``file``
    is every line of the file they are from, ``error`` why it cannot be followed."""

    app: str
    entries: frozenset[str]
    file: tuple[str, ...] = ()
    error: str = ""

    def place(self, entry: str) -> str:
        """``file:line`` of an entry."""
        return f"{FILE_NAME}:{self.file.index(entry) + 1}" if entry in self.file else FILE_NAME

    def count(self, kind: str) -> int:
        """How many blueprints, or routes, it has."""
        return sum(entry.startswith(f"{kind} ") for entry in self.entries)


def render_lock(lock: Lock) -> str:
    """The text of the file."""
    return _HEAD.format(app=lock.app) + "".join(f"{entry}\n" for entry in sorted(lock.entries))


def parse_lock(text: str) -> Lock:
    """The reverse of :func:`render_lock`. Comments and empty lines may be anywhere.

    :raises LockError: naming the line.
    """
    lines = tuple(text.split("\n"))
    others = [(n, line) for n, line in enumerate(lines, 1) if not line.startswith(_STARTS)]
    head = dict(_head(others))
    _must_be_ours(head.get("lock"))
    if "app" not in head:
        raise LockError(f"{FILE_NAME} does not say which app it is of: `flask bootcheck lock`")
    return Lock(head["app"], frozenset(lines).difference(line for _, line in others), lines)


def read_lock(folders: Iterable[Path]) -> Lock | None:
    """The lock in the first of some folders that has one; where it cannot be followed, its error."""
    for folder in folders:
        try:
            return parse_lock((folder / FILE_NAME).read_text("utf-8"))
        except (FileNotFoundError, NotADirectoryError):
            continue
        except LockError as error:
            return _unfollowed(str(error))
        except (OSError, ValueError) as error:
            return _unfollowed(f"{FILE_NAME} cannot be read: {error}")
    return None


def _unfollowed(error: str) -> Lock:
    return Lock("", frozenset(), error=error)


def _head(lines: Iterable[tuple[int, str]]) -> Iterator[tuple[str, str]]:
    """What stands in numbered lines besides comments."""
    for number, line in lines:
        if line.startswith("#") or not line.strip():
            continue
        word, _, rest = line.partition(" ")
        if word not in ("lock", "app"):
            what = "a merge conflict" if word in _CONFLICT else f"{line[:40]!r} is no entry"
            raise LockError(
                f"{FILE_NAME}:{number}: {what}: `flask bootcheck lock` writes the file anew"
            )
        yield word, rest.strip()
        if word == "lock":
            _must_be_ours(rest.strip())


def _must_be_ours(version: str | None) -> None:
    if version is None or not version.isdecimal():
        raise LockError(
            f"{FILE_NAME} does not say its version: `flask bootcheck lock` writes the file anew"
        )
    if int(version) > _VERSION:
        raise NewerLock(
            f"{FILE_NAME} is of version {version}, this flask-bootcheck reads {_VERSION}: update it"
        )
