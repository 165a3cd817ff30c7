"""Running checks: whatever a check does, it becomes a result."""

from __future__ import annotations

import decimal
import json
import os
import threading
import time
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask, current_app, has_app_context

from flask_bootcheck.boot import Instance, Server, Trial
from flask_bootcheck.deploy.plan import DeployPlan, Place, PlannedService, Value
from flask_bootcheck.findings import Finding, Report, Stage, Status, fail, warn
from flask_bootcheck.formats.compact import decode_report, encode_report
from flask_bootcheck.formats.health_json import render_health
from flask_bootcheck.redaction import Redactor
from flask_bootcheck.registry import check
from flask_bootcheck.runner import Execution, run, run_inline, runs_inline

from .helpers import make_boot, wait_until

APP = Flask("app")


def plain(text):
    return text


def run_one(function, *, builtin=False, stage=Stage.LIVE, needs=None, boot=None, redact=plain):
    """The one result of a function as a check."""
    made = replace(check("my.check", stage=stage, needs=needs)(function), builtin=builtin)
    (result,) = run([made], boot or make_boot(app=APP), redact).results
    return result


def yields(*items):
    return lambda: iter(items)


@pytest.mark.parametrize(
    ("function", "status", "named", "note"),
    [
        (lambda: None, "pass", [], ""),
        (lambda: True, "pass", [], ""),
        (lambda: "30 registered", "pass", [], "30 registered"),
        (lambda: False, "fail", ["False"], ""),
        (lambda: fail("gone"), "fail", ["gone"], ""),
        (yields("one", [warn("two"), None], "three"), "warn", ["two"], "one; three"),
        (dict, "warn", [" dict"], ""),
        (lambda: b"x", "warn", [" bytes"], ""),
        (lambda: 1, "warn", [" int"], ""),
        (lambda: 1 / 0, "fail", ["ZeroDivisionError: division by zero"], ""),
        (lambda: next(iter(())), "fail", ["StopIteration"], ""),
    ],
)
@pytest.mark.parametrize("stage", [Stage.APP, Stage.LIVE])
def test_what_a_function_gives_back_becomes_a_result(function, status, named, note, stage):
    result = run_one(function, stage=stage)
    assert result.status.label == status
    for finding, name in zip(result.findings, named, strict=True):
        assert name in finding.message
    assert (result.note, result.stage) == (note, stage)


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt(), GeneratorExit()])
def test_a_check_of_the_user_may_exit_and_only_fails(error):
    def leave():
        raise error

    result = run_one(leave)
    assert result.status is Status.FAIL
    assert type(error).__name__ in result.findings[0].message


def test_a_built_in_check_that_crashes_is_our_bug_and_only_warns():
    result = run_one(lambda: 1 / 0, builtin=True, stage=Stage.APP)
    assert result.status is Status.WARN
    assert result.findings[0].message.startswith("this check itself failed: ZeroDivisionError")


def test_in_the_thread_of_a_worker_an_exit_is_not_caught():
    """There a SystemExit can be the server's."""

    def leave():
        raise SystemExit

    made = check("my.check")(leave)
    with pytest.raises(SystemExit):
        run_inline(made, make_boot(app=APP), plain)
    assert run_inline(made, make_boot(app=APP), plain, catch=BaseException).status is Status.FAIL


def test_checks_from_the_app_stage_on_run_inside_its_context():
    def name():
        return current_app.name if has_app_context() else "none"

    assert run_one(name).note == "app"
    assert run_one(name, stage=Stage.FILES).note == "none"


