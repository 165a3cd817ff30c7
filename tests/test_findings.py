"""The words: status, finding, result, report."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flask_bootcheck.findings import (
    Finding,
    Report,
    Result,
    Stage,
    Status,
    fail,
    warn,
    worst,
)

from .helpers import make_result

PASS, SKIP, WARN, FAIL = Status


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ([], PASS),
        ([SKIP], PASS),
        ([PASS, SKIP], PASS),
        ([WARN, SKIP, PASS], WARN),
        ([WARN, FAIL, PASS], FAIL),
    ],
)
def test_worst_is_the_highest_and_a_skip_never_counts(statuses, expected):
    assert worst(statuses) is expected


def test_only_pass_warn_and_fail_go_over_the_wire():
    assert [status.wire for status in Status] == ["pass", "pass", "warn", "fail"]
    assert [status.label for status in Status] == ["pass", "skip", "warn", "fail"]


def test_a_result_knows_its_area():
    assert make_result("database.tables-missing").area == "database"


def test_a_report_lists_its_findings_worst_first_and_else_in_order():
    first = make_result("a.x", warn("one"), fail("two"))
    second = make_result("b.x", fail("three"))
    report = Report((first, second))
    assert [finding.message for _, finding in report.findings] == ["two", "three", "one"]
    assert report.status is FAIL
    assert (report.count(FAIL), report.count(WARN)) == (2, 0)


def test_adding_reports_keeps_all_results_and_what_was_truncated():
    one, two = make_result("a.x"), make_result("b.x")
    assert Report((one,), 1) + Report((two,), 2) == Report((one, two), 3)


numbers = st.one_of(
    st.none(), st.integers(), st.floats(allow_nan=False), st.text(min_size=1, max_size=9)
)
findings = st.builds(
    Finding,
    st.sampled_from([WARN, FAIL]),
    st.text(),
    hint=st.text(),
    where=st.text(),
    observed=numbers,
    limit=numbers,
    unit=st.text(),
    component=st.text(),
)
results = st.builds(
    Result,
    st.text(min_size=1),
    st.sampled_from(Status),
    st.sampled_from(Stage),
    st.lists(findings, max_size=3).map(tuple),
    duration=st.integers(0, 10**6).map(lambda n: n / 2**6),
    time=st.integers(0, 2**31).map(float),
    note=st.text(),
    reason=st.text(),
)


@given(st.lists(results, max_size=3).map(tuple), st.integers(0, 9))
def test_a_report_survives_its_way_through_json(some, truncated):
    """Zero and the like included: only what is empty may be left out."""
    report = Report(some, truncated)
    assert Report.from_data(json.loads(json.dumps(report.to_data()))) == report


def test_plain_data_leaves_out_what_is_empty_but_not_a_zero():
    data = Report((make_result("a.x", fail("gone", observed=0)),)).to_data()
    assert data["results"][0]["findings"] == [{"status": "fail", "message": "gone", "observed": 0}]
    assert not {"note", "reason", "truncated"} & {*data, *data["results"][0]}


def one(status, *findings, note="", reason=""):
    return Result("a.b", status, Stage.FILES, tuple(findings), 1.0, 5.0, note, reason)


@pytest.mark.parametrize(
    ("results", "merged"),
    [
        ([one(PASS, note="x")], one(PASS, note="x")),
        ([one(SKIP, reason="r"), one(WARN, warn("w"))], one(WARN, warn("w"))),
        ([one(WARN, warn("w")), one(SKIP, reason="r")], one(WARN, warn("w"))),
        ([one(SKIP, reason="r"), one(SKIP, reason="s")], one(SKIP, reason="s")),
    ],
)
def test_a_skip_adds_nothing_to_a_result_of_the_same_id(results, merged):
    assert Report(tuple(results), 3).merged() == Report((merged,), 3)


def test_results_of_the_same_id_become_one():
    """Foreseen in the files, and told by the app."""
    first, second = one(WARN, warn("w"), note="x"), one(FAIL, fail("f"), note="y")
    other = Result("c.d", PASS, Stage.APP)
    merged = Report((first, other, second)).merged()
    assert [result.id for result in merged.results] == ["a.b", "c.d"]
    result = merged.results[0]
    assert (result.status, result.note, result.duration) == (FAIL, "x; y", 2.0)
    assert [finding.message for finding in result.findings] == ["w", "f"]
