"""The report for programs."""

from __future__ import annotations

import json

from flask_bootcheck.findings import Report, Status, fail
from flask_bootcheck.formats.json import render_json

from ..helpers import make_result


def test_everything_is_in_it_skipped_checks_included():
    report = Report(
        (
            make_result("a.x", fail("gone", observed=0, limit=2, unit="workers")),
            make_result("b.x", status=Status.SKIP, reason="not now"),
        ),
        truncated=1,
    )
    data = json.loads(render_json(report))
    assert data["status"] == "fail"
    assert [result["status"] for result in data["results"]] == ["fail", "skip"]
    assert data["results"][0]["findings"][0]["observed"] == 0
    assert Report.from_data(data) == report


def test_a_run_that_looked_at_nothing_has_not_passed():
    skipped = make_result("b.x", status=Status.SKIP, reason="not now")
    assert json.loads(render_json(Report()))["status"] == "warn"
    assert json.loads(render_json(Report((skipped,))))["status"] == "warn"
    assert json.loads(render_json(Report((skipped, make_result("a.x")))))["status"] == "pass"