@pytest.mark.parametrize(
    ("facts", "options", "reason"),
    [
        ({}, {}, "no app here"),
        ({}, {"stage": Stage.MASTER}, ""),
        ({"app": APP}, {"needs": "server"}, "no server here"),
        ({"app": APP, "server": Server("gunicorn")}, {"needs": "server"}, ""),
        ({"app": APP}, {"needs": "instance"}, "no running server here"),
        ({"instance": Instance(1)}, {"needs": "instance"}, ""),
        ({"app": APP}, {"needs": "trial"}, "only in a trial"),
        ({"app": APP}, {"needs": "loaded"}, "only in a trial"),
        ({"trial": Trial("shop", 1.0)}, {"needs": "loaded"}, "no app here"),
        ({"app": APP, "trial": Trial("shop", 1.0)}, {"needs": "loaded"}, ""),
        ({"app": APP}, {"needs": "sqlalchemy"}, "no SQLAlchemy engine on this app"),
        ({"settings": {"skip": "my"}}, {"stage": Stage.FILES}, "switched off by BOOTCHECK_SKIP"),
        ({"settings": {"skip": "my.check"}, "app": APP}, {}, "switched off by BOOTCHECK_SKIP"),
    ],
)
def test_what_cannot_or_shall_not_run_is_skipped_with_the_reason(facts, options, reason):
    ran = []
    result = run_one(lambda: ran.append(1), boot=make_boot(**facts), **options)
    assert (result.status is Status.SKIP, result.reason) == (bool(reason), reason)
    assert bool(ran) is not bool(reason)


@pytest.mark.parametrize(
    ("builtin", "stage", "needs", "expected"),
    [
        (True, Stage.APP, None, True),
        (True, Stage.LIVE, "sqlalchemy", False),
        (True, Stage.LIVE, "instance", True),
        (False, Stage.APP, None, False),
    ],
)
def test_only_what_is_known_to_be_quick_has_no_thread(builtin, stage, needs, expected):
    made = replace(check("my.check", stage=stage, needs=needs)(plain), builtin=builtin)
    assert runs_inline(made) is expected


def test_no_text_of_a_result_keeps_a_secret():
    secret = "hunter-22"
    redact = Redactor([secret])

    def tell():
        yield f"seen {secret}"
        yield fail(secret, hint=secret, where=secret, observed=secret, limit=secret)
        yield fail("x", component=secret, unit=secret)

    assert secret not in str(run_one(tell, redact=redact))
    assert secret not in str(run_one(lambda: int(secret), redact=redact))


def test_a_finding_is_plain_data_whatever_a_user_put_into_it():
    """It goes over the board and the wire as JSON, into logs and onto terminals."""
    finding = fail(
        os.fsdecode(b"caf\xe9"),
        where=threading.Lock(),
        observed=decimal.Decimal("1.5"),
        limit=float("nan"),
    )
    result = run_one(lambda: finding)
    kept = result.findings[0]
    assert (kept.message, kept.observed, kept.limit) == ("caf\\udce9", "1.5", "nan")
    json.dumps([kept.where, kept.message], allow_nan=False).encode()
    assert run_one(lambda: fail("x", observed=0, limit=0.5)).findings[0].limit == 0.5


def test_a_check_that_hangs_fails_at_its_deadline_and_the_others_run():
    gate = threading.Event()
    boot = make_boot({"timeout": 0.5}, app=APP)
    checks = [check("a.hangs")(gate.wait), check("b.runs")(lambda: "fine")]
    hung, fine = run(checks, boot, plain).results
    gate.set()
    assert hung.findings[0].message == "no answer in 0.5 s"
    assert hung.findings[0].limit == 0.5
    assert (fine.status, fine.note) == (Status.PASS, "fine")


def test_a_hung_check_is_not_started_again_until_it_returns():
    gate, runs = threading.Event(), []

    def hang():
        runs.append(1)
        gate.wait()

    execution = Execution(check("a.hangs")(hang), plain)
    boot = make_boot({"timeout": 0.01}, app=APP)
    for _ in range(3):
        execution.start(boot)
        wait_until(lambda: not execution.is_pending())
        assert execution.result().status is Status.FAIL
    wait_until(lambda: runs)
    assert len(runs) == 1
    gate.set()
    wait_until(lambda: execution.result().status is Status.PASS)
    execution.start(boot)
    wait_until(lambda: len(runs) == 2)


def test_boot_checks_have_the_boot_timeout():
    gate = threading.Event()
    boot = make_boot({"timeout": 60, "boot_timeout": 0.05}, app=APP)
    result = run_one(gate.wait, stage=Stage.WORKER, boot=boot)
    gate.set()
    assert result.findings[0].limit == 0.05


