"""The report for people: a line an area when all is well, and every finding with its hint."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..findings import Finding, Report, Result, Status

_AREA_WIDTH = 12
#: What there is to say of a run in which every check was skipped, or that had none.
NOTHING = "nothing was looked at"


def render_text(report: Report) -> str:
    """The whole report. Lines are not wrapped: a terminal does that better."""
    return "\n".join([*area_lines(report), summary_line(report)])


def area_lines(report: Report) -> Iterator[str]:
    """What was seen in each area, in the order of the checks."""
    for area, results in _by_area(report.results).items():
        yield from _lines_of_area(area, results)


def summary_line(report: Report) -> str:
    """Such as ``FAIL: 1 failed, 1 warning, 21 passed, 2 skipped``. A run that has looked at nothing
    says so."""
    warnings = report.count(Status.WARN)
    parts = [
        (report.count(Status.FAIL), "failed"),
        (warnings, "warning" if warnings == 1 else "warnings"),
        (report.count(Status.PASS), "passed"),
        (report.count(Status.SKIP), "skipped"),
    ]
    said = [f"{count} {word}" for count, word in parts if count]
    if report.verdict is not report.status:
        said = [NOTHING, *said]
    return f"{report.verdict.label.upper()}: {', '.join(said)}"


def finding_line(check_id: str, finding: Finding) -> str:
    """One line: ``FAIL  database.unreachable  postgresql://***@db/shop: connection refused``."""
    where = f" ({one_line(finding.where)})" if finding.where else ""
    return f"{finding.status.label.upper()}  {check_id}  {one_line(finding.message)}{where}"


def one_line(text: str) -> str:
    """A text that cannot look like a line of its own, as of a log."""
    return " ".join(text.split())


def _by_area(results: Iterable[Result]) -> dict[str, list[Result]]:
    areas: dict[str, list[Result]] = {}
    for result in results:
        areas.setdefault(result.area, []).append(result)
    return areas


def _lines_of_area(area: str, results: list[Result]) -> Iterator[str]:
    label = area.ljust(_AREA_WIDTH)
    lines = [line for result in results for line in _lines_of_findings(result)]
    notes = [r.note for r in results if r.note and not r.findings]
    if notes:
        lines.insert(0, "; ".join(notes))
    if not lines:
        lines = [_nothing_to_say(results)]
    for line in lines:
        yield f"{label} {line}".rstrip()
        label = " " * _AREA_WIDTH


def _lines_of_findings(result: Result) -> Iterator[str]:
    for finding in result.findings:
        yield finding_line(result.id, finding)
        if finding.hint:
            yield f"hint  {one_line(finding.hint)}"


def _nothing_to_say(results: list[Result]) -> str:
    reasons = list(dict.fromkeys(result.reason for result in results if result.reason))
    passed = any(result.status is Status.PASS for result in results)
    return "ok" if passed else f"skipped: {', '.join(reasons)}"
