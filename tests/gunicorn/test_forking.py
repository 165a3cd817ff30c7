"""What is done in a worker at its fork, before all else."""

from __future__ import annotations

import os
from types import SimpleNamespace

import pytest
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from werkzeug.middleware.proxy_fix import ProxyFix

from flask_bootcheck import BootCheck
from flask_bootcheck.gunicorn.forking import call_in_workers, disown_connections

from .conftest import FakeAttached


@pytest.fixture
def fork(monkeypatch):
    """Calls what was registered, as if a function of some name had forked."""
    registered = []
    monkeypatch.setattr(os, "register_at_fork", lambda **hooks: registered.append(hooks))

    def fork_in(name):
        space = {"call": registered[-1]["after_in_child"]}
        exec(f"def {name}(self, worker):\n    call()\n", space)  # noqa: S102
        space[name]("the master", "the worker")

    return fork_in


@pytest.fixture
def connected(tmp_path):
    """An app that has connected while it was imported."""
    app = Flask("shop", instance_path=str(tmp_path))
    app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite:///shop.db"
    db = SQLAlchemy(app)
    with app.app_context():
        engine = db.engine
        engine.connect().close()
    yield app, engine
    engine.dispose()


def worker_of(application=None):
    return SimpleNamespace(app=SimpleNamespace(callable=application))


def test_only_a_fork_of_gunicorns_makes_a_worker(fork, capsys):
    seen = []
    call_in_workers(lambda *both: seen.append(both))
    fork("reexec")
    assert seen == []
    fork("spawn_worker")
    assert seen == [("the master", "the worker")]
    assert capsys.readouterr().err == ""


def test_what_raises_there_is_told_and_harms_nobody(fork, capsys):
    call_in_workers(lambda *_both: 1 / 0)
    fork("spawn_worker")
    assert "bootcheck: gunicorn looks different here: division by zero" in capsys.readouterr().err


@pytest.mark.parametrize("way", ["attached", "served", "wrapped"])
def test_the_pool_of_an_app_is_replaced_whether_it_knows_us_or_not(seat, connected, way):
    app, engine = connected
    attached = FakeAttached(app)
    if way == "attached":
        seat.add(attached)
    before = engine.pool
    served = {"attached": None, "served": app, "wrapped": ProxyFix(app)}[way]
    disown_connections(None, worker_of(served))
    assert engine.pool is not before


@pytest.mark.parametrize("place", ["environment", "install", "keyword", "config"])
@pytest.mark.parametrize("name", ["dispose_after_fork", "enabled"])
def test_switched_off_anywhere_nothing_is_touched(seat, connected, monkeypatch, place, name):
    app, engine = connected
    if place == "environment":
        monkeypatch.setenv(f"BOOTCHECK_{name.upper()}", "0")
    elif place == "install":
        seat.keywords = {name: False}
    elif place == "config":
        app.config[f"BOOTCHECK_{name.upper()}"] = False
    BootCheck(app, **({name: False} if place == "keyword" else {}))
    before = engine.pool
    disown_connections(None, worker_of(app))
    assert engine.pool is before


def test_where_no_app_is_known_there_is_nothing_to_do(seat):
    disown_connections(None, worker_of())
    assert seat.apps == []
