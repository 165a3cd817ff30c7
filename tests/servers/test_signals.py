"""Signals to the master: the board tells the truth during and after, and nobody gets a 503."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from threading import Event, Thread

import pytest

from .cells import EVERY_WAY, Way
from .conftest import Serve
from .daemon import Daemon
from .server import Answer, Server, children, members, stopped, until
from .support import support

pytestmark = [
    pytest.mark.server,
    pytest.mark.parametrize("way", EVERY_WAY, ids=str),
]


@pytest.fixture(autouse=True)
def _row(request: pytest.FixtureRequest, way: Way, record_property) -> None:
    row = request.node.get_closest_marker("row").args[0]
    record_property(*support("signals", row, str(way)))


#: ``python -m gunicorn`` cannot start its successor: that finds gunicorn's own ``http`` for the
#: standard library's.
COMMAND = Path(sys.executable).with_name("gunicorn")
#: How late the board may be: a few seconds, and more where other tests keep all CPUs busy.
SECONDS = 20


@pytest.mark.row("HUP")
def test_a_reload_changes_nothing(serve: Serve, way: Way):
    with up(serve, way) as server:
        reload(server, 2)
        each_tells(server, 2)


@pytest.mark.row("HUP, with another count")
@pytest.mark.parametrize("count", [1, 3])
def test_a_reload_follows_a_new_count(serve: Serve, way: Way, count):
    with up(serve, way, conf="workers = 2\n") as server:
        conf = server.log_file.parent / "gunicorn.conf.py"
        conf.write_text(f"workers = {count}\n{way.conf}")
        reload(server, count)
        each_tells(server, count)


@pytest.mark.row("TTIN, TTOU")
def test_one_more_and_one_less_are_followed(serve: Serve, way: Way):
    with up(serve, way) as server:
        for number, count in ((signal.SIGTTIN, 3), (signal.SIGTTOU, 2), (signal.SIGTTOU, 1)):
            server.signal(number)
            tells(server, count)
            until(partial(has_workers, server, count), SECONDS, server)
            each_tells(server, count)


@pytest.mark.row("WINCH")
def test_a_window_that_changes_its_size_means_nothing(serve: Serve, way: Way):
    with up(serve, way, "--log-level", "debug") as server:
        before = server.workers
        server.signal(signal.SIGWINCH)
        until(lambda: "SIGWINCH ignored" in server.log, SECONDS, server)
        each_tells(server, 2)
        assert server.workers == before


@pytest.mark.row("USR2, then TERM to the old master")
def test_a_new_master_takes_over(serve: Serve, way: Way):
    with up(serve, way) as server:
        old = server.workers
        new = successor(server)
        for worker in (*old, *children(new)):
            instance_tells(server, worker, 2)
        workers = children(new)

        server.signal(signal.SIGTERM)
        assert server.wait() == 0
        for worker in workers:
            instance_tells(server, worker, 2)
        assert children(new) == workers
    os.kill(new, signal.SIGTERM)
    until(lambda: not members(server.process_group), 20, server)


@pytest.mark.row("USR2, then TERM to the new master")
def test_a_new_master_is_rolled_back(serve: Serve, way: Way):
    with up(serve, way) as server:
        old = server.workers
        new = successor(server)
        for worker in children(new):
            instance_tells(server, worker, 2)

        os.kill(new, signal.SIGTERM)
        until(lambda: server.workers == old, 20, server)
        each_tells(server, 2)


@pytest.mark.row("USR2, WINCH and HUP to the old master, in the background")
def test_the_workers_of_the_old_master_leave_and_come_back(serve: Serve, way: Way):
    """WINCH, in the background: the usual way to try a new version."""
    with up(serve, way, kind=Daemon) as server:
        new = successor(server)
        server.signal(signal.SIGWINCH)
        until(lambda: server.workers == [new], 20, server)
        for worker in children(new):
            instance_tells(server, worker, 2)

        server.signal(signal.SIGHUP)
        until(lambda: len(server.workers) == 3, 20, server)
        for worker in (*server.workers, *children(new)):
            if worker != new:
                instance_tells(server, worker, 2)

        os.kill(new, signal.SIGTERM)
        until(lambda: len(server.workers) == 2, 20, server)
        each_tells(server, 2)


# -- what the tests say ---------------------------------------------------------------------------


@contextmanager
def up(serve: Serve, way: Way, *arguments: str, conf: str = "", **options) -> Iterator[Server]:
    """A server whose two workers are ready; whatever happens to it, it never answers 503."""
    count = () if conf else ("-w", "2")
    server = way.serve(serve, *count, *arguments, conf=conf, program=[str(COMMAND)], **options)
    server.health_when(lambda answer: answer.status == 200)
    tells(server, 2)
    with visited(server):
        yield server


@contextmanager
def visited(server: Server) -> Iterator[None]:
    """Somebody asks all the time."""
    failed: list[Answer] = []
    has_ended = Event()

    def visit() -> None:
        while not has_ended.wait(0.02):
            answer = server.health()
            if answer.status != 200:
                failed.append(answer)

    visitor = Thread(target=visit)
    visitor.start()
    try:
        yield
    finally:
        has_ended.set()
        visitor.join()
    assert failed == [], server.log


def reload(server: Server, count: int) -> None:
    """SIGHUP, and wait until the workers are other ones."""
    before = set(server.workers)
    server.signal(signal.SIGHUP)
    until(lambda: len(server.workers) == count and not before & {*server.workers}, SECONDS, server)


def successor(server: Server) -> int:
    """The master that USR2 starts, when it has forked its workers."""
    before = {server.master, *server.workers}
    server.signal(signal.SIGUSR2)
    (new,) = until(lambda: [pid for pid in server.workers if pid not in before], 20, server)
    until(lambda: len(children(new)) == 2, 20, server)
    return new


def tells(server: Server, count: int) -> None:
    """Soon the board has as many workers, all of them ready."""
    until(lambda: told(server) == (count,) * 3, SECONDS, server)


def each_tells(server: Server, count: int) -> None:
    """The same from each worker."""
    for worker in server.workers:
        instance_tells(server, worker, count)


def instance_tells(server: Server, worker: int, count: int) -> None:
    """The same from one worker, while the others of both masters are stopped."""
    server.hear_all()
    until(partial(tells_alone, server, worker, count), SECONDS, server)


def tells_alone(server: Server, worker: int, count: int) -> bool:
    others = [pid for pid in server.serving if pid != worker]
    try:
        with stopped(others):
            assert server.get("/pid", timeout=2).body == str(worker).encode()
            return told(server) == (count,) * 3
    except TimeoutError:
        return False


def has_workers(server: Server, count: int) -> bool:
    return len(server.workers) == count


def told(server: Server) -> tuple[int, ...]:
    """What an answer says: configured, target, ready."""
    answer = server.health()
    assert answer.status == 200, answer
    words = answer.data["workers"]
    return tuple(words.get(name) for name in ("configured", "target", "ready"))
