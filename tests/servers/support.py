"""What worked, for docs/reference/gunicorn-support.md: ``SUPPORT_RESULTS`` names the file to write.

One file for each environment. ``tools/write_support.py`` makes tables of them.
"""

from __future__ import annotations

import json
import sys
from importlib.metadata import version
from pathlib import Path
from typing import cast

import pytest

VARIABLE = "SUPPORT_RESULTS"
PASSED = "passed"
FAILED = "failed"
_PROPERTY = "support"


def support(table: str, row: str, column: str, outcome: str = PASSED) -> tuple[str, list[str]]:
    """A property for a test: what it means for the tables when it passes.

    :param outcome: the id of a finding, when the test shows that it cannot be.
    """
    return _PROPERTY, [table, row, column, outcome]


class Results:
    """A plugin for pytest. With xdist it listens in the process that has the workers' reports."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._tables: dict[str, dict[str, dict[str, str]]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A cell passes when all of its tests do, from their set-up to their end."""
        for name, told in report.user_properties:
            if name != _PROPERTY or (report.passed and report.when != "call"):
                continue
            table, row, column, outcome = cast("list[str]", told)
            cells = self._tables.setdefault(table, {}).setdefault(row, {})
            if report.passed:
                cells.setdefault(column, outcome)
            else:
                cells[column] = FAILED

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write, but not in a worker of xdist."""
        if hasattr(session.config, "workerinput"):
            return
        python = f"{sys.version_info.major}.{sys.version_info.minor}"
        data = {"gunicorn": version("gunicorn"), "flask": version("flask"), "python": python}
        text = json.dumps({**data, "tables": self._tables}, indent=1, sort_keys=True)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_text(f"{text}\n", "utf-8")
