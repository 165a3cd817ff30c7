"""The view: the instance as it was last looked at, and the answers built of that."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import cache
from typing import Literal

from .boot import Boot, Stage
from .findings import Report, Status
from .formats.health_json import render_health
from .platforms import detect_platform
from .settings import Details

Kind = Literal["health", "ready"]


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer ready to be sent; it fails with 503, else it is exactly 200."""

    is_up: bool
    body: bytes


@dataclass(frozen=True, slots=True)
class View:
    """A report and the boot it was made with; each answer is built when it is first asked for."""

    report: Report
    boot: Boot
    _answers: dict[tuple[Kind, Details], Answer] = field(default_factory=dict)

    def answer(self, kind: Kind, details: Details) -> Answer:
        """The answer to one kind of probe, as much of it as may be seen."""
        found = self._answers.get((kind, details))
        if found is None:
            found = self._answers[kind, details] = self._render(kind, details)
        return found

    def _render(self, kind: Kind, details: Details) -> Answer:
        report = self.report
        if kind == "ready":
            live = tuple(result for result in report.results if result.stage is Stage.LIVE)
            report = Report(live, report.truncated)
        text = render_health(report, details, self.boot.instance, self.boot.limits, _names())
        return Answer(report.status is not Status.FAIL, text.encode())


def _names() -> dict[str, str]:
    platform = detect_platform(os.environ)
    return {
        "releaseId": platform.release_id(os.environ),
        "serviceId": platform.service_id(os.environ),
        "description": _description(),
    }


def _description() -> str:
    try:
        return f"flask-bootcheck {_version()}".rstrip()
    except OSError:  # no descriptor left to read it with: another time
        return "flask-bootcheck"


@cache
def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("flask-bootcheck")
    except PackageNotFoundError:  # it is on the path without being installed
        return ""
