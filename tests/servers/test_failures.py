"""What is broken turns the answer to 503, and its name goes to the token holder and nobody else."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator

import pytest

from .apps import DATABASE, INSTALL, PLAIN
from .conftest import Serve
from .server import Server, until

pytestmark = pytest.mark.server

WAYS = pytest.mark.parametrize("conf", [INSTALL, ""], ids=["way 1", "way 3"])


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port where a connection is refused, and nobody else listens."""
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        yield reserved.getsockname()[1]


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port that takes connections and says nothing."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def assert_only_the_token_holder_learns(server: Server, check_id: str) -> None:
    """The check fails; its name is nowhere but in the details."""
    answer = server.health_when(lambda answer: check_id in answer.failing)
    assert (answer.status, answer.data["status"]) == (503, "fail")

    area = check_id.partition(".")[0]
    for anyone in (server.get(), server.get(token="wrong"), server.get("/healthz/")):
        assert anyone.status == 503
        assert anyone.data["checks"][area] == [{"status": "fail"}]
        assert check_id.encode() not in anyone.body
        assert set(anyone.data) == {"status", "checks"}
        entries = [entry for entries in anyone.data["checks"].values() for entry in entries]
        assert all(set(entry) == {"status"} for entry in entries)


LOCKED = "lock 1\napp main\nblueprint cart\nroute pid GET /process\n"


@WAYS
def test_what_is_locked_and_gone_fails(serve: Serve, conf):
    """The lock is read where the server is started."""
    server = serve(PLAIN, conf=conf, files={"bootcheck.lock": LOCKED})

    assert_only_the_token_holder_learns(server, "blueprints.missing")
    said = server.health().data["checks"]
    assert "'cart'" in said["blueprints.missing"][0]["output"]
    moved = said["routes.missing"][0]["output"]
    assert moved.startswith("pid: ")
    assert "/process" in moved
    assert "/pid" in moved
    assert server.get("/pid").status == 200


def test_a_lock_that_cannot_be_followed_does_not_take_a_service_down(serve: Serve):
    server = serve(PLAIN, files={"bootcheck.lock": LOCKED + "<<<<<<< HEAD\n"})

    answer = server.health_when(lambda answer: "routes.missing" in answer.warning)
    assert answer.status == 200
    assert "bootcheck.lock:5" in answer.data["checks"]["routes.missing"][0]["output"]


@WAYS
@pytest.mark.parametrize("workers", ["1", "4"])
def test_a_missing_blueprint_fails(serve: Serve, conf, workers):
    server = serve(PLAIN, "-w", workers, conf=conf, environ={"BOOTCHECK_BLUEPRINTS": "cart"})

    assert_only_the_token_holder_learns(server, "blueprints.missing")
    assert "'cart'" in server.health().data["checks"]["blueprints.missing"][0]["output"]
    assert server.get("/pid").status == 200
    until(lambda: server.log.count("FAIL  blueprints.missing  ") == int(workers), 10, server)


@WAYS
def test_a_missing_table_fails(serve: Serve, conf, tmp_path):
    database = tmp_path / "shop.db"
    database.touch()
    server = serve(
        DATABASE, "-w", "2", conf=conf, environ={"DATABASE_URL": f"sqlite:///{database}"}
    )

    assert_only_the_token_holder_learns(server, "database.tables-missing")
    assert "item" in server.health().data["checks"]["database.tables-missing"][0]["output"]
    assert server.get("/readyz").status == 503


@pytest.mark.parametrize("driver", ["postgresql+psycopg2", "postgresql+psycopg", "mysql+pymysql"])
def test_an_unreachable_database_fails(serve: Serve, closed_port, driver):
    url = f"{driver}://shop:pw-zq@127.0.0.1:{closed_port}/shop"
    server = serve(DATABASE, "-w", "2", environ={"DATABASE_URL": url})

    assert_only_the_token_holder_learns(server, "database.unreachable")
    assert server.get("/livez").status == 200


