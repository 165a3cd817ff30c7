"""TOML, JSON and YAML as plain data that knows its lines."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import Any

from .plan import Place, Value
from .source import Lines, Unreadable, lines_of

Path = tuple[str | int, ...]
LineOf = Callable[[Path], int]


@dataclass(frozen=True)
class Tree:
    """What a file holds. ``lines`` gives the line of a path, or of the nearest one above it."""

    file: str
    data: Any
    lines: LineOf

    def get(self, *path: str | int) -> Any:
        """What stands at a path; ``None`` when nothing does."""
        here = self.data
        for step in path:
            if isinstance(here, dict):
                here = here.get(step)
            elif isinstance(here, list) and isinstance(step, int) and step < len(here):
                here = here[step]
            else:
                return None
        return here

    def place(self, *path: str | int) -> Place:
        """Where that is."""
        return Place(self.file, self.lines(path))

    def table(self, *path: str | int) -> dict[str, Any]:
        """The table at a path, empty when there is none."""
        found = self.get(*path)
        return {k: v for k, v in found.items() if isinstance(k, str)} if _is_table(found) else {}

    def text(self, *path: str | int) -> Value | None:
        """A text that is not empty."""
        found = self.get(*path)
        good = isinstance(found, str) and found.strip()
        return Value(str(found), self.place(*path)) if good else None

    def number(self, *path: str | int) -> Value | None:
        """A number, also one written as a text."""
        found = self.get(*path)
        if isinstance(found, str) and re.fullmatch(r"\s*\d{1,15}\s*", found):
            found = int(found)
        if isinstance(found, bool) or not isinstance(found, int | float):
            return None
        return Value(found, self.place(*path))


def _is_table(value: Any) -> bool:
    return isinstance(value, dict)


def _nearest(known: dict[Path, int]) -> LineOf:
    def line(path: Path) -> int:
        while path and path not in known:
            path = path[:-1]
        return known.get(path, 0)

    return line


def toml_tree(file: str, text: str) -> Tree:
    """A tree of TOML.

    :raises Unreadable: with the line of the error.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        named = re.search(r"\(at line (\d{1,9}), column \d+\)$", str(error))
        line = int(named[1]) if named else len(lines_of(text.rstrip()))
        raise Unreadable(str(error), Lines(text).nearest(line)) from None
    except (RecursionError, ValueError) as error:  # nested too deep, a number too long
        raise Unreadable(str(error)) from None
    known: dict[Path, int] = {}
    for path, number in _toml_lines(text):
        known.setdefault(path, number)
    return Tree(file, data, _nearest(known))


_BARE = r"""(?:[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*')"""
_DOTTED = rf"{_BARE}(?:[ \t]*\.[ \t]*{_BARE})*"
_HEADER = re.compile(rf"[ \t]*(\[\[?)[ \t]*({_DOTTED})[ \t]*\]")
_KEY = re.compile(rf"[ \t]*({_DOTTED})[ \t]*=")
_FENCE = re.compile(r'"""|\'\'\'')


def _toml_lines(text: str) -> Iterator[tuple[Path, int]]:
    """The line of each key that begins one; texts over several lines are left out."""
    table: Path = ()
    counts: dict[Path, int] = {}
    fence = ""
    for number, line in enumerate(lines_of(text), 1):
        if not fence:
            if header := _HEADER.match(line):
                table = _toml_path(header[2])
                if header[1] == "[[":
                    counts[table] = counts.get(table, -1) + 1
                table = _indexed(table, counts)
                yield from _prefixes((), table, number)
            elif key := _KEY.match(line):
                yield from _prefixes(table, _toml_path(key[1]), number)
        for mark in _FENCE.findall(line):
            fence = mark if not fence else ("" if mark == fence else fence)


def _prefixes(table: Path, key: Path, line: int) -> Iterator[tuple[Path, int]]:
    for length in range(1, len(key) + 1):
        yield table + key[:length], line


def _toml_path(dotted: str) -> Path:
    parts = re.findall(_BARE, dotted)
    return tuple(json_text(part) if part[0] in "\"'" else part for part in parts)


def json_text(quoted: str) -> str:
    """A quoted key without its quotes."""
    try:
        return str(json.loads(quoted)) if quoted[0] == '"' else quoted[1:-1]
    except ValueError:
        return quoted[1:-1]


def _indexed(table: Path, counts: dict[Path, int]) -> Path:
    """``services.build`` in the second of ``[[services]]`` is ``services, 1, build``."""
    whole: Path = ()
    for length in range(1, len(table) + 1):
        whole += (table[length - 1],)
        if table[:length] in counts:
            whole += (counts[table[:length]],)
    return whole


def json_tree(file: str, text: str) -> Tree:
    """A tree of JSON.

    :raises Unreadable: with the line of the error.
    """
    try:
        data = json.loads(text)
        known = _JsonLines(text).known
    except json.JSONDecodeError as error:
        raise Unreadable(error.msg, Lines(text).at(error.pos)) from None
    except (RecursionError, ValueError) as error:
        raise Unreadable(str(error) or "nested too deep") from None
    return Tree(file, data, _nearest(known))


_SPACE = re.compile(r"[ \t\n\r]*")
_ATOM = re.compile(r"[^,\]}\s]+")


def json_span(text: str, path: Path) -> tuple[int, int]:
    """Where a value begins and ends.

    :raises ValueError: when it is no JSON.
    :raises KeyError: when nothing is there.
    """
    json.loads(text)
    return _JsonLines(text).spans[path]


class _JsonLines:
    """The line and the place of every key and element of valid JSON."""

    def __init__(self, text: str) -> None:
        self.known: dict[Path, int] = {}
        self.spans: dict[Path, tuple[int, int]] = {}
        self._text = text
        self._lines = Lines(text)
        self._walk(0, ())

    def _walk(self, at: int, path: Path) -> int:
        at = self._skip(at)
        end = self._value(at, path)
        self.spans[path] = (at, end)
        return end

    def _value(self, at: int, path: Path) -> int:
        """Note what stands from ``at`` on; where it ends."""
        text = self._text
        self.known.setdefault(path, self._line(at))
        if text[at] == '"':
            return int(scanstring(text, at + 1)[1])
        if text[at] not in "{[":
            atom = _ATOM.match(text, at)
            return atom.end() if atom else at + 1
        close, index = {"{": "}", "[": "]"}[text[at]], 0
        at = self._skip(at + 1)
        while text[at] != close:
            step: str | int = index
            if close == "}":
                step, after = scanstring(text, at + 1)
                self.known[(*path, step)] = self._line(at)
                at = self._skip(after) + 1
            at = self._skip(self._walk(at, (*path, step)))
            index += 1
            if text[at] == ",":
                at = self._skip(at + 1)
        return at + 1

    def _skip(self, at: int) -> int:
        space = _SPACE.match(self._text, at)
        return space.end() if space else at

    def _line(self, at: int) -> int:
        return self._lines.at(at)
