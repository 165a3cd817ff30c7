"""The words everything else speaks: status, stage, finding, result, report.

All of them are frozen and made of plain data, so that they cross threads, processes and layers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import IntEnum
from types import UnionType
from typing import Any, TypeVar

T = TypeVar("T")


class Status(IntEnum):
    """How bad: ``pass < skip < warn < fail``. A skip never makes a report worse."""

    PASS = 0
    SKIP = 1
    WARN = 2
    FAIL = 3

    @property
    def label(self) -> str:
        """The name in lower case, as people and machines read it."""
        return self.name.lower()

    @property
    def wire(self) -> str:
        """What goes over the wire: only ``pass``, ``warn`` and ``fail``."""
        return "pass" if self is Status.SKIP else self.label


class Stage(IntEnum):
    """When a check can run; each stage sees what the stages before it see."""

    FILES = 0
    MASTER = 1
    APP = 2
    WORKER = 3
    LIVE = 4


@dataclass(frozen=True, slots=True)
class Finding:
    """One trouble.

    ``where`` is ``file:line`` or another place a person can go to; ``observed`` and ``limit`` are
    numbers in ``unit``; ``component`` is the part it is about (an engine, a server).
    """

    status: Status
    message: str
    hint: str = ""
    where: str = ""
    observed: float | str | None = None
    limit: float | str | None = None
    unit: str = ""
    component: str = ""


def warn(message: str, **details: Any) -> Finding:
    """A finding that is likely a trouble: shown, but the service stays up."""
    return Finding(Status.WARN, message, **details)


def fail(message: str, **details: Any) -> Finding:
    """A finding that is certainly a trouble: the health check answers 503."""
    return Finding(Status.FAIL, message, **details)


@dataclass(frozen=True, slots=True)
class Result:
    """One run of one check, also when it passes.

    ``time`` is seconds since the epoch, ``duration`` seconds; ``note`` says what was seen when all
    is well ("30 registered, 214 routes"), ``reason`` why the check was skipped.
    """

    id: str
    status: Status
    stage: Stage
    findings: tuple[Finding, ...] = ()
    duration: float = 0.0
    time: float = 0.0
    note: str = ""
    reason: str = ""

    @property
    def area(self) -> str:
        """What stands before the dot of the id."""
        return self.id.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Attempt:
    """What a check of ours does next, told before what may hang: each has the deadline for itself,
    and past it the result says which it was."""

    what: str
    component: str = ""


def worst(statuses: Iterable[Status]) -> Status:
    """The worst of some statuses; skips do not count, and nothing at all passes."""
    return max((s for s in statuses if s is not Status.SKIP), default=Status.PASS)


def _merge(one: Result, other: Result) -> Result:
    """Both; one that was skipped adds nothing."""
    if Status.SKIP in (one.status, other.status):
        return other if one.status is Status.SKIP else one
    return replace(
        one,
        status=worst((one.status, other.status)),
        findings=one.findings + other.findings,
        duration=one.duration + other.duration,
        note="; ".join(note for note in (one.note, other.note) if note),
    )


@dataclass(frozen=True, slots=True)
class Report:
    """The results of a run. ``truncated`` findings did not fit where it came through."""

    results: tuple[Result, ...] = ()
    truncated: int = 0

    @property
    def status(self) -> Status:
        """The worst status of the results."""
        return worst(result.status for result in self.results)

    @property
    def verdict(self) -> Status:
        """The status for who has asked for a look: where nothing was looked at, nothing has passed."""
        looked = any(result.status is not Status.SKIP for result in self.results)
        return self.status if looked else Status.WARN

    @property
    def findings(self) -> tuple[tuple[Result, Finding], ...]:
        """Every finding with the result it belongs to, worst first."""
        pairs = [(result, finding) for result in self.results for finding in result.findings]
        return tuple(sorted(pairs, key=lambda pair: -pair[1].status))

    def count(self, status: Status) -> int:
        """How many results have this status."""
        return sum(result.status is status for result in self.results)

    def merged(self) -> Report:
        """Results of the same id as one: told from the deploy files, and from a running app."""
        found: dict[str, Result] = {}
        for result in self.results:
            known = found.get(result.id)
            found[result.id] = result if known is None else _merge(known, result)
        return Report(tuple(found.values()), self.truncated)

    def __add__(self, other: Report) -> Report:
        return Report(self.results + other.results, self.truncated + other.truncated)

    def to_data(self) -> dict[str, Any]:
        """Plain data for JSON; what is empty is left out."""
        data: dict[str, Any] = {"results": [_result_to_data(r) for r in self.results]}
        if self.truncated:
            data["truncated"] = self.truncated
        return data

    @classmethod
    def from_data(cls, data: Any) -> Report:
        """The reverse of :meth:`to_data`.

        :raises ValueError: when this is no report: it may come from where anything was written.
        """
        try:
            results = tuple(_result_from_data(item) for item in data["results"])
            return cls(results, _as(int, data.get("truncated", 0)))
        except (AttributeError, KeyError, TypeError) as error:
            raise ValueError(f"this is no report: {error!r}") from None


_FINDING_FIELDS = ("hint", "where", "observed", "limit", "unit", "component")
_KINDS = {"observed": float | int | str, "limit": float | int | str}
_EVER = 1e10


def _finding_to_data(finding: Finding) -> dict[str, Any]:
    data: dict[str, Any] = {"status": finding.status.label, "message": finding.message}
    for name in _FINDING_FIELDS:
        value = getattr(finding, name)
        if value not in (None, ""):
            data[name] = value
    return data


def _result_to_data(result: Result) -> dict[str, Any]:
    data: dict[str, Any] = {
        "id": result.id,
        "status": result.status.label,
        "stage": result.stage.name.lower(),
        "duration": round(result.duration, 6),
        "time": round(result.time, 3),
    }
    if result.findings:
        data["findings"] = [_finding_to_data(finding) for finding in result.findings]
    if result.note:
        data["note"] = result.note
    if result.reason:
        data["reason"] = result.reason
    return data


def _finding_from_data(data: dict[str, Any]) -> Finding:
    details = {
        name: _as(_KINDS.get(name, str), data[name]) for name in _FINDING_FIELDS if name in data
    }
    return Finding(Status[data["status"].upper()], _as(str, data["message"]), **details)


def _result_from_data(data: dict[str, Any]) -> Result:
    return Result(
        id=_as(str, data["id"]),
        status=Status[data["status"].upper()],
        stage=Stage[data["stage"].upper()],
        findings=tuple(_finding_from_data(item) for item in data.get("findings", ())),
        duration=_seconds(data["duration"]),
        time=_seconds(data["time"]),
        note=_as(str, data.get("note", "")),
        reason=_as(str, data.get("reason", "")),
    )


def _as(kind: type[T] | UnionType, value: T) -> T:
    if not isinstance(value, kind):
        raise TypeError(f"{type(value).__name__} in place of {kind}")
    return value


def _seconds(value: Any) -> float:
    """Such as a calendar has: of the years that a date can be in."""
    if not abs(_as(int | float, value)) < _EVER:
        raise ValueError(f"{value} seconds")
    return float(value)
