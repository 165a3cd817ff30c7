"""What several tests need."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import settings

from flask_bootcheck.boot import Boot
from flask_bootcheck.findings import Finding, Result, Stage, worst
from flask_bootcheck.limits import UNKNOWN
from flask_bootcheck.registry import Check
from flask_bootcheck.settings import read_settings

SECONDS = 10.0
#: Variables that would configure the app, its server, Python, us, or the terminal.
_FOREIGN = re.compile(
    r"(BOOTCHECK|FLASK|GUNICORN|RAILWAY|RENDER|FLY|HEROKU|DYNO|GITHUB)(_|$)"
    r"|(WEB_CONCURRENCY|PORT|DATABASE_URL|PYTHONPATH"
    r"|COLUMNS|LINES|NO_COLOR|FORCE_COLOR|CLICOLOR|CLICOLOR_FORCE)$"
)


def examples(count: int) -> int:
    """With how many examples a property is tried: so many in the gate, more of them in ``make fuzz``."""
    return count * settings().max_examples // 100


def wait_until(holds: Callable[[], Any], seconds: float = SECONDS) -> None:
    """Wait for something that comes soon; fail when it does not."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"not within {seconds:g} s"
        time.sleep(0.005)


def clean_environ() -> dict[str, str]:
    """Ours, without what would configure anything."""
    return {name: value for name, value in os.environ.items() if not _FOREIGN.match(name)}


def missing(what: str) -> None:
    """Skip what cannot be tested here; in CI everything must be."""
    if os.environ.get("CI"):
        pytest.fail(what)
    pytest.skip(what)


def story_python() -> str:
    """The Python with eventlet, which needs a gunicorn of its own."""
    python = os.environ.get("STORY_PYTHON", "")
    if not shutil.which(python):
        missing(f"STORY_PYTHON={python!r} is no Python with eventlet: make test builds one")
    return python


def make_boot(
    settings: dict[str, Any] | None = None,
    environ: dict[str, str] | None = None,
    **facts: Any,
) -> Boot:
    """A boot with some facts; nothing is read from the environment of the tests."""
    resolved = read_settings(settings, environ={})
    return Boot(resolved, facts.pop("limits", UNKNOWN), environ or {}, **facts)


def make_result(
    check_id: str = "some.trouble",
    *findings: Finding,
    stage: Stage = Stage.LIVE,
    **details: Any,
) -> Result:
    """A result, its status that of its findings unless given."""
    details.setdefault("status", worst(finding.status for finding in findings))
    return Result(check_id, stage=stage, findings=findings, **details)


def run_python(code: str) -> str:
    """What a fresh interpreter prints; it must succeed."""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def results_of(report: str) -> dict[str, dict[str, Any]]:
    """The results of a report in JSON, by the ids of their checks."""
    return {result["id"]: result for result in json.loads(report)["results"]}


def finding_of(report: str, check_id: str) -> dict[str, Any]:
    """The one finding that a check has in a report in JSON."""
    finding: dict[str, Any]
    [finding] = results_of(report)[check_id]["findings"]
    return finding


def findings_of(check: Check, boot: Boot) -> list[Finding]:
    """What a check finds, its notes left out."""
    return [item for item in check(boot) or () if isinstance(item, Finding)]


def notes_of(check: Check, boot: Boot) -> list[str]:
    """What a check says when all is well."""
    return [item for item in check(boot) or () if isinstance(item, str)]
