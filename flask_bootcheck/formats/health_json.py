"""The answer of the health endpoint, in ``application/health+json``.

After draft-inadarei-api-health-check; how much is said depends on who asks.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ..boot import Instance
from ..findings import Finding, Report, Result, worst
from ..limits import Limits
from ..settings import Details

#: What anyone may see. An area that a user named may tell what nobody should know.
PUBLIC_AREAS = ("blueprints", "database", "workers", "memory")


def render_health(
    report: Report,
    details: Details,
    instance: Instance | None = None,
    limits: Limits | None = None,
    names: Mapping[str, str] | None = None,
) -> str:
    """The answer as JSON.

    :param names: ``releaseId``, ``serviceId`` and ``description``, where known.
    """
    data: dict[str, Any] = {"status": report.status.wire}
    if details == "areas":
        data["checks"] = _areas(report)
    elif details == "all":
        data.update({name: value for name, value in (names or {}).items() if value})
        data["checks"] = {result.id: _entries(result) for result in report.results}
        if report.truncated:
            data["truncated"] = report.truncated
        if instance is not None:
            data["workers"] = _workers(instance)
            data["memory"] = _memory(instance, limits)
    return json.dumps(data, separators=(",", ":"))


def _areas(report: Report) -> dict[str, list[dict[str, str]]]:
    areas: dict[str, list[dict[str, str]]] = {}
    for area in PUBLIC_AREAS:
        statuses = [result.status for result in report.results if result.area == area]
        if statuses:
            areas[area] = [{"status": worst(statuses).wire}]
    return areas


def _entries(result: Result) -> list[dict[str, Any]]:
    time = datetime.fromtimestamp(result.time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if not result.findings:
        return [{"status": result.status.wire, "time": time}]
    return [_entry(finding, time) for finding in result.findings]


def _entry(finding: Finding, time: str) -> dict[str, Any]:
    entry = {
        "status": finding.status.wire,
        "componentId": finding.component,
        "observedValue": finding.observed,
        "observedUnit": finding.unit,
        "limit": finding.limit,
        "time": time,
        "output": finding.message,
        "hint": finding.hint,
        "where": finding.where,
    }
    return {name: value for name, value in entry.items() if value not in (None, "")}


def _workers(instance: Instance) -> dict[str, int | None]:
    words = {
        "configured": instance.configured,
        "target": instance.target,
        "ready": instance.ready,
        "booting": instance.booting,
        "failed": instance.failed,
        "restarts": instance.restarts,
    }
    known = {name: value for name, value in words.items() if value is not None}
    # Unknown is not none: who counts kills must not read a 0 that nobody has counted.
    return {**known, "oomKills": instance.kills}


def _memory(instance: Instance, limits: Limits | None) -> dict[str, Any]:
    words = {
        "limit": limits.memory.value if limits is not None else None,
        "source": limits.memory.source if limits is not None else None,
        "used": instance.used,
        "need": instance.need,
        "perWorker": instance.per_worker,
        "workersThatFit": instance.fits,
    }
    return {name: value for name, value in words.items() if value is not None}
