"""Connections that were opened before the fork, on a real PostgreSQL: what goes wrong without us,
and right with us.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from ..databases import URLS
from .apps import INSTALL, PLAIN
from .conftest import Serve
from .server import Server, until

pytestmark = pytest.mark.server

#: Queries while it is imported; echoes a number by way of the database.
_ECHO = """
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import text

app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["DATABASE_URL"]
db = SQLAlchemy(app)
with app.app_context():
    db.session.execute(text("SELECT 1"))

@app.get("/echo/<int:number>")
def echo(number):
    asked = text("SELECT CAST(:number AS integer), pg_sleep(0.005)")
    return str(db.session.execute(asked, {"number": number}).first()[0])
"""
PRELOADED = PLAIN + _ECHO
#: The same app, which has never heard of us.
STRANGER = "import os\nfrom flask import Flask\napp = Flask(__name__)\n" + _ECHO
CLASSES = {"sync": ("-k", "sync"), "gthread": ("-k", "gthread", "--threads", "4")}
FLAG = ("-c", "python:flask_bootcheck.gunicorn.conf")


def wrong_echoes(server: Server, requests: int) -> int:
    """How many of some requests, 8 at a time, got no answer or that to another's question."""

    def is_wrong(number: int) -> bool:
        try:
            answer = server.get(f"/echo/{number}", timeout=3)
        except OSError:
            return True
        return (answer.status, answer.body) != (200, str(number).encode())

    with ThreadPoolExecutor(8) as threads:
        return sum(threads.map(is_wrong, range(requests)))


@pytest.fixture
def preload(serve: Serve, postgresql: str) -> Serve:
    """Serves with 4 preloaded workers."""

    def start(source: str, *arguments: str, **options: Any) -> Server:
        # Workers that wait for an answer somebody else has read are not waited for at the end.
        patience = ("--timeout", "5", "--graceful-timeout", "1")
        return serve(source, "--preload", "-w", "4", *patience, *arguments, **options)

    return start


@pytest.mark.parametrize("worker_class", CLASSES)
@pytest.mark.parametrize("driver", ["psycopg2", "psycopg"])
def test_four_preloaded_workers_mix_up_their_answers_without_us_and_not_with_us(
    preload, worker_class, driver
):
    environ = {"DATABASE_URL": URLS[driver]}
    shared = preload(
        PRELOADED,
        *CLASSES[worker_class],
        environ={**environ, "BOOTCHECK_DISPOSE_AFTER_FORK": "0"},
    )
    answer = shared.health_when(lambda answer: "database.shared-after-fork" in answer.failing)
    assert answer.status == 503
    until(lambda: wrong_echoes(shared, 32), 20, shared)
    shared.stop()

    own = preload(PRELOADED, *CLASSES[worker_class], environ=environ)
    answer = own.health_when(lambda answer: answer.ready == 4 and answer.status == 200)
    assert "database.shared-after-fork" in answer.warning
    assert wrong_echoes(own, 400) == 0


@pytest.mark.parametrize(
    ("source", "arguments", "conf"),
    [
        (PRELOADED, (), INSTALL),
        (PRELOADED, (), "def post_fork(server, worker):\n    pass\n" + INSTALL),
        (STRANGER, FLAG, ""),
    ],
    ids=["way 1", "way 1, with a hook of the user's", "way 2, an app that does not know us"],
)
def test_in_the_other_ways_each_worker_has_its_own_too(preload, source, arguments, conf):
    environ = {"DATABASE_URL": URLS["psycopg2"], "BOOTCHECK_MEMORY_LIMIT": "64G"}
    server = preload(source, *arguments, conf=conf, environ=environ)
    answer = server.health_when(lambda answer: answer.ready == 4 and answer.status == 200)
    assert "database.shared-after-fork" in answer.warning
    assert wrong_echoes(server, 200) == 0


def test_each_worker_has_its_own_before_a_hook_of_the_user_runs(preload):
    """``post_fork`` of the user comes before ours: what it asks must not go over the shared one."""
    conf = """
def post_fork(server, worker):
    import main
    with main.app.app_context():
        pid = main.db.session.execute(main.text("SELECT pg_backend_pid()")).scalar()
    server.log.info("backend %s", pid)
"""
    environ = {"DATABASE_URL": URLS["psycopg2"], "BOOTCHECK_MEMORY_LIMIT": "64G"}
    server = preload(PRELOADED, conf=conf + INSTALL, environ=environ)
    until(lambda: server.log.count("backend ") == 4, 20, server)
    said = {line.rpartition(" ")[2] for line in server.log.splitlines() if "backend " in line}
    assert len(said) == 4


def test_an_app_that_disposes_by_itself_is_not_warned(preload):
    conf = "def post_fork(server, worker):\n    import main\n    main.renew()\n"
    source = (
        PRELOADED
        + """
def renew():
    with app.app_context():
        db.engine.dispose(close=False)
"""
    )
    server = preload(source, conf=conf, environ={"DATABASE_URL": URLS["psycopg2"]})
    answer = server.health_when(lambda answer: answer.ready == 4 and answer.status == 200)
    assert "database.shared-after-fork" not in answer.warning
    assert wrong_echoes(server, 64) == 0


def test_a_worker_that_replaces_another_has_its_own_too(preload):
    environ = {"DATABASE_URL": URLS["psycopg2"]}
    server = preload(PRELOADED, environ=environ)
    server.health_when(lambda answer: answer.ready == 4 and answer.status == 200)
    before = server.workers
    os.kill(before[0], 9)
    until(lambda: before[0] not in server.workers and len(server.workers) == 4, 20, server)
    server.health_when(lambda answer: answer.ready == 4 and answer.status == 200)
    assert wrong_echoes(server, 200) == 0
