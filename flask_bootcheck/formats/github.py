"""The findings as workflow commands of GitHub Actions: annotations on the lines they are about."""

from __future__ import annotations

from collections.abc import Iterator

from ..findings import Finding, Report, Status
from .text import NOTHING, summary_line
from .where import place_of

_LEVELS = {Status.FAIL: "error", Status.WARN: "warning"}


def render_github(report: Report, prefix: str = "") -> str:
    """A command a finding, and the summary.

    :param prefix: the folder of the project below the root of the repository.
    """
    return "\n".join([*_commands(report, prefix), summary_line(report)])


def _commands(report: Report, prefix: str) -> Iterator[str]:
    if report.verdict is not report.status:
        yield f"::warning title=flask bootcheck::{NOTHING}"
    for result, finding in report.findings:
        properties = [f"title={_property(result.id)}"]
        if (place := place_of(finding.where, prefix)) is not None:
            properties = [f"file={_property(place[0])}", f"line={place[1]}", *properties]
        yield f"::{_LEVELS[finding.status]} {','.join(properties)}::{_data(_said(finding))}"


def _said(finding: Finding) -> str:
    # What is no file and line has no annotation of its own, so it is said.
    where = f" ({finding.where})" if finding.where and place_of(finding.where) is None else ""
    return f"{finding.message}{where}\n{finding.hint}".rstrip()


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