def test_a_process_without_another_thread_says_so():
    def refuse(target, name):
        raise RuntimeError("can't start new thread")

    execution = Execution(check("a.x")(plain), plain, refuse)
    execution.start(make_boot(app=APP))
    assert not execution.is_pending()
    assert "can't start new thread" in execution.result().findings[0].message


def test_a_result_says_when_it_was_and_how_long_it_took():
    before = time.time()
    result = run_one(lambda: time.sleep(0.02))
    assert before <= result.time <= time.time()
    assert 0.02 <= result.duration < 1


def planned(path):
    """A plan whose one service has this health path."""
    place = Place("railway.toml", 4)
    paths = (Value(path, place),) if path else ()
    service = PlannedService("railway", "web", "web", health_paths=paths)
    return DeployPlan(("railway.toml",), services=(service,))


@pytest.mark.parametrize(
    ("needs", "facts", "status"),
    [
        ("plan", {}, "skip"),
        ("plan", {"plan": planned("")}, "pass"),
        ("health-path", {"plan": planned("/health")}, "skip"),
        ("health-path", {"app": APP}, "skip"),
        ("health-path", {"app": APP, "plan": planned("")}, "skip"),
        ("health-path", {"app": APP, "plan": planned("/health")}, "pass"),
    ],
)
def test_what_needs_the_deploy_files_is_skipped_without(needs, facts, status):
    result = run_one(lambda: None, builtin=True, needs=needs, boot=make_boot(**facts))
    assert result.status.label == status


class Unsayable(Exception):
    """What cannot even be put into words."""

    def __str__(self) -> str:
        raise ValueError("no")


#: What stands where a text or a status should.
JUNK: Any = [Unsayable(), "purple", b"x", [1]]


def raises_unsayable():
    raise Unsayable


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (raises_unsayable, "Unsayable: <Unsayable>"),
        (lambda: fail(JUNK[0]), "<Unsayable>"),
        (lambda: fail("x", observed=10**5000, limit=float("nan")), "x"),
        (lambda: Finding(JUNK[1], JUNK[2], where=JUNK[3]), "b'x'"),
        (lambda: fail("x" * 10**6), "x" * 1999 + "…"),
    ],
    ids=["raised", "message", "numbers", "status", "huge"],
)
def test_whatever_a_check_gives_back_can_be_written_down(function, message):
    """Else nothing could be posted any more, and what was known before would be shown for ever."""
    result = run_one(function)
    assert (result.status, result.findings[0].message) == (Status.FAIL, message)
    assert decode_report(encode_report(Report((result,)), 8000)).findings[0][1].message == message
    assert (
        message
        in json.loads(render_health(Report((result,)), "all"))["checks"]["my.check"][0]["output"]
    )


def test_a_secret_at_the_place_where_a_text_is_cut_is_masked():
    text = "x" * 1990 + "hunter-22" * 3 + "y" * 10**6
    result = run_one(lambda: fail(text), redact=Redactor(["hunter-22"]))
    assert "hunter" not in result.findings[0].message


def test_nor_is_half_of_one_shown_when_those_before_it_were_masked():
    """A text gets shorter by them, and its cut end comes into view."""
    secret = "hunter-22-" * 9
    text = f"{secret} " * 100
    result = run_one(lambda: fail(text), redact=Redactor([secret]))
    assert "hunter" not in result.findings[0].message


def test_the_clock_of_the_machine_does_not_matter_for_how_long_it_took(monkeypatch):
    """It is set back an hour while a check hangs."""
    gate = threading.Event()
    execution = Execution(check("a.x")(gate.wait), plain)
    execution.start(make_boot({"timeout": 0.05}, app=APP))
    earlier = time.time() - 3600
    monkeypatch.setattr(time, "time", lambda: earlier)
    wait_until(lambda: not execution.is_pending())
    result = execution.result()
    gate.set()
    assert 0 <= float(result.findings[0].observed or -1) < 60
    assert 0 < result.duration < 60
