"""Deploy files as people write them: each folder of ``files`` has what is to be found, and where."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from flask_bootcheck.boot import Boot
from flask_bootcheck.cli_deploy import report_on_files
from flask_bootcheck.deploy.reading import Asked, read_plan
from flask_bootcheck.limits import UNKNOWN
from flask_bootcheck.memory.saved import FILE_NAME, read_forecast
from flask_bootcheck.settings import read_settings

FILES = Path(__file__).parent / "files"


def report_on(folder, options):
    """The report on a folder, nothing of this machine in it."""
    settings = {"memory_limit": options.pop("memory_limit", None)}
    plan = read_plan(folder, Asked(**options))
    forecast, _ = read_forecast(folder / FILE_NAME)
    boot = Boot(read_settings(settings, environ={}), UNKNOWN, {}, plan=plan, forecast=forecast)
    return report_on_files(boot)


@pytest.mark.parametrize("case", sorted(path.name for path in FILES.iterdir()))
def test_what_is_found_and_where(case):
    expected = json.loads((FILES / case / "expected.json").read_text("utf-8"))
    report = report_on(FILES / case, expected.get("options", {}))
    found = [[f.status.label, result.id, f.where] for result, f in report.findings]
    assert sorted(found) == sorted(expected["findings"])


WORDS = [
    (
        "server.class-unavailable",
        "worker class eventlet is not in gunicorn 27.0.1 (the newest known, "
        "which requirements.txt:2 allows): it was removed in 26",
    ),
    ("workers.exceed-memory", "97 workers need 4461 MiB of 512 MiB; 8 fit with a headroom of 20%"),
    (
        "workers.from-host-cpus",
        "gunicorn_start.py:6 gives 97 workers on a host with 48 CPUs, "
        "whatever the container may use",
    ),
    (
        "deploy.disagree",
        "railway.toml and Procfile disagree: workers 1 (there 97), class sync (there eventlet)",
    ),
    ("deploy.file-not-read", "railway.toml is not read: what it says has no effect on Railway"),
]


@pytest.mark.parametrize(("check_id", "message"), WORDS)
def test_the_story_in_words(check_id, message):
    case = "story-before-with-forecast" if check_id.startswith("workers") else "story-before"
    report = report_on(FILES / case, {"memory_limit": "512M"})
    assert message in [f.message for result, f in report.findings if result.id == check_id]


def test_there_are_as_many_as_there_should_be():
    assert len([*FILES.iterdir()]) >= 40


def test_each_finding_says_what_to_do():
    for folder in FILES.iterdir():
        for result, finding in report_on(folder, {}).findings:
            assert finding.message, result.id
            assert finding.hint, result.id
