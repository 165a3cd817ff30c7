"""One merged view of all live workers on a board."""

from __future__ import annotations

import os
import time
from dataclasses import replace

import pytest

from flask_bootcheck.board import Board, Slot, State
from flask_bootcheck.findings import Report, Stage, Status, fail, warn
from flask_bootcheck.memory.sample import KERNEL_BYTES, Sample
from flask_bootcheck.processes import start_time
from flask_bootcheck.snapshot import is_boot_over, merge, take_snapshot

from .helpers import make_result

NOW = time.monotonic()
SAMPLE = Sample(100, 50, 10, "smaps_rollup")


@pytest.fixture
def board():
    """A board, on which a test posts slots as if all were of this process."""
    return Board.private()


def post(board, *slots):
    pid = os.getpid()
    for slot in slots:
        board.post(board.claim(), replace(slot, pid=pid, started=start_time(pid)))


def worker(state=State.READY, **details):
    return Slot(0, 0, state, posted_at=NOW, **details)


def snap(board, master_need=None, used=None, count=None):
    return take_snapshot(board, 5, used, master_need, count)


def test_workers_are_counted_by_their_state(board):
    post(board, worker(), worker(), worker(State.BOOTING), worker(State.FAILED))
    post(board, worker(State.EXITING), worker(State.FREE))
    board["configured"], board["target"], board["restarts"] = 9, 6, 2
    instance = snap(board, used=77).instance
    assert (instance.ready, instance.booting, instance.failed) == (2, 1, 1)
    assert (instance.configured, instance.target, instance.restarts) == (9, 6, 2)
    assert instance.used == 77


def test_a_worker_that_is_gone_does_not_count(board):
    post(board, worker(report=Report((make_result("a.x", fail("gone")),))))
    board.post(0, replace(board.read(0), started=1))
    seen = snap(board)
    assert (seen.instance.ready, seen.report) == (0, Report())


@pytest.mark.parametrize(
    ("noted", "now", "kills"), [(8, 7, 0), (8, 10, 3), (1, 2, 2), (0, 10, None), (8, None, None)]
)
def test_kills_are_those_since_the_start_and_unknown_where_nobody_counts(board, noted, now, kills):
    board["kills_before"] = noted
    assert take_snapshot(board, 5, None, None, kills=now).instance.kills == kills


def test_an_empty_board_knows_nothing(board):
    instance = snap(board).instance
    assert (instance.ready, instance.target, instance.configured) == (0, None, None)
    assert (instance.booted, instance.need, instance.restarts) == (False, None, 0)


def test_the_latch_closes_when_all_were_ready_and_stays(board):
    board["target"] = 2
    post(board, worker())
    assert not snap(board).instance.booted
    post(board, worker())
    assert snap(board).instance.booted
    board.post(1, replace(board.read(1), state=State.FAILED))
    assert snap(board).instance.booted


def test_while_the_governor_decides_the_latch_stays_open(board):
    board["target"], board["deciding"] = 1, 1
    post(board, worker())
    assert not snap(board).instance.booted
    board["deciding"] = 0
    assert snap(board).instance.booted


def test_how_long_the_first_ready_worker_waits_for_the_others(board):
    board["target"] = 2
    post(board, worker(State.BOOTING))
    assert snap(board).instance.waited == 0
    post(board, replace(worker(), posted_at=time.monotonic() - 30))
    assert 30 <= snap(board).instance.waited < 40


def test_without_a_hook_in_the_master_the_newest_worker_knows_the_target(board):
    """Each was told the count of the moment it was forked, and its number."""
    post(board, worker(age=1, target=2), worker(age=7, target=4))
    instance = snap(board).instance
    assert (instance.target, instance.configured, instance.restarts) == (4, 4, 3)


@pytest.mark.parametrize(
    ("count", "target"), [(None, 4), (3, 3), (4, 4), (8, 4)], ids=["?", "TTOU", "same", "reload"]
)
def test_fewer_children_of_the_master_are_a_lower_target_and_more_are_not(board, count, target):
    """After SIGTTOU no worker is forked that could tell; in a reload both generations live."""
    post(board, worker(age=4, target=4))
    assert snap(board, count=count).instance.target == target
    board["target"] = 9
    assert snap(board, count=count).instance.target == 9, "a master that says so is right"


def test_the_need_is_that_of_all_measured_workers_and_the_master(board):
    post(board, worker(sample=SAMPLE), worker(sample=SAMPLE), worker())
    post(board, worker(State.BOOTING, sample=SAMPLE))
    instance = snap(board, master_need=1000).instance
    assert instance.need == 2 * (110 + KERNEL_BYTES) + 1000
    assert instance.measured == 2
    assert snap(Board.private(), master_need=1000).instance.need is None


def result(check_id, status, **details):
    findings = {"warn": (warn("w"),), "fail": (fail("f"),)}.get(status, ())
    return make_result(check_id, *findings, **details)


def checked(age, *results, truncated=0):
    """A worker whose results came in that many seconds ago."""
    at = time.monotonic() - age
    return worker(checked_at=at, report=Report(results, truncated))


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        ([("fail", 1), ("pass", 0)], "fail"),
        ([("fail", 60), ("pass", 0)], "pass"),
        ([("warn", 1), ("fail", 60), ("pass", 2)], "warn"),
        ([("fail", 70), ("pass", 60)], "pass"),
        ([("pass", 70), ("fail", 60)], "fail"),
    ],
)
def test_of_live_results_the_worst_that_is_fresh_counts_or_else_the_newest(results, expected):
    slots = [checked(age, result("a.x", status)) for status, age in results]
    ((merged, _),) = merge(slots, 30)
    assert merged.status.label == expected


@pytest.mark.parametrize("clock", [-3600, 3600], ids=["back", "forward"])
def test_a_clock_that_was_set_does_not_make_a_result_young_or_old(clock):
    """The time of a result is for showing: a failure before the clock was set is over all the same."""
    failed = checked(40, result("a.x", "fail", time=time.time()))
    passes = checked(1, result("a.x", "pass", time=time.time() + clock))
    ((merged, at),) = merge([failed, passes], 30)
    assert (merged.status, at) == (Status.PASS, passes.checked_at)


def test_a_boot_result_counts_however_old_it_is():
    old = checked(10**6, result("a.x", "fail", stage=Stage.APP))
    new = checked(0, result("a.x", "pass", stage=Stage.APP))
    assert [one.status for one, _ in merge([new, old], 5)] == [Status.FAIL]


def test_each_check_has_one_result_and_truncated_findings_are_summed(board):
    one, two = (result(name, "pass") for name in ("b.x", "a.x"))
    post(board, checked(0, one, truncated=1), checked(0, two, one, truncated=2))
    report = snap(board).report
    assert sorted(r.id for r in report.results) == ["a.x", "b.x"]
    assert report.truncated == 3


@pytest.mark.parametrize(
    ("booted", "first_ready", "expected"),
    [(0, 0, False), (0, 20, False), (0, 40, True), (1, 0, True), (1, 20, True)],
)
def test_a_boot_is_over_when_all_were_ready_or_the_first_for_long(
    board, booted, first_ready, expected
):
    board["booted_at"] = booted and time.monotonic()
    board["first_ready_at"] = first_ready and time.monotonic() - first_ready
    assert is_boot_over(board, timeout=30) is expected
