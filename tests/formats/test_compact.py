"""The report in a slot of the board: what does not fit is left out, and said to be."""

from __future__ import annotations

import time

import pytest

from flask_bootcheck.findings import Report, Status, fail, warn
from flask_bootcheck.formats.compact import decode_report, encode_report

from ..helpers import make_result

ROOM = 8000


def test_a_report_that_fits_is_whole():
    report = Report((make_result("a.x", fail("gone", hint="héllo")),), truncated=2)
    data = encode_report(report, ROOM)
    assert "héllo".encode() in data
    assert decode_report(data) == report
    assert decode_report(b"") == Report()


def test_the_mildest_findings_go_first_and_are_counted():
    results = (
        make_result("a.x", *(warn("w" * 500) for _ in range(20))),
        make_result("b.x", fail("f" * 500)),
        make_result("c.x", note="n" * 500),
    )
    kept = decode_report(encode_report(Report(results, truncated=1), ROOM))
    assert [r.status for r in kept.results] == [r.status for r in results]
    assert kept.results[1:] == results[1:]
    left = len(kept.results[0].findings)
    assert 5 < left < 20
    assert kept.truncated == 1 + 20 - left


def test_what_fails_is_kept_when_there_are_too_many_results():
    results = [make_result(f"a.x{number}", note="n" * 100) for number in range(300)]
    results.append(make_result("b.x", fail("f" * ROOM)))
    data = encode_report(Report(tuple(results)), ROOM)
    assert len(data) <= ROOM
    kept = decode_report(data)
    assert (kept.status, kept.truncated) == (Status.FAIL, 1)
    assert kept.results[0].id == "b.x"


@pytest.mark.parametrize("room", [200, 2000])
def test_it_fits_into_any_room(room):
    results = tuple(make_result(f"a.x{n}", warn("w" * 99), note="é" * 99) for n in range(40))
    assert len(encode_report(Report(results), room)) <= room


def test_of_many_findings_the_worst_stay_and_it_takes_no_time():
    """One at a time would be a thousand reports written for the one that fits."""
    findings = [warn("w" * 50) for _ in range(5000)] + [fail("the one that counts")]
    whole = Report((make_result("a.x", *findings),))
    started = time.perf_counter()
    kept = decode_report(encode_report(whole, 8000))
    assert time.perf_counter() - started < 2
    assert kept.findings[0][1].message == "the one that counts"
    assert len(kept.findings) + kept.truncated == 5001
    assert len(kept.findings) > 80
