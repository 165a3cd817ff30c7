"""The rows of docs/explanation/faults.md: ``FAULT_RESULTS`` names the file to write them to.

``make faults`` runs the tests for it; ``tools/write_faults.py`` makes the table.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

import pytest

VARIABLE = "FAULT_RESULTS"
_FAULT, _SEEN = "fault", "seen"

Property = tuple[str, Any]
Seen = list[tuple[str, float]]


def fault(item: pytest.Item) -> Property:
    """A property for a test: which fault it is about, and what a person sees then."""
    marker = item.get_closest_marker("fault")
    assert marker is not None, f"{item.nodeid} has no @pytest.mark.fault('what is done')"
    assert isinstance(item, pytest.Function)
    doc = (item.function.__doc__ or "").strip()
    assert doc, f"{item.nodeid} does not say what a person sees"
    paragraph = " ".join(doc.split("\n\n")[0].split())
    return _FAULT, {"fault": marker.args[0], "sees": paragraph}


def seen(story: Seen) -> Property:
    """A property for a test: what was seen, and for how many seconds."""
    return _SEEN, [(what, round(seconds, 2)) for what, seconds in story]


class Results:
    """A plugin for pytest. With xdist it listens in the process that has the workers' reports."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._rows: dict[str, dict[str, Any]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """One row a test function; its parameters are runs of it."""
        told = dict(report.user_properties)
        if _FAULT not in told:
            return
        name, _, parameters = report.nodeid.partition("[")
        row = self._rows.setdefault(name, {**cast("dict[str, str]", told[_FAULT]), "runs": {}})
        run = row["runs"].setdefault(
            parameters.removesuffix("]"), {"outcome": "passed", "seen": []}
        )
        if _SEEN in told:  # by the fixture, at its end
            run["seen"] = told[_SEEN]
        if report.outcome != "passed" and run["outcome"] != "failed":
            run["outcome"] = report.outcome
            if report.skipped:
                run["reason"] = str(cast("tuple[Any, ...]", report.longrepr)[2])

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write, but not in a worker of xdist."""
        if hasattr(session.config, "workerinput"):
            return
        text = json.dumps(self._rows, indent=1, sort_keys=True)
        self._path.write_text(f"{text}\n", "utf-8")
