"""The findings in SARIF 2.1.0, which code scanning of GitHub and others take."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from ..findings import Finding, Report, Status
from .text import NOTHING
from .where import place_of

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {Status.FAIL: "error", Status.WARN: "warning"}


def render_sarif(
    report: Report,
    prefix: str = "",
    summaries: Mapping[str, str] | None = None,
    version: str = "",
) -> str:
    """One run with a rule for each check that found something.

    :param prefix: the folder of the project below the root of the repository.
    :param summaries: what holds when all is well, by the id of the check.
    """
    ids = sorted({result.id for result, _ in report.findings})
    driver: dict[str, Any] = {
        "name": "flask-bootcheck",
        "rules": [_rule(check_id, (summaries or {}).get(check_id, "")) for check_id in ids],
    }
    if version:
        driver["version"] = version
    results = [_result(r.id, ids.index(r.id), f, prefix) for r, f in report.findings]
    run: dict[str, Any] = {
        "tool": {"driver": driver},
        "results": results,
        "columnKind": "utf16CodeUnits",
    }
    if report.verdict is not report.status:
        told = {"level": "warning", "message": {"text": NOTHING}}
        run["invocations"] = [{"executionSuccessful": True, "toolExecutionNotifications": [told]}]
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def _rule(check_id: str, summary: str) -> dict[str, Any]:
    rule: dict[str, Any] = {"id": check_id}
    if summary:
        rule["shortDescription"] = {"text": summary}
    rule["help"] = {"text": f"flask bootcheck explain {check_id}"}
    return rule


def _result(check_id: str, index: int, finding: Finding, prefix: str) -> dict[str, Any]:
    hint = f"\n{finding.hint}" if finding.hint else ""
    found: dict[str, Any] = {
        "ruleId": check_id,
        "ruleIndex": index,
        "level": _LEVELS[finding.status],
        "message": {"text": f"{finding.message}{hint}"},
    }
    if (place := place_of(finding.where, prefix)) is not None:
        file, line = place
        location = {"artifactLocation": {"uri": quote(file)}, "region": {"startLine": line}}
        found["locations"] = [{"physicalLocation": location}]
    return found
