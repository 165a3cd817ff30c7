"""The report in the log: one readable block, or one line."""

from __future__ import annotations

from collections.abc import Iterable

from ..boot import Boot
from ..findings import Report, Status
from .text import area_lines, finding_line, one_line, summary_line


def boot_block(report: Report, boot: Boot) -> str:
    """What the instance looks like once it has booted."""
    return _block(f"bootcheck: booted{_on(boot)}, {summary_line(report)}", area_lines(report))


def worker_block(pid: int, report: Report) -> str:
    """A worker whose boot checks fail: what fails, and nothing else."""
    failing = Report(tuple(r for r in report.results if r.status is Status.FAIL))
    return _block(f"bootcheck: worker {pid} does not boot whole", area_lines(failing))


def change_line(before: Status, report: Report) -> str:
    """The new status, with what is behind it."""
    said = f"bootcheck: {before.label} -> {report.status.label}"
    shown = [
        "; ".join(filter(None, (finding_line(result.id, finding), one_line(finding.hint))))
        for result, finding in report.findings
        if finding.status is report.status
    ]
    return " | ".join([said, *shown])


def _on(boot: Boot) -> str:
    server = boot.server
    if server is None:
        return ""
    what = " ".join(part for part in (server.name, server.version, server.worker_class) if part)
    return f" on {what}"


def _block(title: str, lines: Iterable[str]) -> str:
    return "\n".join([title, *(f"  {line}" for line in lines)])
