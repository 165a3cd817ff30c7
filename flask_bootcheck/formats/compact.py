"""The report in a slot of the board: as short as can be, and never longer than its room."""

from __future__ import annotations

import json
from bisect import bisect_left
from dataclasses import replace

from ..findings import Finding, Report


def encode_report(report: Report, room: int) -> bytes:
    """A report as compact JSON in at most ``room`` bytes.

    What does not fit is left out, whole findings at a time and the mildest first, then results that
    pass; statuses stay. ``truncated`` counts the findings that are gone.
    """
    if len(_to_json(report)) > room:
        report = _with_fewer(report, room)
    while len(text := _to_json(report)) > room:
        if any(result.note for result in report.results):
            report = replace(report, results=tuple(replace(r, note="") for r in report.results))
        else:
            kept = sorted(report.results, key=lambda result: -result.status)[
                : len(report.results) // 2
            ]
            report = replace(report, results=tuple(kept))
    return text


def decode_report(data: bytes) -> Report:
    """The reverse, as far as it was kept."""
    return Report.from_data(json.loads(data)) if data else Report()


def _with_fewer(report: Report, room: int) -> Report:
    """With as many of the worst findings as there is room for; by halving, as there may be many."""
    findings = [finding for _, finding in report.findings]
    count = bisect_left(
        range(len(findings)),
        True,
        key=lambda n: len(_to_json(_with(report, findings[: n + 1]))) > room,
    )
    return _with(report, findings[:count])


def _with(report: Report, findings: list[Finding]) -> Report:
    kept = {id(finding) for finding in findings}
    results = tuple(
        replace(result, findings=tuple(f for f in result.findings if id(f) in kept))
        for result in report.results
    )
    gone = sum(len(result.findings) for result in report.results) - len(findings)
    return Report(results, report.truncated + gone)


def _to_json(report: Report) -> bytes:
    return json.dumps(report.to_data(), separators=(",", ":"), ensure_ascii=False).encode()