@pytest.mark.parametrize("worker_class", ["sync", "gevent"])
def test_a_database_that_hangs_fails_at_the_deadline_and_stalls_nobody(
    serve: Serve, silent_port, worker_class
):
    url = f"postgresql+psycopg2://shop:pw-zq@127.0.0.1:{silent_port}/shop"
    environ = {"DATABASE_URL": url, "BOOTCHECK_TIMEOUT": "1"}
    server = serve(DATABASE, "-k", worker_class, "-w", "1", environ=environ)

    answer = server.health_when(lambda a: "no answer" in str(a.data["checks"]))
    assert answer.status == 503
    assert "database.unreachable" in answer.failing
    assert server.get("/pid", timeout=0.9).status == 200


def test_under_eventlet_a_database_that_hangs_stalls_nobody(
    serve: Serve, silent_port, story_python
):
    url = f"postgresql+psycopg2://shop:pw-zq@127.0.0.1:{silent_port}/shop"
    environ = {"DATABASE_URL": url, "BOOTCHECK_TIMEOUT": "1"}
    server = serve(DATABASE, "-k", "eventlet", python=story_python, environ=environ)

    answer = server.health_when(lambda a: "no answer" in str(a.data["checks"]))
    assert answer.status == 503
    assert server.get("/pid", timeout=0.9).status == 200


def test_a_database_that_is_initialised_passes(serve: Serve, tmp_path):
    environ = {"DATABASE_URL": f"sqlite:///{tmp_path / 'shop.db'}", "INIT": "1"}
    server = serve(DATABASE, "-w", "1", environ=environ)

    answer = server.health_when(lambda answer: answer.status == 200)
    assert answer.data["checks"]["database.unreachable"][0]["status"] == "pass"
    assert answer.data["checks"]["database.tables-missing"][0]["status"] == "pass"


#: Each has "zq" in every piece of its password, and can be read in more than one way.
PASSWORDS = ["zq1-plain", "zq2@zq/zq:zq", "zq3%40zq", "zq4%zq", "zq5#zq?zq", "zq6[zq]", "zq7 zq"]


@pytest.mark.parametrize("conf", [INSTALL, ""], ids=["way 1", "way 3"])
def test_no_password_is_in_an_answer_or_in_the_log(serve: Serve, closed_port, conf):
    place = f"127.0.0.1:{closed_port}/shop"
    drivers = ["postgresql+psycopg2", "postgresql+psycopg", "mysql+pymysql"]
    binds = {
        f"b{number}": f"{drivers[number % 3]}://shop:{password}@{place}"
        for number, password in enumerate(PASSWORDS)
    }
    binds["query"] = f"postgresql+psycopg2://{place}?user=shop&password=zq8-query"
    source = PLAIN + (
        "\nfrom flask_sqlalchemy import SQLAlchemy\n"
        f"app.config['SQLALCHEMY_BINDS'] = {binds!r}\n"
        "db = SQLAlchemy(app)\n"
        "for name in app.config['SQLALCHEMY_BINDS']:\n"
        "    type(name, (db.Model,), {'__bind_key__': name, 'id': db.Column(db.Integer, "
        "primary_key=True)})\n"
    )
    for details in ("status", "areas", "all"):
        environ = {"BOOTCHECK_DETAILS": details, "BOOTCHECK_TIMEOUT": "10"}
        server = serve(source, "-w", "1", conf=conf, environ=environ)
        answer = server.health_when(
            lambda a: "no result" not in str(a.data) and bool(a.failing), 30
        )
        found = answer.data["checks"]["database.unreachable"]
        assert {entry["componentId"] for entry in found} >= set(binds)
        bodies = [answer.body, server.get().body, server.get("/readyz", token="wrong").body]
        server.stop()
        assert "database.unreachable" in server.log
        for text in (*(body.decode() for body in bodies), server.log):
            assert not re.search("zq", text), re.findall(".{60}zq.{60}", text)
