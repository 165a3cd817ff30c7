"""Where this process stands among the workers of its gunicorn."""

from __future__ import annotations

import gc
import logging
import os
from dataclasses import replace

import gunicorn
import pytest
from flask import Flask

from flask_bootcheck.board import State
from flask_bootcheck.errors import BootCheckError
from flask_bootcheck.gunicorn.seat import describe

from .conftest import FakeAttached


def test_a_complete_worker_has_the_endpoint_in_front_and_its_place(seat, attached, worker, board):
    worker.wsgi = attached.app
    worker.log.error_log = logging.getLogger("tests.seat")
    seat.board, seat.keywords = board, {"ttl": 3}
    seat.add(attached)
    seat.claim(age=3, target=4)
    seat.serve(worker, target=4)
    assert worker.wsgi == ("in front of", attached.app)
    (place,) = attached.places
    assert (place.board, place.index, place.age, place.target) == (board, 0, 3, 4)
    assert (place.keywords, place.logger.name) == ({"ttl": 3}, "tests.seat")
    assert place.server == describe(worker)
    assert place.born == seat.born > 0


def test_of_several_apps_the_one_that_is_served_begins(seat, worker):
    first, served, last = (FakeAttached(Flask(name)) for name in ("a", "b", "c"))
    for one in (first, served, last):
        seat.add(one)
    worker.wsgi = served.app
    seat.serve(worker)
    assert [len(one.places) for one in (first, served, last)] == [0, 1, 0]
    worker.wsgi = object()  # behind a wrapper: the last one made
    seat.serve(worker)
    assert [len(one.places) for one in (first, served, last)] == [0, 1, 1]


def test_an_app_that_is_gone_is_not_kept(seat, worker):
    seat.add(FakeAttached(Flask("gone")))
    gc.collect()
    seat.serve(worker)
    assert worker.wsgi is None


@pytest.mark.parametrize("is_full", [True, False], ids=["full", "none"])
def test_without_a_slot_a_worker_answers_for_itself(
    seat, attached, worker, board, is_full, monkeypatch
):
    def refuse(*_arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", refuse)
    seat.board = board if is_full else None
    seat.add(attached)
    seat.claim(3)
    assert seat.index is None
    seat.serve(worker, target=4)
    (place,) = attached.places
    assert place.board is not board
    assert (place.index, place.target) == (0, 0)


def test_strict_stops_the_first_generation_and_never_a_later_one(seat, attached, worker, board):
    attached.error = BootCheckError("a check fails")
    seat.board = board
    seat.add(attached)
    seat.claim(1)
    with pytest.raises(BootCheckError):
        seat.serve(worker)
    board["booted_at"] = 17.0
    seat.serve(worker)


def test_leaving_marks_the_slot_but_not_one_that_another_has_taken(seat, board):
    seat.leave()
    seat.board = board
    seat.leave()
    seat.claim(1)
    board.post(0, replace(board.read(0), state=State.READY))
    seat.leave()
    assert board.read(0).state is State.EXITING
    other = replace(board.read(0), pid=1, state=State.READY)
    board.post(0, other)
    seat.leave()
    assert board.read(0) == other


def test_the_server_is_described_without_importing_its_worker_class(worker):
    """That of eventlet patches the process."""
    worker.cfg.set("worker_class", "no.such.Class")
    worker.cfg.set("workers", 5)
    server = describe(worker)
    assert (server.name, server.version) == ("gunicorn", gunicorn.__version__)
    assert (server.worker_class, server.workers) == ("no.such.Class", 5)
