"""The answer of the health endpoint: how much is said depends on who asks."""

from __future__ import annotations

import json

import pytest

from flask_bootcheck.boot import Instance
from flask_bootcheck.findings import Report, Status, fail, warn
from flask_bootcheck.formats.health_json import render_health
from flask_bootcheck.limits import UNKNOWN, Limit, Limits

from ..helpers import make_result

FINDING = fail(
    "postgresql://***@db/shop: refused",
    hint="is it up?",
    where="main.py:3",
    observed=0,
    limit=1,
    unit="engines",
    component="default",
)
REPORT = Report(
    (
        make_result("app.import-failed", time=0.0),
        make_result("database.unreachable", FINDING, warn("slow"), time=86400.5),
        make_result("database.tables-missing", time=0.0),
        make_result("payroll.late", fail("nobody is paid"), time=0.0),
        make_result("workers.not-ready", status=Status.SKIP, time=0.0),
    ),
    truncated=3,
)


def answer(details, report=REPORT, **more):
    return json.loads(render_health(report, details, **more))


def test_the_status_alone_is_all_that_may_be_said():
    instance = Instance(1)
    assert answer("status", instance=instance, names={"releaseId": "x"}) == {"status": "fail"}


def test_anyone_sees_the_areas_that_everyone_has_and_nothing_of_them():
    """An area that a user named may tell what nobody should know."""
    said = answer("areas", instance=Instance(1), names={"releaseId": "x"})
    checks = {"database": [{"status": "fail"}], "workers": [{"status": "pass"}]}
    assert said == {"status": "fail", "checks": checks}


def test_the_details_have_every_finding_of_every_check():
    said = answer("all", names={"releaseId": "abc", "serviceId": ""})
    assert list(said["checks"]) == [result.id for result in REPORT.results]
    assert said["checks"]["app.import-failed"] == [
        {"status": "pass", "time": "1970-01-01T00:00:00Z"}
    ]
    assert said["checks"]["database.unreachable"] == [
        {
            "status": "fail",
            "componentId": "default",
            "observedValue": 0,
            "observedUnit": "engines",
            "limit": 1,
            "time": "1970-01-02T00:00:00Z",
            "output": FINDING.message,
            "hint": "is it up?",
            "where": "main.py:3",
        },
        {"status": "warn", "time": "1970-01-02T00:00:00Z", "output": "slow"},
    ]
    assert (said["releaseId"], said["truncated"]) == ("abc", 3)
    assert not {"serviceId", "workers", "memory"} & set(said)


def test_a_skip_passes_on_the_wire():
    assert answer("all")["checks"]["workers.not-ready"][0]["status"] == "pass"
    assert answer("all", Report(REPORT.results[-1:]))["status"] == "pass"


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        (Limits(Limit(512, "cgroup v2"), Limit(1, "x")), {"limit": 512, "source": "cgroup v2"}),
        (UNKNOWN, {"source": "unknown"}),
        (None, {}),
    ],
)
def test_the_instance_is_described_as_far_as_it_is_known(limits, expected):
    instance = Instance(2, booting=1, target=3, need=100, used=None)
    said = answer("all", instance=instance, limits=limits)
    words = {"target": 3, "ready": 2, "booting": 1, "failed": 0, "restarts": 0}
    assert words.items() <= said["workers"].items()
    assert "configured" not in said["workers"]
    assert said["memory"] == {**expected, "need": 100}
