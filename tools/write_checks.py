"""Writes docs/reference/checks.md from the docstrings of the built-in checks.

    python tools/write_checks.py [--check]

With --check it writes nothing, and exits 1 when the file is not what it would write.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from flask_bootcheck import Check, Stage
from flask_bootcheck.checks import BUILT_IN
from flask_bootcheck.checks.planned import PLANNED

TARGET = Path(__file__).parent.parent / "docs" / "reference" / "checks.md"

INTRODUCTION = """\
<!-- Written by tools/write_checks.py from the docstrings in flask_bootcheck/checks: edit those. -->

# Checks

Each check has an id, `area.trouble`. The same text is in the terminal: `flask bootcheck explain
ID`. `BOOTCHECK_SKIP` and `--skip` take an id or an area. For your own checks see
[Write your own checks](../how-to/own-checks.md).
"""

WHEN = {
    Stage.FILES: "with `flask bootcheck`, and once in each worker",
    Stage.MASTER: "with `flask bootcheck`, and once in each worker",
    Stage.APP: "in the trial of `flask bootcheck`, and once in each worker",
    Stage.WORKER: "once in each worker",
    Stage.LIVE: "at boot, and when a probe finds its result older than `BOOTCHECK_TTL`; in the "
    "trial of `flask bootcheck`, unless `--no-live` is given",
}

#: More exact than the stage alone.
WHEN_IT_NEEDS = {
    "trial": "in the trial of `flask bootcheck` only",
    "loaded": "in the trial of `flask bootcheck` only",
    "instance": "each time the board is looked at, over all workers of the replica",
    "plan": "with `flask bootcheck deploy` and `flask bootcheck`, where there are deploy files",
    "health-path": "in the trial of `flask bootcheck`, unless `--no-live` is given",
}

NEEDS = {
    "migrations": "Skipped without the folder of Flask-Migrate or an `alembic.ini`.",
    "sqlalchemy": "Skipped without Flask-SQLAlchemy, Flask-SQLAlchemy-Lite or a watched engine.",
    "server": "Skipped where the server is unknown.",
    "health-path": "Skipped where no deploy file names a health path.",
}


def main(arguments: list[str]) -> int:
    """The exit code of the program."""
    text = "\n".join(page())
    if "--check" not in arguments:
        TARGET.write_text(text, "utf-8")
    elif not TARGET.exists() or TARGET.read_text("utf-8") != text:
        print(f"{TARGET.name} is out of date: run make docs", file=sys.stderr)
        return 1
    return 0


def page() -> Iterator[str]:
    """The lines of the page."""
    yield INTRODUCTION
    yield "| check | stage | what it looks at |"
    yield "|---|---|---|"
    for check in BUILT_IN:
        yield f"| [`{check.id}`](#{check.id}) | {check.stage.name} | {check.summary} |"
    for area, checks in groupby(BUILT_IN, key=lambda check: check.area):
        yield f"\n## {area}"
        for check in checks:
            yield from section(check)
    yield ""


def section(check: Check) -> Iterator[str]:
    """One check. The anchor is its id, so that links to it are as stable as the id."""
    yield f"\n### `{check.id}` {{ #{check.id} }}\n"
    for paragraph in check.doc.split("\n\n"):
        for label in ("Why", "Fix"):
            if paragraph.startswith(f"{label}: "):
                paragraph = f"**{label}:**{paragraph.removeprefix(f'{label}:')}"
        yield f"{paragraph}\n"
    if check.id in {planned.id for planned in PLANNED}:
        yield "Foreseen in the deploy files, too, by `flask bootcheck deploy`.\n"
    when = WHEN_IT_NEEDS.get(check.needs or "", WHEN[check.stage])
    yield f"*Stage {check.stage.name}:* {when}. {NEEDS.get(check.needs or '', '')}".rstrip()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
