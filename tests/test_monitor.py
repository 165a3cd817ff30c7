"""When checks run, how long their results live, and who waits for what."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from flask_bootcheck import BootCheck, Stage, monitor
from flask_bootcheck.board import Board
from flask_bootcheck.boot import Server
from flask_bootcheck.place import Place
from flask_bootcheck.registry import Registry
from flask_bootcheck.rounds import Rounds
from flask_bootcheck.settings import Settings
from flask_bootcheck.watched import Watched

from .helpers import wait_until
from .watched import (
    NO_RESULT_YET,
    ask,
    entry,
    health,
    health_when,
    is_settled,
    make_app,
    with_check,
)

#: What stands for a check that hangs: nobody waits that long.
LONG = 60


class Switch:
    """A check that a test has in its hands: it counts its runs, hangs, passes and fails."""

    def __init__(self) -> None:
        self.runs = 0
        self.passes = True
        self.may_go = threading.Event()
        self.may_go.set()

    def __call__(self) -> bool:
        self.runs += 1
        self.may_go.wait(LONG)
        return self.passes


@pytest.fixture
def switch() -> Iterator[Switch]:
    """Released at the end, so that no thread stays."""
    switch = Switch()
    yield switch
    switch.may_go.set()


@pytest.fixture(autouse=True)
def _look_often(monkeypatch):
    monkeypatch.setattr(monitor, "SCAN_SECONDS", 0.02)


def rounds_of(app: Flask) -> Any:
    """The rounds of its monitor."""
    return app.extensions["bootcheck"].monitor._rounds


def age(app: Flask) -> float:
    """For how many seconds its results have been there."""
    return float(time.monotonic() - rounds_of(app).ended_at)


# -- deadlines -------------------------------------------------------------------------------------


def test_a_check_that_hangs_fails_at_its_deadline_and_runs_once_at_a_time(switch):
    switch.may_go.clear()
    app = with_check(switch, timeout=0.1, ttl=0.05)

    answer = health_when(app, lambda answer: "0.1 s" in answer.text)
    assert answer.status_code == 503
    ends: set[float] = set()  # the rounds go on, the check is not started again

    def goes_on(_: object) -> bool:
        ends.add(rounds_of(app).ended_at)
        return len(ends) > 3

    health_when(app, goes_on)
    assert switch.runs == 1

    switch.may_go.set()
    assert health_when(app, lambda answer: answer.status_code == 200)
    assert switch.runs > 1


def test_a_boot_check_that_hangs_fails_at_its_own_deadline(switch):
    switch.may_go.clear()
    app = with_check(switch, Stage.APP, boot_timeout=0.1, ttl=0.05)

    answer = health_when(app, lambda answer: "0.1 s" in answer.text)
    assert answer.status_code == 503
    switch.may_go.set()
    assert health_when(app, lambda answer: answer.status_code == 200)


def test_however_many_ask_a_check_runs_once(switch):
    app = with_check(switch)
    statuses = ask_at_once(app, 8)
    assert set(statuses) == {200}
    assert switch.runs == 1


def test_who_makes_the_monitor_second_takes_the_first():
    """Two threads with the first requests: a second monitor would run all checks again."""
    asked: list[object] = []

    def registry() -> Registry:
        if not asked:  # another thread is quicker meanwhile
            asked.append(None)
            asked[0] = watched.monitor
        return Registry([])

    watched = Watched(Flask("shop"), Settings(), {}, registry)
    made = watched.monitor
    assert made is asked[0]
    assert watched.monitor is made


def test_a_round_that_a_probe_has_started_before_us_is_not_run_again(switch, monkeypatch):
    """Between the beginning and its first round there is room for another thread."""
    start = Rounds.start

    def start_second(rounds: Rounds, age: float = 0.0) -> bool:
        if rounds.ended_at == float("-inf"):
            assert start(rounds, LONG)
            wait_until(lambda: not rounds.is_under_way)
        return start(rounds, age)

    monkeypatch.setattr(Rounds, "start", start_second)
    app = with_check(switch)
    assert health(app).status_code == 200
    wait_until(lambda: not rounds_of(app).is_under_way)
    assert switch.runs == 1


def test_nobody_is_told_that_all_is_well_before_it_was_looked_at(switch):
    """Of many that ask at once the first finds nothing yet, and the others find it at work."""
    switch.passes = False
    for _ in range(20):
        assert set(ask_at_once(with_check(switch), 4)) == {503}


def test_who_finds_the_first_look_under_way_waits_for_it():
    """The instance may have booted by it: a 503 would be false."""
    app = with_check(lambda: True)
    looking = app.extensions["bootcheck"].monitor._scanning
    looking.acquire()
    threading.Timer(0.1, looking.release).start()
    assert health(app).status_code == 200


def test_who_waits_for_the_first_look_in_vain_is_told_that_nothing_is_known():
    app = with_check(lambda: True)
    with app.extensions["bootcheck"].monitor._scanning:
        answer = health(app)
    assert answer.status_code == 503
    assert NO_RESULT_YET in answer.text
    assert health_when(app, is_settled).status_code == 200


def ask_at_once(app: Flask, count: int) -> list[int]:
    """The statuses that so many get who ask at the same time."""
    barrier = threading.Barrier(count)
    statuses: list[int] = []

    def ask() -> None:
        barrier.wait()
        statuses.append(health(app).status_code)

    threads = [threading.Thread(target=ask) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return statuses


# -- the three clocks ------------------------------------------------------------------------------


def test_between_the_clocks_an_answer_is_the_same_bytes(switch, monkeypatch):
    monkeypatch.setattr(monitor, "SCAN_SECONDS", LONG)
    app = with_check(switch, ttl=LONG)
    health_when(app, is_settled)
    watching = app.extensions["bootcheck"].monitor

    first = watching.answer("health", "all", {})
    assert watching.answer("health", "all", {}) is first
    assert watching.answer("health", "status", {}) is not first
    assert switch.runs == 1


def test_past_the_ttl_the_old_answer_is_given_at_once_and_a_new_one_fetched(switch):
    app = with_check(switch, ttl=0.3)
    assert health_when(app, is_settled).status_code == 200
    switch.may_go.clear()
    switch.passes = False

    wait_until(lambda: age(app) > 0.3)
    asked = time.monotonic()
    answer = health(app)
    took = time.monotonic() - asked
    if age(app) < 0.9:  # else the machine was too slow to ask in time
        assert answer.status_code == 200
        assert took < monitor.WAIT_SECONDS
    wait_until(lambda: switch.runs == 2)
    switch.may_go.set()
    assert health_when(app, lambda answer: answer.status_code == 503)


def test_a_rare_visitor_waits_for_a_new_answer(switch):
    app = with_check(switch, ttl=0.05)
    assert health_when(app, is_settled).status_code == 200
    switch.passes = False

    wait_until(lambda: age(app) > 0.15 and not rounds_of(app).is_under_way)
    assert health(app).status_code == 503
    assert switch.runs >= 2


def test_a_rare_visitor_waits_no_longer_than_half_a_second(switch):
    app = with_check(switch, ttl=0.1, timeout=LONG)
    assert health_when(app, is_settled).status_code == 200
    switch.may_go.clear()

    wait_until(lambda: age(app) > 0.3)
    asked = time.monotonic()
    answer = health(app)
    took = time.monotonic() - asked
    assert answer.status_code == 503
    assert entry(answer, "queue.stuck")["output"] == NO_RESULT_YET
    assert monitor.WAIT_SECONDS <= took < 3 * monitor.WAIT_SECONDS


def test_after_one_has_waited_in_vain_the_next_do_not(switch):
    app = with_check(switch, ttl=1, timeout=LONG)
    switch.may_go.clear()
    assert health(app).status_code == 503  # it has waited

    asked = time.monotonic()
    assert health(app).status_code == 503
    assert time.monotonic() - asked < monitor.WAIT_SECONDS


def test_a_failed_boot_is_tried_again_until_it_passes_and_never_after(switch):
    switch.passes = False
    live = Switch()
    bootcheck = BootCheck()
    bootcheck.check("cache.cold", stage=Stage.APP)(switch)
    bootcheck.check("queue.stuck")(live)
    app = make_app(bootcheck, ttl=0.05)

    assert health_when(app, is_settled).status_code == 503
    health_when(app, lambda _: switch.runs >= 3)
    switch.passes = True
    health_when(app, lambda answer: answer.status_code == 200)
    tries, seen = switch.runs, live.runs
    health_when(app, lambda _: live.runs > seen + 3)
    assert switch.runs == tries


def test_requests_of_the_app_try_a_failed_boot_again_too(switch):
    switch.passes = False
    app = with_check(switch, Stage.APP, ttl=0.05)
    health_when(app, is_settled)

    tries = switch.runs
    wait_until(lambda: ask(app, "/").status_code == 404 and switch.runs > tries)


# -- where no server has begun ---------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/", "/healthz"])
@pytest.mark.parametrize("software", ["waitress", "nobody"])
def test_the_first_request_says_which_server_it_is(path, software):
    seen: list[str | None] = []
    app = with_check(lambda boot: seen.append(boot.server and boot.server.name))
    app.test_client().get(path, environ_overrides={"SERVER_SOFTWARE": software})
    health_when(app, is_settled)
    assert seen == ["waitress" if software == "waitress" else None]


@pytest.mark.parametrize("workers", [None, 2])
def test_the_parent_is_measured_only_where_it_is_the_master(monkeypatch, workers):
    measured: list[int] = []
    monkeypatch.setattr(monitor, "_need_of", measured.append)
    app, board = make_app(), Board.private()
    place = Place(board, board.claim(), Server("gunicorn", workers=workers))
    app.extensions["bootcheck"].monitor.begin(place)
    health_when(app, is_settled)
    assert measured == [os.getppid()] * bool(workers)
