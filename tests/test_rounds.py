"""Rounds of checks beside a serving app."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from flask import Flask

from flask_bootcheck import rounds as module
from flask_bootcheck.findings import Stage, Status, fail
from flask_bootcheck.registry import check
from flask_bootcheck.rounds import Rounds

from .helpers import make_boot, wait_until

APP = Flask("app")


class Probe:
    """Checks that count their runs and say what they are told to."""

    def __init__(self) -> None:
        self.runs: list[str] = []
        self.says: dict[str, object] = {}
        self.gate = threading.Event()
        self.gate.set()
        self.done: list[tuple[bool, bool]] = []

    def check(self, check_id, *, builtin=False, **options):
        def function():
            self.runs.append(check_id)
            self.gate.wait()
            return self.says.get(check_id)

        return replace(check(check_id, **options)(function), builtin=builtin)

    def rounds(self, *checks, **settings):
        def done():
            self.done.append((made.boot_report is not None, made.live_report is not None))

        boot = make_boot({"timeout": 5, **settings}, app=APP)
        made = Rounds(checks, lambda: boot, str, done)
        return made


@pytest.fixture
def probe():
    probe = Probe()
    yield probe
    probe.gate.set()


def go(rounds):
    assert rounds.start()
    wait_until(lambda: not rounds.is_under_way)


def test_the_boot_checks_run_once_and_the_live_ones_every_round(probe):
    rounds = probe.rounds(
        probe.check("a.inline", builtin=True, stage=Stage.APP),
        probe.check("b.boot", stage=Stage.WORKER),
        probe.check("c.live"),
    )
    go(rounds)
    go(rounds)
    assert probe.runs == ["a.inline", "b.boot", "c.live", "c.live"]
    assert rounds.has_booted
    assert [result.id for result in rounds.report.results] == ["a.inline", "b.boot", "c.live"]


def test_it_is_told_when_the_boot_checks_have_run_and_at_the_end_of_each_round(probe):
    rounds = probe.rounds(probe.check("a.boot", stage=Stage.APP), probe.check("b.live"))
    go(rounds)
    assert probe.done == [(True, False), (True, True)]
    go(rounds)
    assert probe.done[2:] == [(True, True)]


def test_a_failed_boot_is_tried_again_until_it_passes(probe):
    rounds = probe.rounds(probe.check("a.boot", stage=Stage.APP))
    probe.says["a.boot"] = fail("not yet")
    go(rounds)
    assert not rounds.has_booted
    probe.says.clear()
    go(rounds)
    go(rounds)
    assert rounds.has_booted
    assert probe.runs == ["a.boot"] * 2


def test_there_is_one_round_at_a_time(probe):
    probe.gate.clear()
    rounds = probe.rounds(probe.check("a.live"))
    assert rounds.start()
    wait_until(lambda: probe.runs)
    assert [rounds.start() for _ in range(50)] == [False] * 50
    probe.gate.set()
    wait_until(lambda: not rounds.is_under_way)
    assert probe.runs == ["a.live"]


def test_live_checks_of_others_run_at_the_same_time(probe):
    barrier = threading.Barrier(3)

    def meet():
        barrier.wait(5)

    rounds = probe.rounds(*[check(f"a.x{number}")(meet) for number in range(3)])
    go(rounds)
    assert rounds.report.status is Status.PASS


def test_a_round_with_a_hung_check_comes_to_its_end(probe):
    probe.gate.clear()
    rounds = probe.rounds(probe.check("a.hangs"), timeout=0.03)
    go(rounds)
    assert rounds.report.results[0].findings[0].message.endswith(" 0.03 s")
    go(rounds)
    wait_until(lambda: probe.runs)
    assert probe.runs == ["a.hangs"]


def test_checks_over_the_whole_instance_are_left_to_whoever_merges(probe):
    rounds = probe.rounds(
        probe.check("a.all", builtin=True, needs="instance"),
        probe.check("b.user", needs="instance"),
        probe.check("c.live"),
    )
    go(rounds)
    assert probe.runs == ["c.live"]
    assert [result.id for result in rounds.report.results] == ["c.live"], "a skip is not shown"


def test_what_is_asked_too_early_fails_for_each_check_that_would_run(probe):
    rounds = probe.rounds(
        probe.check("a.boot", stage=Stage.APP),
        probe.check("b.live"),
        probe.check("c.server", needs="server"),
    )
    boot = make_boot(app=APP)
    early = rounds.overdue(boot)
    assert [(result.id, result.status) for result in early] == [
        ("a.boot", Status.FAIL),
        ("b.live", Status.FAIL),
    ]
    go(rounds)
    assert [result.id for result in rounds.overdue(boot)] == ["b.live"]


def test_a_process_without_another_thread_tries_again_at_the_next_probe(probe, monkeypatch):
    def refuse(target, name):
        raise RuntimeError("can't start new thread")

    rounds = probe.rounds(probe.check("a.live"))
    with monkeypatch.context() as patch:
        patch.setattr(module, "start_as_patched", refuse)
        assert not rounds.start()
    assert not rounds.is_under_way
    go(rounds)
    assert probe.runs == ["a.live"]


def test_an_inline_check_that_exits_does_not_end_the_round(probe):
    def leave():
        raise SystemExit(1)

    broken = replace(check("a.x", stage=Stage.APP)(leave), builtin=True)
    rounds = probe.rounds(broken, probe.check("b.live"))
    go(rounds)
    assert [result.status.label for result in rounds.report.results] == ["warn", "pass"]


def test_a_round_is_not_repeated_while_it_is_young(probe):
    """Who saw none before it ended, and comes to start one after, runs no check again."""
    rounds = probe.rounds(probe.check("a.live"))
    go(rounds)
    assert not rounds.start(60)
    assert probe.runs == ["a.live"]
    go(rounds)
    assert probe.runs == ["a.live"] * 2


def test_a_worker_does_not_look_at_deploy_files(probe):
    """It has none, and a skip of each would only fill its slot."""
    rounds = probe.rounds(
        probe.check("deploy.a", builtin=True, stage=Stage.FILES, needs="plan"),
        probe.check("config.b", builtin=True, needs="health-path"),
        probe.check("my.c", stage=Stage.APP),
    )
    go(rounds)
    assert probe.runs == ["my.c"]
    assert rounds.boot_report is not None
    assert [result.id for result in rounds.boot_report.results] == ["my.c"]
