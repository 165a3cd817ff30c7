"""The report in a slot of the board: as short as can be, and never longer than its room."""

from __future__ import annotations

import json
from dataclasses import replace

from ..findings import Finding, Report


def encode_report(report: Report, room: int) -> bytes:
    """A report as compact JSON in at most ``room`` bytes.

    What does not fit is left out, whole findings at a time and the mildest first, then results that
    pass; statuses stay. ``truncated`` counts the findings that are gone.
    """
    findings = [finding for _, finding in report.findings]
    while len(text := _to_json(report)) > room:
        if findings:
            gone = findings.pop()
            report = _without(report, gone)
        elif any(result.note for result in report.results):
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


def _without(report: Report, gone: Finding) -> Report:
    results = tuple(
        replace(result, findings=tuple(f for f in result.findings if f is not gone))
        for result in report.results
    )
    return Report(results, report.truncated + 1)


def _to_json(report: Report) -> bytes:
    return json.dumps(report.to_data(), separators=(",", ":"), ensure_ascii=False).encode()
