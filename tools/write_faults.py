"""Writes the table in docs/explanation/faults.md from what the tests of tests/faults/ wrote down.

    python tools/write_faults.py [--check]

The results are in docs/explanation/faults.json: ``make faults`` writes them. With --check it writes
nothing, and exits 1 when the page is not what it would write.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

EXPLANATION = Path(__file__).parent.parent / "docs" / "explanation"
TARGET = EXPLANATION / "faults.md"
RESULTS = EXPLANATION / "faults.json"
BEGIN = "<!-- Written by tools/write_faults.py from docs/explanation/faults.json. -->"
END = "<!-- The end of what is written. -->"

#: What is seen when nothing is wrong.
WELL = "200 pass"
#: The files of tests/faults/, in the order of the page, and what their tests are about.
GROUPS = {
    "test_workers": "Workers",
    "test_boots": "Boots",
    "test_masters": "Masters and signals",
    "test_reloads": "Reloads",
    "test_neighbours": "Neighbours",
    "test_user_hooks": "Hooks of the user",
    "test_clock": "The clock",
    "test_machine": "The machine",
    "test_exhausted": "Descriptors, threads and memory",
    "test_board": "The board",
    "test_checks": "Checks and hooks",
    "test_hangs": "Stampedes and hangs",
}

Row = dict[str, Any]


def main(arguments: list[str]) -> int:
    """The exit code of the program."""
    text = TARGET.read_text("utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    rows: dict[str, Row] = json.loads(RESULTS.read_text("utf-8"))
    written = "\n".join((before + BEGIN, "", *tables(rows), END + after))
    if "--check" not in arguments:
        TARGET.write_text(written, "utf-8")
    elif text != written:
        print(f"{TARGET.name} is out of date: run make docs", file=sys.stderr)
        return 1
    return 0


def tables(rows: dict[str, Row]) -> Iterator[str]:
    """The lines between the markers: one table for each file of tests."""
    for module, heading in GROUPS.items():
        mine = {name: row for name, row in rows.items() if Path(name.split("::")[0]).stem == module}
        if not mine:
            continue
        yield from (f"### {heading}", "", "| fault | what a person sees | how long | test |")
        yield "|---|---|---|---|"
        for name, row in sorted(mine.items(), key=lambda pair: pair[1]["fault"].lower()):
            cells = (row["fault"], row["sees"], how_long(row["runs"].values()), test_of(name))
            yield f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |"
        yield ""


def test_of(name: str) -> str:
    """Where the test is."""
    path, _, function = name.partition("::")
    return f"`{Path(path).name}::{function}`"


def how_long(runs: Iterable[Row]) -> str:
    """Of all that was not well the longest time in any run, or why nothing was seen."""
    runs = list(runs)
    bad = [
        f"{run['outcome']}: {run.get('reason', '')}" for run in runs if run["outcome"] != "passed"
    ]
    if bad:
        return f"**{'; '.join(dict.fromkeys(bad))}**"
    longest: dict[str, float] = {}
    for run in runs:
        mine: dict[str, float] = {}
        for what, seconds in run["seen"]:
            mine[what] = mine.get(what, 0.0) + seconds
        for what, seconds in mine.items():
            longest[what] = max(longest.get(what, 0.0), seconds)
    shown = [f"{what}: {seconds:.1f} s" for what, seconds in longest.items() if what != WELL]
    return "<br>".join(shown) or "never anything but 200 pass"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
