"""Databases that go and come under a running gunicorn: real ones, behind a door that is shut."""

from __future__ import annotations

import socket
import sqlite3
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ..databases import REDIS, URLS, Door, free_port, must_answer, must_listen
from .apps import DATABASE, INSTALL, PLAIN
from .conftest import Serve
from .server import Server, until

pytestmark = pytest.mark.server

TTL, DEADLINE, STEP = 1, 2, 0.5
#: The probe that finds old results starts the round, and the next one has its answer.
WITHIN = TTL + DEADLINE + 2 * STEP
WAYS = pytest.mark.parametrize("conf", [INSTALL, ""], ids=["way 1", "way 3"])
#: The tables are looked at elsewhere.
ENVIRON = {
    "BOOTCHECK_SKIP": "database.tables-missing,database.columns-missing",
    "BOOTCHECK_TIMEOUT": str(DEADLINE),
}
REDIS_APP = (
    PLAIN
    + """
import redis
cache = redis.Redis.from_url(os.environ["REDIS_URL"], socket_connect_timeout=1, socket_timeout=1)

@bootcheck.check("redis.unreachable")
def redis_answers():
    cache.ping()
"""
)


def seconds_until(server: Server, status: int) -> float:
    """How long a platform that probes every half a second waits for a status."""
    started = time.monotonic()
    next_probe = started
    while server.get("/healthz").status != status:
        next_probe += STEP
        assert next_probe - started < 30, server.log
        time.sleep(max(0.0, next_probe - time.monotonic()))
    return time.monotonic() - started


def visit(server: Server, seconds: float) -> None:
    """Nobody probes, and visitors come."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        assert server.get("/pid").status == 200


@pytest.fixture
def door_to() -> Iterator[Callable[[str], tuple[Door, str]]]:
    """Makes doors, and shuts them."""
    doors: list[Door] = []

    def make(url: str) -> tuple[Door, str]:
        door, through = Door.before(url)
        doors.append(door)
        return door, through

    yield make
    for door in doors:
        door.shut()


def assert_it_goes_and_comes(server: Server, go: Callable[[], object], come: Callable[[], object]):
    """Down when it has gone, up when it is there again, by the same workers."""
    server.health_when(lambda answer: answer.status == 200 and answer.ready == 2)
    workers = server.workers
    go()
    assert seconds_until(server, 503) <= WITHIN
    come()
    assert seconds_until(server, 200) <= WITHIN
    assert server.workers == workers


@pytest.mark.parametrize(
    ("driver", "conf"),
    [("psycopg", INSTALL), ("psycopg2", INSTALL), ("pymysql", INSTALL), ("psycopg2", "")],
    ids=["psycopg", "psycopg2", "pymysql", "psycopg2, way 3"],
)
def test_a_database_server_that_goes_and_comes(serve: Serve, door_to, conf, driver):
    must_answer(URLS[driver])
    door, url = door_to(URLS[driver])
    door.open()
    server = serve(DATABASE, "-w", "2", conf=conf, environ={**ENVIRON, "DATABASE_URL": url})
    assert_it_goes_and_comes(server, door.shut, door.open)


def test_a_redis_that_goes_and_comes(serve: Serve, door_to):
    must_listen(REDIS)
    door, url = door_to(REDIS)
    door.open()
    server = serve(REDIS_APP, "-w", "2", environ={"REDIS_URL": url})
    assert_it_goes_and_comes(server, door.shut, door.open)


def test_a_sqlite_file_that_goes_and_comes(serve: Serve, tmp_path: Path):
    file, aside = tmp_path / "shop.db", tmp_path / "aside.db"
    with closing(sqlite3.connect(file)) as made:  # two workers that make it hinder each other
        made.execute("CREATE TABLE item (id INTEGER PRIMARY KEY)")
    server = serve(DATABASE, "-w", "2", environ={"DATABASE_URL": f"sqlite:///{file}"})
    assert_it_goes_and_comes(server, lambda: file.rename(aside), lambda: aside.rename(file))


@WAYS
def test_a_database_that_comes_after_the_boot_is_found_by_the_probes_alone(
    serve: Serve, door_to, postgresql, conf
):
    """A private network may take a minute. The boot has not failed for good, nothing is restarted,
    and nobody polls: a service that sleeps is left asleep."""
    door, url = door_to(postgresql)
    server = serve(DATABASE, "-w", "2", conf=conf, environ={**ENVIRON, "DATABASE_URL": url})
    answer = server.health_when(lambda answer: answer.ready == 2)
    assert (answer.status, answer.failing) == (503, {"database.unreachable"})
    workers = server.workers

    door.open()
    visit(server, DEADLINE)  # the probes so far may have started a round
    before = door.entered
    visit(server, 3 * TTL)
    assert door.entered == before

    assert seconds_until(server, 200) <= WITHIN
    until(lambda: door.entered > before, 5, server)
    assert server.workers == workers
    assert server.log.count("Booting worker") == 2


@pytest.fixture
def worker(request) -> tuple[tuple[str, ...], dict[str, str]]:
    """The arguments of a worker class, and the options of its server."""
    threads = ("--threads", "4") if request.param == "gthread" else ()
    arguments = ("-k", request.param, "-w", "1", *threads)
    if request.param == "eventlet":
        return arguments, {"python": request.getfixturevalue("story_python")}
    return arguments, {}


@pytest.mark.parametrize(
    ("worker", "driver"),
    [
        *((name, "psycopg2") for name in ("sync", "gthread", "gevent", "eventlet")),
        *((name, driver) for name in ("gevent", "eventlet") for driver in ("psycopg", "pymysql")),
    ],
    indirect=["worker"],
)
def test_a_server_that_takes_connections_and_never_answers_delays_nobody(
    serve: Serve, worker, driver
):
    """Against the same app whose database answers: a request takes as long."""
    must_answer(URLS[driver])
    arguments, options = worker
    port = free_port()
    door, silenced = Door.before(URLS[driver])
    silenced = silenced.replace(f":{door.port}", f":{port}")
    door.port = port
    with socket.create_server(("127.0.0.1", port)) as silent:
        environ = {**ENVIRON, "DATABASE_URL": silenced}
        hung = serve(DATABASE, *arguments, environ=environ, **options)
        fine = serve(
            DATABASE, *arguments, environ={**ENVIRON, "DATABASE_URL": URLS[driver]}, **options
        )
        answer = hung.health_when(lambda answer: "no answer" in str(answer.data["checks"]))
        assert (answer.status, answer.failing) == (503, {"database.unreachable"})
        said = answer.data["checks"]["database.unreachable"][0]
        assert f":{port}/test: " in said["output"]
        assert said["output"].endswith(f" {DEADLINE} s")
        assert said["componentId"] == "default"
        fine.health_when(lambda answer: answer.status == 200)

        took: dict[Server, list[float]] = {hung: [], fine: []}
        for number in range(60):
            for server, times in took.items():
                if number % 10 == 0:
                    server.get("/healthz")
                started = time.monotonic()
                assert server.get("/pid").status == 200
                times.append(time.monotonic() - started)
        assert max(took[hung]) < DEADLINE
        assert statistics.median(took[hung]) < 3 * statistics.median(took[fine])
        silent.close()
        with door:
            door.open()
            hung.health_when(lambda answer: answer.status == 200)
