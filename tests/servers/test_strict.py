"""BOOTCHECK_STRICT: a failing boot check of the first workers stops the start."""

from __future__ import annotations

import signal

import pytest

from .apps import DATABASE, INSTALL, PLAIN
from .conftest import Serve
from .server import until

pytestmark = pytest.mark.server

WAYS = pytest.mark.parametrize("conf", [INSTALL, ""], ids=["way 1", "way 3"])
BROKEN = {"BOOTCHECK_STRICT": "1", "BOOTCHECK_BLUEPRINTS": "cart"}
GOOD_WHILE_THERE = (
    PLAIN
    + """
from pathlib import Path
from flask import Blueprint

if Path("good").exists():
    app.register_blueprint(Blueprint("cart", __name__))
"""
)


@WAYS
@pytest.mark.parametrize("worker_class", ["sync", "gthread", "gevent"])
def test_the_start_stops_and_says_why(serve: Serve, conf, worker_class):
    server = serve(PLAIN, "-w", "2", "-k", worker_class, conf=conf, environ=BROKEN)

    assert server.wait() == 3
    assert "BOOTCHECK_STRICT: FAIL  blueprints.missing  blueprint 'cart'" in server.log
    assert "bootcheck: booted" not in server.log


def test_the_start_stops_under_the_command_of_the_story(serve: Serve, story_python):
    story = "--bind 0.0.0.0:0 --workers 1 --timeout 120 --worker-class eventlet"
    server = serve(PLAIN, *story.split(), python=story_python, environ=BROKEN)

    assert server.wait() == 3
    assert "BOOTCHECK_STRICT: FAIL  blueprints.missing" in server.log


def test_a_database_stops_no_start(serve: Serve, tmp_path):
    (tmp_path / "shop.db").touch()
    url = f"sqlite:///{tmp_path / 'shop.db'}"
    server = serve(DATABASE, environ={"BOOTCHECK_STRICT": "1", "DATABASE_URL": url})

    server.health_when(lambda answer: answer.failing == {"database.tables-missing"})
    assert server.get("/pid").status == 200


@WAYS
def test_later_workers_stop_nothing(serve: Serve, conf):
    server = serve(GOOD_WHILE_THERE, "-w", "2", conf=conf, environ=BROKEN, files={"good": ""})
    server.health_when(lambda answer: answer.status == 200)
    before = set(server.workers)

    (server.log_file.parent / "good").unlink()
    server.signal(signal.SIGHUP)
    until(lambda: len(server.workers) == 2 and not before & set(server.workers), 20, server)
    answer = server.health_when(lambda answer: "blueprints.missing" in answer.failing)
    assert answer.status == 503
    assert server.get("/pid").status == 200
    assert "BOOTCHECK_STRICT" not in server.log
