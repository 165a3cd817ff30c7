"""Where this process stands among the workers of its gunicorn."""

from __future__ import annotations

import gc
import logging
import os
from dataclasses import replace

import pytest
from asgiref.wsgi import WsgiToAsgi
from flask import Flask
from gunicorn.util import make_fail_app
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from flask_bootcheck.board import State
from flask_bootcheck.errors import BootCheckError
from flask_bootcheck.gunicorn.arguments import OUR_CONF
from flask_bootcheck.gunicorn.describe import describe

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
    worker.wsgi = attached.app  # as it was
    assert place.server == describe(worker, ungoverned="", was_patched=False)
    assert place.born == seat.born > 0


def test_a_worker_is_leaving_when_it_was_told_to_and_when_its_master_is_gone(
    seat, attached, worker
):
    worker.ppid, worker.alive = os.getppid(), True
    seat.add(attached)
    seat.serve(worker)
    (is_leaving,) = (place.is_leaving for place in attached.places)
    assert not is_leaving()
    worker.alive = False
    assert is_leaving()
    worker.ppid, worker.alive = os.getppid() + 1, True
    assert is_leaving()


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


@pytest.mark.parametrize(("alive", "state"), [(True, State.BOOTING), (False, State.EXITING)])
def test_who_ends_in_its_boot_without_being_told_to_has_died_there(
    seat, board, worker, alive, state
):
    seat.board, worker.alive = board, alive
    seat.claim(1)
    seat.leave(worker)
    assert board.read(0).state is state


@pytest.mark.parametrize("is_watched", [True, False], ids=["watched", "not"])
def test_behind_a_wrapper_the_app_that_is_wrapped_begins(seat, worker, is_watched):
    """Not the last one that was made: a dispatcher mounts several."""
    apps = Flask("root"), Flask("mounted")
    root, mounted = (FakeAttached(app) for app in apps)
    if is_watched:
        seat.add(root)
    seat.add(mounted)
    worker.wsgi = DispatcherMiddleware(apps[0], {"/shop": apps[1]})
    seat.serve(worker)
    assert [len(one.places) for one in (root, mounted)] == ([1, 0] if is_watched else [0, 1])


@pytest.mark.parametrize("application", [Flask("stranger"), lambda environ, start: []])
def test_with_way_2_an_app_that_does_not_know_us_is_watched_and_so_is_none(
    seat, worker, application
):
    asked, attached = [], FakeAttached(None)

    def adopt(app):
        asked.append(app)
        return attached

    seat.adopt, worker.wsgi = adopt, application
    seat.serve(worker)
    assert asked == [application if isinstance(application, Flask) else None]
    assert worker.wsgi == ("in front of", application)
    assert len(attached.places) == 1


def test_what_speaks_asgi_is_left_as_it_is_and_its_app_begins(seat, attached, worker):
    """The endpoint stands inside the Flask app there."""
    worker.asgi = served = WsgiToAsgi(attached.app)
    del worker.wsgi
    seat.add(attached)
    seat.serve(worker)
    assert worker.asgi is served
    (place,) = attached.places
    assert (place.server.interface, place.server.expected) == ("asgi", "asgi")


def test_an_asgi_app_without_flask_is_none_of_our_business(seat, worker):
    async def application(scope, receive, send):
        pass

    seat.adopt = pytest.fail
    worker.asgi = application
    seat.serve(worker)


def test_probes_are_left_out_of_the_access_log(seat, attached, worker):
    lines: list[str] = []
    worker.log.access = lambda resp, req, environ, seconds: lines.append(environ["PATH_INFO"])
    worker.wsgi = attached.app
    seat.add(attached)
    seat.serve(worker)
    for path in ("/", "/healthz", "/healthy"):
        worker.log.access(None, None, {"PATH_INFO": path}, None)
    assert lines == ["/", "/healthy"]


def test_a_worker_that_could_not_load_its_app_says_why(seat, attached, worker):
    """Under ``--reload`` gunicorn serves the traceback in its place."""
    seat.add(attached)
    worker.wsgi = make_fail_app('File "main.py", line 7\nSyntaxError: invalid syntax\n')
    seat.serve(worker)
    (place,) = attached.places
    assert (place.load_error.message, place.load_error.where) == (
        "SyntaxError: invalid syntax",
        "main.py:7",
    )


@pytest.mark.parametrize("is_named", [True, False], ids=["named", "not named"])
@pytest.mark.parametrize("is_installed", [True, False], ids=["installed", "not installed"])
@pytest.mark.parametrize("is_hooked", [True, False], ids=["hooked", "not hooked"])
def test_why_nobody_governs_where_that_was_asked_for(
    seat, monkeypatch, is_hooked, is_installed, is_named
):
    arguments = ["-c", OUR_CONF] if is_named else []
    monkeypatch.setattr("sys.argv", ["gunicorn", *arguments, "-c", "theirs.py", "main:app"])
    seat.is_hooked, seat.is_installed = is_hooked, is_installed
    expected = "replaced" if is_installed else "outvoted" if is_named else ""
    assert seat.ungoverned == ("" if is_hooked else expected)
