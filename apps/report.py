"""What was found in each app, as a table in Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Row:
    """One finding in one app; without a check, that there was none, or the ``why`` of a gap of ours.
    With one, ``why`` is why it is true."""

    app: str
    version: str
    check: str = ""
    status: str = ""
    message: str = ""
    why: str = ""


def as_markdown(rows: Sequence[Row]) -> str:
    """One line a finding, the same one in several modes once."""
    head = "| app | version | finding | true or false | evidence |\n|---|---|---|---|---|"
    found = {row.app for row in rows if row.check or row.why}
    shown = {row for row in rows if row.check or row.why or row.app not in found}
    return "\n".join([head, *(_line(row) for row in sorted(shown))])


def _line(row: Row) -> str:
    if not row.check:
        cells = [row.app, row.version, "none", "gap of ours" if row.why else "", row.why]
    else:
        verdict = "true" if row.why else "unexplained"
        evidence = f"{row.message}: {row.why}" if row.why else row.message
        cells = [row.app, row.version, f"{row.check} ({row.status})", verdict, evidence]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
