"""What one worker says of all of them: the latch, and what siblings have posted."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from threading import Event
from typing import Any

import pytest
from flask import Flask

from flask_bootcheck import BootCheck, BootCheckError, Report, Stage, Status, monitor
from flask_bootcheck.board import Board, Slot, State
from flask_bootcheck.place import Place
from flask_bootcheck.processes import start_time

from .helpers import make_result, wait_until
from .watched import NO_RESULT_YET, entry, health, health_when, is_settled, make_app


@dataclass
class Sibling:
    """A worker beside ours: a process that is there, and a slot that we write for it."""

    board: Board
    index: int

    def is_(self, state: State, report: Report | None = None, age: float = 0.0) -> None:
        """Post a state, with results that came in ``age`` seconds ago."""
        pid, now = os.getppid(), time.monotonic()
        slot = Slot(
            pid, start_time(pid) or 0, state, 2,
            posted_at=now, checked_at=now - age, report=report or Report(),
        )  # fmt: skip
        self.board.post(self.index, slot)

    def dies(self) -> None:
        """Its process is gone, and nobody cleared its slot."""
        self.board.post(self.index, Slot(os.getppid(), 1, State.READY, 2))


@pytest.fixture(autouse=True)
def _look_often(monkeypatch):
    monkeypatch.setattr(monitor, "SCAN_SECONDS", 0.02)


@pytest.fixture
def board() -> Board:
    """A board for two workers."""
    board = Board.anonymous()
    board["target"] = 2
    return board


@pytest.fixture
def sibling(board) -> Sibling:
    """The other worker, booting."""
    index = board.claim(2)
    assert index is not None
    sibling = Sibling(board, index)
    sibling.is_(State.BOOTING)
    return sibling


def begin(board: Board, bootcheck: BootCheck | None = None, **settings: Any) -> Flask:
    """An app in a worker that has a place on the board."""
    app = make_app(bootcheck, **settings)
    app.extensions["bootcheck"].monitor.begin(Place(board, board.claim(1), age=1))
    return app


def test_booting_is_503_until_all_were_ready_once(board, sibling):
    app = begin(board)
    answer = health_when(app, is_settled)
    assert answer.status_code == 503
    assert entry(answer, "workers.not-ready")["output"] == "booting: 1 of 2 workers ready"

    sibling.is_(State.READY)
    assert health_when(app, lambda answer: answer.status_code == 200)


def test_after_that_one_that_is_missing_is_a_warning(board, sibling):
    app = begin(board)
    sibling.is_(State.READY)
    health_when(app, lambda answer: answer.status_code == 200)

    sibling.dies()
    answer = health_when(app, lambda answer: "1 of 2" in answer.text)
    assert answer.status_code == 200
    assert entry(answer, "workers.not-ready")["status"] == "warn"
    sibling.is_(State.BOOTING)
    assert health(app).status_code == 200


@pytest.mark.parametrize("is_leaving", [True, False], ids=["leaving", "staying"])
def test_a_worker_that_was_told_to_end_does_not_tell_that_its_siblings_do(
    board, sibling, caplog, is_leaving
):
    """At SIGTERM all of them end, and one may still be in a round."""
    told_to_end: list[bool] = []
    app = make_app()
    place = Place(board, board.claim(1), age=1, is_leaving=lambda: bool(told_to_end))
    app.extensions["bootcheck"].monitor.begin(place)
    sibling.is_(State.READY)
    health_when(app, lambda answer: answer.status_code == 200)
    wait_until(lambda: board["announced"])

    told_to_end += [True] * is_leaving
    sibling.is_(State.EXITING)
    health_when(app, lambda answer: "1 of 2" in answer.text)
    health(app)
    assert ("pass -> warn" in caplog.text) is not is_leaving


def test_a_worker_that_has_come_up_ends_a_row_of_deaths_and_its_later_rounds_do_not(board, sibling):
    runs: list[float] = []
    bootcheck = BootCheck()
    bootcheck.check("queue.stuck")(lambda: runs.append(time.time()))
    board["boot_deaths"] = 2
    app = begin(board, bootcheck, ttl=0.05)
    sibling.is_(State.READY)
    health_when(app, lambda answer: answer.status_code == 200)
    assert board["boot_deaths"] == 0

    sibling.dies()
    board["boot_deaths"] = 3
    rounds = len(runs)
    health_when(app, lambda answer: len(runs) > rounds + 2)
    assert board["boot_deaths"] == 3
    answer = health_when(app, lambda answer: answer.status_code == 503)
    assert entry(answer, "workers.crash-loop")["status"] == "fail"


def test_fewer_than_the_minimum_fail_again(board, sibling):
    app = begin(board, min_ready=2)
    sibling.is_(State.READY)
    health_when(app, lambda answer: answer.status_code == 200)

    sibling.is_(State.EXITING)
    answer = health_when(app, lambda answer: answer.status_code == 503)
    assert "at least 2 must be" in entry(answer, "workers.not-ready")["output"]


def test_a_sibling_that_saw_all_ready_is_believed_at_once(board, sibling, monkeypatch):
    monkeypatch.setattr(monitor, "SCAN_SECONDS", 60)
    app = begin(board)
    wait_until(lambda: board["first_ready_at"])
    assert health_when(app, is_settled).status_code == 503

    sibling.is_(State.READY)
    assert health(app).status_code == 503  # it has just looked
    board["booted_at"] = time.monotonic()
    assert health(app).status_code == 200


def test_when_they_have_been_waited_for_long_enough_all_say_so_at_once(board, sibling, monkeypatch):
    """Else one of them would answer 200, and another 503 after it."""
    monkeypatch.setattr(monitor, "SCAN_SECONDS", 60)
    app = begin(board, boot_timeout=30)
    assert health_when(app, is_settled).status_code == 503
    wait_until(lambda: board["first_ready_at"])

    board["first_ready_at"] = time.monotonic() - 29
    assert health(app).status_code == 503  # it has just looked
    board["first_ready_at"] = time.monotonic() - 31
    answer = health(app)
    assert (answer.status_code, answer.json["status"]) == (200, "warn")


def test_when_a_sibling_has_results_that_this_one_lacks_they_are_shown_at_once(
    board, sibling, monkeypatch
):
    """Else the sibling would answer 200, and this one 503 after it."""
    monkeypatch.setattr(monitor, "SCAN_SECONDS", 60)
    gate, bootcheck = threading.Event(), BootCheck(timeout=30)
    bootcheck.check("queue.stuck")(gate.wait)
    app = begin(board, bootcheck)
    passes = Report((make_result("queue.stuck", stage=Stage.LIVE),))
    board["booted_at"] = time.monotonic()
    try:
        assert health(app).status_code == 503
        sibling.is_(State.READY, passes)
        assert health(app).status_code == 503  # it has just looked
        board["results_at"] = time.monotonic()
        assert health(app).status_code == 200
    finally:
        gate.set()


def test_what_fails_in_a_sibling_fails_the_instance(board, sibling):
    app = begin(board)
    failing = make_result("blueprints.missing", status=Status.FAIL, stage=Stage.APP)
    sibling.is_(State.READY, Report((failing,)))

    answer = health_when(app, is_settled)
    assert answer.status_code == 503
    assert entry(answer, "blueprints.missing")["status"] == "fail"


@pytest.fixture
def hanging() -> Iterator[BootCheck]:
    """A BootCheck with a LIVE check that hangs until the end of the test."""
    over, bootcheck = Event(), BootCheck()
    bootcheck.check("queue.stuck")(lambda: over.wait(60))
    yield bootcheck
    over.set()


@pytest.mark.parametrize("seconds_ago", [0, 100], ids=["young", "old"])
def test_a_new_worker_shows_what_its_sibling_has_just_seen(board, sibling, hanging, seconds_ago):
    """It has nothing of its own yet, and that must not take the instance down."""
    sibling.is_(State.READY, Report((make_result("queue.stuck"),)), seconds_ago)
    board["booted_at"] = time.monotonic()
    app = begin(board, hanging, timeout=60)

    answer = health(app)
    assert answer.status_code == (503 if seconds_ago else 200)
    assert (NO_RESULT_YET in answer.text) == bool(seconds_ago)


def test_strict_raises_with_what_fails_at_boot():
    app = make_app(blueprints="cart", strict=True)
    watching = app.extensions["bootcheck"].monitor
    board = Board.private()
    watching.begin(Place(board, board.claim()))
    with pytest.raises(BootCheckError, match=r"STRICT: FAIL  blueprints\.missing"):
        watching.insist()


def test_strict_does_not_raise_for_a_database():
    bootcheck = BootCheck()
    bootcheck.check("database.slow", stage=Stage.APP)(lambda: False)
    watching = make_app(bootcheck, strict=True).extensions["bootcheck"].monitor
    board = Board.private()
    watching.begin(Place(board, board.claim()))
    watching.insist()
