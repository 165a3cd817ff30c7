"""The report for people."""

from __future__ import annotations

import pytest

from flask_bootcheck.findings import Report, Status, fail, warn
from flask_bootcheck.formats.text import finding_line, render_text, summary_line

from ..helpers import make_result


def skipped(check_id, reason):
    return make_result(check_id, status=Status.SKIP, reason=reason)


def test_a_line_an_area_when_all_is_well_and_every_finding_with_its_hint():
    report = Report(
        (
            make_result("app.import-failed"),
            make_result("app.factory-failed", note="main:app loaded in 0.1 s"),
            make_result("blueprints.missing", fail("gone", hint="register it"), note="29"),
            make_result("blueprints.unregistered", warn("never registered", where="a.py:3")),
            make_result("config.setting-misplaced"),
            skipped("database.unreachable", "no engine"),
            skipped("database.tables-missing", "no engine"),
            make_result("redis.gone", note="PONG"),
            make_result("redis.slow", note="1 ms"),
        )
    )
    assert render_text(report).splitlines() == [
        "app          main:app loaded in 0.1 s",
        "blueprints   FAIL  blueprints.missing  gone",
        "             hint  register it",
        "             WARN  blueprints.unregistered  never registered (a.py:3)",
        "config       ok",
        "database     skipped: no engine",
        "redis        PONG; 1 ms",
        "FAIL: 1 failed, 1 warning, 5 passed, 2 skipped",
    ]


@pytest.mark.parametrize(
    ("results", "line"),
    [
        ([], "WARN: nothing was looked at"),
        ([skipped("a.x", "r")], "WARN: nothing was looked at, 1 skipped"),
        ([skipped("a.x", "r"), make_result("a.y")], "PASS: 1 passed, 1 skipped"),
        ([make_result("a.x", warn("w")), make_result("a.y", warn("w"))], "WARN: 2 warnings"),
        ([make_result("a.x", fail("f")), make_result("a.y")], "FAIL: 1 failed, 1 passed"),
    ],
)
def test_the_last_line_counts(results, line):
    assert summary_line(Report(tuple(results))) == line


def test_a_finding_is_one_line_whatever_was_raised():
    line = finding_line("a.x", fail("OperationalError: refused\n  is it up?\r\nFAIL  b.x  made up"))
    assert line == "FAIL  a.x  OperationalError: refused is it up? FAIL b.x made up"


def test_an_area_with_a_check_that_passes_is_not_called_skipped():
    report = Report((skipped("a.x", "r"), make_result("a.y")))
    assert render_text(report).splitlines()[0] == "a            ok"
