"""Once booted: a worker that is killed, recycled or reloaded takes nobody else down."""

from __future__ import annotations

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from .apps import INSTALL, PLAIN
from .conftest import Serve
from .server import Answer, Server, until

pytestmark = pytest.mark.server

WAYS = pytest.mark.parametrize("conf", [INSTALL, ""], ids=["way 1", "way 3"])
SLOW = "import time; time.sleep(5)\n" + PLAIN


def kill(server: Server) -> int:
    """Kill a worker as the kernel does; returns its pid."""
    worker = server.workers[0]
    os.kill(worker, signal.SIGKILL)
    return worker


def is_gone(pid: int) -> bool:
    """Whether a process was reaped."""
    return not Path(f"/proc/{pid}").exists()


@WAYS
def test_one_killed_worker_of_four_is_a_warning_until_it_is_replaced(serve: Serve, conf):
    server = serve(SLOW, "-w", "4", conf=conf)
    server.health_when(lambda answer: answer.status == 200)

    dead, killed_at = kill(server), time.monotonic()
    answers: list[tuple[float, Answer]] = []

    def ask() -> bool:
        asked = time.monotonic() - killed_at
        answers.append((asked, server.health()))
        answer = answers[-1][1]
        return asked > 2 and answer.ready == 4

    until(ask, 20, server)
    assert {answer.status for _, answer in answers} == {200}
    assert next(seconds for seconds, answer in answers if answer.ready == 3) < 2
    degraded = [answer for seconds, answer in answers if seconds > 2 and answer.ready < 4]
    assert degraded, "the replacement came before anybody could have seen the loss"
    for answer in degraded:
        assert answer.data["status"] == "warn"
        assert answer.warning >= {"workers.not-ready"}
        assert (answer.ready, answer.data["workers"]["target"]) == (3, 4)
    last = answers[-1][1]
    assert "workers.not-ready" not in last.warning
    assert last.data["workers"]["restarts"] == 1
    assert dead not in server.workers


@WAYS
@pytest.mark.parametrize("worker_class", ["sync", "gthread"])
def test_with_the_only_worker_killed_connections_wait_and_then_pass(
    serve: Serve, worker_class, conf
):
    server = serve(PLAIN, "-k", worker_class, "-w", "1", conf=conf)
    server.health_when(lambda answer: answer.status == 200)

    for _ in range(3):
        dead = kill(server)
        until(partial(is_gone, dead), 5, server)
        answer = server.health()
        assert (answer.status, answer.ready) == (200, 1), server.log


@WAYS
def test_a_replacement_answers_once_it_knows_how_it_is(serve: Serve, conf):
    slow = (
        PLAIN
        + """
import time

@bootcheck.check("queue.stuck")
def queue_moves():
    time.sleep(1)
"""
    )
    server = serve(slow, "-w", "1", conf=conf)
    server.health_when(lambda answer: answer.status == 200)

    until(partial(is_gone, kill(server)), 5, server)
    answer = server.health()
    assert (answer.status, answer.ready) == (200, 1)


@WAYS
@pytest.mark.parametrize("workers", [1, 4])
def test_recycling_under_load_is_never_a_503(serve: Serve, workers, conf):
    server = serve(PLAIN, "-w", str(workers), "--max-requests", "200", conf=conf)
    server.health_when(lambda answer: answer.status == 200)
    before = set(server.workers)

    def ask(number: int) -> Answer:
        return server.health(30) if number % 2 else server.get("/pid", timeout=30)

    with ThreadPoolExecutor(4) as visitors:
        answers = list(visitors.map(ask, range(2000)))
    assert [answer for answer in answers if answer.status != 200] == []
    assert len(answers) == 2000
    assert not before & set(server.workers), "nobody was recycled"


@WAYS
@pytest.mark.parametrize("preload", [(), ("--preload",)], ids=["forked", "preload"])
def test_a_reload_keeps_the_board_and_the_answers(serve: Serve, conf, preload):
    server = serve(PLAIN, "-w", "2", *preload, conf=conf)
    server.health_when(lambda answer: answer.status == 200)
    before = set(server.workers)
    seen: set[int] = set()

    server.signal(signal.SIGHUP)

    def reloaded() -> bool:
        seen.add(server.health().status)
        return len(server.workers) == 2 and not before & set(server.workers)

    until(reloaded, 20, server)
    answer = server.health_when(lambda answer: answer.ready == 2)
    assert seen == {200}
    assert answer.data["workers"]["target"] == 2
    assert server.log.count("bootcheck: booted") == 1


def test_a_reload_follows_a_new_number_of_workers(serve: Serve):
    server = serve(PLAIN, conf="workers = 3\n" + INSTALL)
    server.health_when(lambda answer: answer.status == 200 and answer.ready == 3)

    (server.log_file.parent / "gunicorn.conf.py").write_text("workers = 2\n" + INSTALL)
    server.signal(signal.SIGHUP)
    answer = server.health_when(lambda answer: answer.ready == 2)
    assert answer.data["workers"]["target"] == answer.data["workers"]["configured"] == 2


@WAYS
def test_more_and_fewer_workers_by_signal_are_followed(serve: Serve, conf):
    server = serve(PLAIN, "-w", "2", conf=conf)
    server.health_when(lambda answer: answer.status == 200)

    server.signal(signal.SIGTTIN)
    answer = server.health_when(lambda answer: answer.ready == 3)
    assert answer.data["workers"]["target"] == 3
