"""Writes the tables in docs/reference/gunicorn-support.md from what the tests wrote down.

    python tools/write_support.py [--check]

The results, one file for each environment, are in docs/reference/support/: nox writes them. With
--check it writes nothing, and exits 1 when the page is not what it would write.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

REFERENCE = Path(__file__).parent.parent / "docs" / "reference"
TARGET = REFERENCE / "gunicorn-support.md"
RESULTS = REFERENCE / "support"
BEGIN = "<!-- Written by tools/write_support.py from docs/reference/support/. -->"
END = "<!-- The end of what is written. -->"

PASSED = "passed"
#: Which rows come first; the others follow by name.
FIRST = ("sync", "gthread", "gevent", "eventlet", "tornado", "asgi")

Environment = dict[str, Any]
#: Outcomes, and in which ways.
Cell = dict[str, set[str]]


def main(arguments: list[str]) -> int:
    """The exit code of the program."""
    text = TARGET.read_text("utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    written = "\n".join((before + BEGIN, "", *tables(environments()), "", END + after))
    if "--check" not in arguments:
        TARGET.write_text(written, "utf-8")
    elif text != written:
        print(f"{TARGET.name} is out of date: run make docs", file=sys.stderr)
        return 1
    return 0


def environments() -> list[Environment]:
    """What each session of nox wrote, by version."""
    found = [json.loads(path.read_text("utf-8")) for path in RESULTS.glob("*.json")]
    return sorted(
        found, key=lambda one: [number(one[name]) for name in ("gunicorn", "flask", "python")]
    )


def number(version: str) -> list[int]:
    """A version to sort by."""
    return [int(part) for part in version.split(".")]


def tables(found: list[Environment]) -> Iterator[str]:
    """The lines between the markers."""
    yield from table(found, "classes", "worker class")
    yield ""
    yield from table(found, "signals", "signal to the master")
    yield ""
    yield "Run with:"
    yield ""
    yield "| gunicorn | Flask | Python |"
    yield "|---|---|---|"
    rows = {(one["gunicorn"], one["flask"], one["python"]): None for one in found}
    yield from (f"| {' | '.join(row)} |" for row in rows)


def table(found: list[Environment], name: str, heading: str) -> Iterator[str]:
    """One column for each gunicorn."""
    versions = list(dict.fromkeys(one["gunicorn"] for one in found))
    rows = {row for one in found for row in one["tables"].get(name, {})}
    yield f"| {' | '.join((heading, *versions))} |"
    yield "|---" * (len(versions) + 1) + "|"
    for row in sorted(rows, key=rank):
        cells = [shown(merged(found, name, row, version)) for version in versions]
        yield f"| {' | '.join((row, *cells))} |"


def rank(row: str) -> tuple[int, str]:
    """Where a row stands."""
    return FIRST.index(row) if row in FIRST else len(FIRST), row


def merged(found: Iterable[Environment], name: str, row: str, version: str) -> Cell:
    """What came out on one gunicorn, whatever Flask and Python."""
    cell: Cell = defaultdict(set)
    for one in found:
        if one["gunicorn"] == version:
            for way, outcome in one["tables"].get(name, {}).get(row, {}).items():
                cell[outcome].add(way)
    return cell


def shown(cell: Cell) -> str:
    """One outcome for all ways, or which ways differ."""
    if len(cell) <= 1:
        return next((word(outcome) for outcome in cell), "")
    ways = {outcome: "; ".join(sorted(ways)) for outcome, ways in cell.items() if outcome != PASSED}
    others = [f"{word(outcome)}: {listed}" for outcome, listed in sorted(ways.items())]
    return ". ".join(["yes" if PASSED in cell else "", *others]).removeprefix(". ")


def word(outcome: str) -> str:
    """As it stands in the table."""
    if "." in outcome:
        return f"[`{outcome}`](checks.md#{outcome})"
    return "yes" if outcome == PASSED else f"**{outcome}**"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
