"""Stand-ins for what gunicorn hands to hooks."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from flask import Flask
from gunicorn.config import Config

from flask_bootcheck.board import Board
from flask_bootcheck.gunicorn import forking, hooks, live
from flask_bootcheck.gunicorn import seat as module
from flask_bootcheck.gunicorn.seat import Seat
from flask_bootcheck.place import Place


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
