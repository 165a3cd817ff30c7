"""What a check has said so far, and what it is at."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from flask import Flask

from flask_bootcheck.findings import Attempt, Finding, Status, fail, warn
from flask_bootcheck.registry import check
from flask_bootcheck.runner import Execution
from flask_bootcheck.said import Said

from .helpers import make_boot, wait_until


def test_findings_notes_and_attempts_are_told_apart():
    tried: list[Attempt] = []
    said = Said(tried.append)
    said.take([Attempt("a", "x"), fail("stuck"), ["seen", None, True], False])
    assert [finding.message for finding in said.findings] == ["stuck", "the check returned False"]
    assert (said.notes, tried) == (["seen"], [Attempt("a", "x")])


@pytest.mark.parametrize("nothing", [3, {"ok": 1}])
def test_what_says_nothing_is_a_warning(nothing):
    said = Said()
    said.take(nothing)
    assert said.findings[0].status is Status.WARN
    name = type(nothing).__name__
    assert said.findings[0].message == f"the check returned a {name}, which says nothing"


def test_past_the_deadline_the_attempt_is_named_and_what_was_found_is_kept():
    gate, at_it = threading.Event(), threading.Event()

    def look():
        yield Attempt("first")
        yield warn("slow")
        yield Attempt("the second at hunter-22", "b")
        at_it.set()
        gate.wait()

    execution = Execution(check("a.b")(look), lambda text: text.replace("hunter-22", "***"))
    execution.start(make_boot({"timeout": 0.05}, app=Flask("shop")))
    wait_until(lambda: at_it.is_set() and not execution.is_pending())
    slow, late = execution.result().findings
    gate.set()
    assert slow.message == "slow"
    assert late.message.startswith("the second at ***: ")
    assert late.message.endswith(" 0.05 s")
    assert late.component == "b"
    assert late.status is execution.result().status is Status.FAIL


def test_a_check_of_ours_that_waits_for_the_thread_of_another_warns():
    """It has found nothing: the one before it fails, and says of what."""
    waiting = replace(check("a.b")(lambda: Finding(Status.FAIL, "x")), builtin=True)
    execution = Execution(waiting, str, start=lambda target, name: None)
    execution.start(make_boot({"timeout": 0.01}, app=Flask("shop")))
    wait_until(lambda: not execution.is_pending())
    (finding,) = execution.result().findings
    assert finding.status is Status.WARN
    assert "a check before it has not come back" in finding.message


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ("warn", Status.WARN),
        ("FAIL", Status.FAIL),
        (2, Status.WARN),
        ("purple", Status.FAIL),
        (None, Status.FAIL),
        (17, Status.FAIL),
    ],
)
def test_a_finding_has_a_status_whatever_stands_there(given, status):
    said = Said()
    said.take(Finding(given, "slow"))
    assert said.findings == [Finding(status, "slow")]
    assert type(said.findings[0].status) is Status


@pytest.mark.parametrize("thing", [None, "x", fail("stuck")], ids=["nothing", "notes", "findings"])
def test_of_a_generator_without_an_end_so_much_is_heard_and_no_more(thing):
    ended: list[bool] = []

    def endless():
        try:
            while True:
                yield thing
        finally:
            ended.append(True)

    said = Said(most=10)
    said.take(endless())
    assert len(said.notes) + len(said.findings) == (11 if thing is not None else 1)
    assert said.findings[-1].message.startswith("the check said 10 things and was not at its end")
    assert ended == [True]


def test_what_ends_in_time_is_heard_whole():
    said = Said(most=2)
    said.take([warn("a"), warn("b")])
    assert [finding.message for finding in said.findings] == ["a", "b"]
