"""What a check of the user's may do, and what becomes of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import current_app

from flask_bootcheck import Stage, fail, warn

from .watched import entry, health_when, is_settled, with_check


def raises() -> None:
    raise ValueError("no route to host")


def exits() -> None:
    raise SystemExit(3)


def interrupts() -> None:
    raise KeyboardInterrupt


def yields() -> Iterator[Any]:
    yield warn("slow")
    yield [fail("stuck", hint="restart it")]


def looks_at_the_app() -> bool:
    return current_app.name == "shop"


def looks_at_the_boot(boot: Any) -> bool:
    return bool(boot.app.name == "shop" and boot.settings.ttl)


@pytest.mark.parametrize("stage", [Stage.APP, Stage.WORKER, Stage.LIVE])
@pytest.mark.parametrize(
    ("function", "status", "named"),
    [
        (raises, "fail", "ValueError: no route to host"),
        (exits, "fail", "SystemExit: 3"),
        (interrupts, "fail", "KeyboardInterrupt"),
        (lambda: False, "fail", "False"),
        (lambda: fail("stuck"), "fail", "stuck"),
        (lambda: warn("slow"), "warn", "slow"),
        (lambda: 3, "warn", " int"),
        (lambda: None, "pass", None),
        (lambda: True, "pass", None),
        (lambda: "12 jobs", "pass", None),
        (looks_at_the_app, "pass", None),
        (looks_at_the_boot, "pass", None),
    ],
)
def test_what_a_check_does_becomes_its_status(function, status, named, stage):
    app = with_check(function, stage)
    answer = health_when(app, is_settled)
    assert entry(answer, "queue.stuck")["status"] == status
    output = entry(answer, "queue.stuck").get("output", "")
    assert bool(output) is bool(named)
    assert (named or "") in output
    assert answer.status_code == (503 if status == "fail" else 200)
    assert answer.json["status"] == status


def test_all_findings_of_a_generator_are_told():
    answer = health_when(with_check(yields), is_settled)
    found = answer.json["checks"]["queue.stuck"]
    assert [(one["status"], one["output"]) for one in found] == [
        ("warn", "slow"),
        ("fail", "stuck"),
    ]
    assert found[1]["hint"] == "restart it"


def test_a_secret_in_an_error_is_masked():
    def leaks() -> None:
        raise ConnectionError("redis://shop:hunter22@cache:6379 refused")

    answer = health_when(with_check(leaks), is_settled)
    assert "hunter22" not in answer.text
    assert "redis://***@cache:6379 refused" in answer.text
