"""The report for programs: everything, skipped checks included."""

from __future__ import annotations

import json

from ..findings import Report


def render_json(report: Report) -> str:
    """``{"status": ..., "results": [...]}``, indented."""
    return json.dumps({"status": report.verdict.wire, **report.to_data()}, indent=2)
