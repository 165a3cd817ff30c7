"""The text of a file, safely: bounded, decoded, and with plain line ends. And what a line is.

One thing in every language that is read here, as editors and annotations count them: what ``\\n``,
``\\r\\n`` or ``\\r`` ends. Python, TOML, JSON, shell, Dockerfile and Procfile agree. PyYAML's marks also
count U+0085, U+2028 and U+2029, and :meth:`str.splitlines` those and five more: neither is used.
"""

from __future__ import annotations

import ast
import bisect
import posixpath
import re
import warnings
from pathlib import Path

_LINE_END = re.compile(r"\r\n|\r|\n")
#: No deploy file is as large; one that is would only take our memory.
MOST_BYTES = 2**20


class Unreadable(Exception):
    """Why a text cannot be understood, and the line (0 where that is not known)."""

    def __init__(self, reason: str, line: int = 0) -> None:
        super().__init__(reason)
        self.reason = " ".join(reason.split())
        self.line = line


def words_in(text: str) -> tuple[str, ...]:
    """The words of a long list, written as a text."""
    return tuple(text.split())


def read_text(path: Path) -> str:
    """A file's text without its byte order mark.

    :raises Unreadable: when it is no text, too large, no file, or may not be read.
    """
    try:
        if not path.is_file():
            raise Unreadable("it is not a file")
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise Unreadable(error.strerror or str(error)) from None
    if len(data) > MOST_BYTES:
        raise Unreadable(f"it is larger than {MOST_BYTES} bytes")
    return decode(data)


def decode(data: bytes) -> str:
    """Bytes of a file as text.

    :raises Unreadable: with the line of the first byte that is not UTF-8.
    """
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return with_plain_ends(data.decode("utf-16", "replace"))
    try:
        return with_plain_ends(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("latin-1")  # a character a byte
        raise Unreadable("it is not UTF-8", Lines(before + "x").at(len(before))) from None


def with_plain_ends(text: str) -> str:
    """A text whose lines end with ``\\n`` alone."""
    return _LINE_END.sub("\n", text)


def lines_of(text: str) -> list[str]:
    """The lines without their ends; what follows the last end is one, too, if it is empty."""
    return _LINE_END.split(text)


def line_starts(text: str) -> list[int]:
    """Where each of these lines begins."""
    return [0, *(match.end() for match in _LINE_END.finditer(text))]


class Lines:
    """The lines that are there: what follows the last line end is one only if it is not empty."""

    def __init__(self, text: str) -> None:
        starts = line_starts(text)
        self._starts = starts[:-1] if text and starts[-1] == len(text) else starts

    def at(self, index: int) -> int:
        """The number of the line with a character; behind the last one, of the last line."""
        return bisect.bisect_right(self._starts, index)

    def nearest(self, line: int | None) -> int:
        """A line that a parser has named, or the last one where there is no such line."""
        return min(max(line or 0, 0), len(self._starts))


def inside(root: Path, name: str) -> Path | None:
    """A path that a deploy file names, unless it leads out of the project."""
    if not name or "\0" in name:
        return None
    try:
        path = (root / name).resolve()
        return path if path.is_relative_to(root.resolve()) else None
    except (OSError, RuntimeError, ValueError):
        return None


def is_file(path: Path) -> bool:
    """Whether a file is there; not, when its name is longer than any can be."""
    try:
        return path.is_file()
    except OSError:
        return False


def is_folder(path: Path) -> bool:
    """The same of a folder."""
    try:
        return path.is_dir()
    except OSError:
        return False


def parse_python(text: str) -> ast.Module:
    """A syntax tree. What Python would warn of is the project's matter, and not said here.

    :raises SyntaxError: and whatever else :func:`ast.parse` raises.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text)


def locate(root: Path, folder: str, name: str) -> str:
    """The file, or folder, of that name in the project; where an image has put the project into a
    folder of its own (``/app/start.sh``), what is left without that. Empty when there is none."""
    parts = [part for part in f"{folder}/{name}".split("/") if part not in ("", ".")]
    if name.startswith("/"):
        parts = [part for part in name.split("/") if part not in ("", ".")]
    tries = range(len(parts)) if name.startswith("/") else range(min(1, len(parts)))
    for first in tries:
        here = posixpath.normpath("/".join(parts[first:]))
        path = inside(root, here)
        if path is not None and (is_file(path) or is_folder(path)):
            return here
    return ""
