"""Stand-ins for what gunicorn hands to hooks."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from flask import Flask
from gunicorn.config import Config

from flask_bootcheck.board import Board
from flask_bootcheck.gunicorn import forking, hooks, live
from flask_bootcheck.gunicorn import seat as module
from flask_bootcheck.gunicorn.alarm import Alarm
from flask_bootcheck.gunicorn.seat import Seat
from flask_bootcheck.place import Place

from .standin import MIB, Arbiter, Machine


class FakeAttached:
    """An app under watch that notes what is asked of it."""

    def __init__(self, app: Flask | None) -> None:
        self.app = app
        self.places: list[Place] = []
        self.error: Exception | None = None

    def begin(self, place):
        self.places.append(place)

    def insist(self):
        if self.error is not None:
            raise self.error

    def in_front_of(self, wsgi):
        return ("in front of", wsgi)

    def is_silent(self, environ):
        return environ["PATH_INFO"] == "/healthz"


@pytest.fixture
def seat(monkeypatch) -> Seat:
    """A seat of this test's own, where the package looks for the one of the process."""
    fresh = Seat()
    for place in (module, hooks, live, forking):
        monkeypatch.setattr(place, "seat", fresh)
    monkeypatch.setattr(hooks, "_master", hooks._Master())
    return fresh


@pytest.fixture
def attached() -> FakeAttached:
    """An app under watch."""
    return FakeAttached(Flask("shop"))


@pytest.fixture
def worker():
    """A worker as gunicorn has it when its app is loaded."""
    return SimpleNamespace(
        cfg=Config(), age=3, ppid=0, wsgi=None, log=SimpleNamespace(error_log=None)
    )


@pytest.fixture
def board() -> Board:
    """A board as the master makes it."""
    return Board.anonymous()


@pytest.fixture
def rings(monkeypatch):
    """The alarms that were started and not stopped; none rings by itself."""
    on: list[Alarm] = []
    monkeypatch.setattr(Alarm, "start", lambda self: on.__setitem__(slice(None), [self]))
    monkeypatch.setattr(Alarm, "stop", lambda self: on.clear())
    return on


@pytest.fixture
def machine(monkeypatch) -> Machine:
    """A machine without anything on it."""
    made = Machine()
    made.install(monkeypatch)
    return made


@pytest.fixture
def make(rings, machine, tmp_path, monkeypatch) -> Callable[..., Arbiter]:
    """Makes masters: ``limit`` is in MiB, and a setting. Without one it is what the machine says."""
    for name in ("BOOTCHECK_TRIAL", "GUNICORN_PID", "GUNICORN_CMD_ARGS", "WEB_CONCURRENCY"):
        monkeypatch.delenv(name, raising=False)

    def arbiter(limit: int | None = 512, **settings) -> Arbiter:
        if limit is not None:
            settings["memory_limit"] = limit * MIB
        return Arbiter(Board.anonymous(), tmp_path, machine, **settings)

    return arbiter


@pytest.fixture
def late(monkeypatch):
    """Has the time pass that a boot may take."""
    clock = [1000.0]
    monkeypatch.setattr("flask_bootcheck.gunicorn.governor.time.monotonic", lambda: clock[0])

    def wait(seconds=31.0):
        clock[0] += seconds

    return wait
