"""Way 3: from inside the app, find the gunicorn that runs it."""

from __future__ import annotations

import os
import sys
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest

from flask_bootcheck.gunicorn import live, shared
from flask_bootcheck.gunicorn.live import attach, find_on_stack


class Worker:
    """As gunicorn's: it loads the app."""

    age = 3

    def load_wsgi(self):
        """Load it."""


class Arbiter:
    """As gunicorn's: it forks workers."""

    num_workers = 4

    def spawn_worker(self):
        """Fork one."""


def called_by(function, *owners, module="gunicorn.somewhere"):
    """What a function gives when methods of some objects are on the stack, the outermost first."""
    source = "def method(self, call):\n    return call()\n"
    space: dict[str, Any] = {"__name__": module}
    exec(source, space)  # noqa: S102
    for owner in reversed(owners):
        function = partial(space["method"], owner, function)
    return function()


def look():
    return find_on_stack(sys._getframe())


def test_worker_and_master_are_found_among_what_called_us():
    worker, arbiter = Worker(), Arbiter()
    assert called_by(look, arbiter, worker) == (worker, arbiter)
    assert called_by(look, arbiter) == (None, arbiter)
    assert called_by(look, arbiter, object(), worker, object()) == (worker, arbiter)


def test_what_only_looks_like_them_elsewhere_is_not_gunicorn():
    assert look() == (None, None)
    assert called_by(look, Worker(), Arbiter(), module="shop.gunicorn") == (None, None)
    assert called_by(look, Worker(), module="gunicornish") == (None, None)


def test_a_worker_joins_the_board_of_its_siblings_once_its_app_is_complete(
    seat, attached, worker, board, monkeypatch
):
    monkeypatch.setattr(shared, "open_shared_board", lambda master, workers: board)
    worker.load_wsgi = None
    called_by(lambda: attach(attached), Arbiter(), worker)
    called_by(lambda: attach(attached), Arbiter(), worker)
    assert attached.places == [], "the app is not complete yet"
    worker.cfg.post_worker_init(worker)
    (place,) = attached.places
    assert (place.board, place.index, place.target) == (board, 0, 4)
    worker.cfg.worker_exit(None, worker)
    assert board.read(0).state.name == "EXITING"


def test_behind_the_hooks_of_way_1_there_is_nothing_to_find(seat, attached, worker, board):
    seat.board = board
    worker.load_wsgi = None
    before = worker.cfg.post_worker_init
    called_by(lambda: attach(attached), worker)
    assert worker.cfg.post_worker_init is before
    seat.serve(worker)
    assert len(attached.places) == 1


def test_in_a_master_the_workers_to_come_are_joined(seat, attached, worker, monkeypatch, capsys):
    """With ``--preload``: each child of ``spawn_worker`` is a worker, any other child is not."""
    registered = []
    monkeypatch.setattr(os, "register_at_fork", lambda **hooks: registered.append(hooks))
    for _ in range(2):
        called_by(lambda: attach(attached), Arbiter())
    ((name, in_child),) = (item for hooks in registered for item in hooks.items())
    assert name == "after_in_child"
    assert seat.board is None

    in_child()  # of a subprocess, say
    assert seat.board is None

    space = {"__name__": "gunicorn.arbiter", "in_child": in_child}
    exec("def spawn_worker(self, worker):\n    in_child()\n", space)  # noqa: S102
    space["spawn_worker"](Arbiter(), worker)
    assert seat.board is seat.preloaded
    worker.cfg.post_worker_init(worker)
    assert attached.places[0].target == 4
    assert capsys.readouterr().err == ""


def test_where_gunicorn_looks_different_the_server_is_unknown_and_no_more(
    seat, attached, monkeypatch, caplog
):
    def changed(*_arguments):
        raise AttributeError("no settings any more")

    monkeypatch.setattr(live, "_join", changed)
    called_by(lambda: attach(attached), Worker())
    assert "gunicorn looks different here: no settings any more" in caplog.text


@pytest.mark.parametrize("owner", [None, SimpleNamespace(age=1), SimpleNamespace(load_wsgi=1)])
def test_frames_without_a_worker_are_passed_by(owner):
    assert called_by(look, owner) == (None, None)
