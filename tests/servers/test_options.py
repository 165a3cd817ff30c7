"""Options of gunicorn that change where it listens and how its workers come and go."""

from __future__ import annotations

import http.client
import json
import re
import socket

import pytest

from .apps import INSTALL, PLAIN
from .conftest import Serve
from .server import TOKEN, Server, until

pytestmark = pytest.mark.server

FLAG = ("-c", "python:flask_bootcheck.gunicorn.conf")
WAYS = pytest.mark.parametrize(
    ("conf", "flag"), [(INSTALL, ()), ("", FLAG), ("", ())], ids=["way 1", "way 2", "way 3"]
)
PORTS = re.compile(r"http://127\.0\.0\.1:(\d+)")


def ask(connection: http.client.HTTPConnection) -> tuple[int, int]:
    """The status of ``/healthz``, and how many workers are ready."""
    try:
        connection.request("GET", "/healthz", headers={"Authorization": f"Bearer {TOKEN}"})
        response = connection.getresponse()
        data = json.loads(response.read())
        return response.status, data.get("workers", {}).get("ready", 0)
    except (OSError, http.client.IncompleteRead):
        return 0, 0
    finally:
        connection.close()


class UnixConnection(http.client.HTTPConnection):
    """HTTP over a unix socket."""

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.host)


def is_up(server: Server, connection: http.client.HTTPConnection) -> None:
    """Wait until two workers are ready, as seen by one door."""
    until(lambda: ask(connection) == (200, 2), 20, server)


@WAYS
def test_a_unix_socket_beside_two_ports_answers_the_same(serve: Serve, conf, flag):
    doors = ("--bind", "127.0.0.1:0", "--bind", "127.0.0.1:0", "--bind", "unix:door")
    server = serve(PLAIN, *flag, "-w", "2", *doors, conf=conf)
    first, second = until(lambda: PORTS.findall(server.log), 20, server)
    for port in (first, second):
        is_up(server, http.client.HTTPConnection("127.0.0.1", int(port), timeout=5))
    is_up(server, UnixConnection(str(server.log_file.parent / "door"), timeout=5))


@WAYS
def test_with_reload_a_changed_file_is_served_by_new_workers_that_are_watched(
    serve: Serve, conf, flag
):
    server = serve(PLAIN, *flag, "-w", "2", "--reload", conf=conf)
    server.health_when(lambda answer: answer.status == 200 and answer.ready == 2)
    before = set(server.workers)

    changed = PLAIN.replace("str(os.getpid())", "'changed'")
    (server.log_file.parent / "main.py").write_text(changed)
    until(lambda: len(server.workers) == 2 and not before & set(server.workers), 20, server)
    answer = server.health_when(lambda answer: answer.status == 200 and answer.ready == 2)
    assert answer.data["workers"]["target"] == 2
    assert server.get("/pid").body == b"changed"


@WAYS
def test_threads_make_sync_gthread_and_the_report_says_so(serve: Serve, conf, flag):
    server = serve(PLAIN, *flag, "-w", "1", "--threads", "4", conf=conf)
    server.health_when(lambda answer: answer.status == 200)
    assert re.search(r"bootcheck: booted on gunicorn \S+ gthread", server.log)


@WAYS
def test_gevent_that_patches_after_preload_is_told_and_one_that_patches_first_is_not(
    serve: Serve, conf, flag
):
    source = "from time import sleep\n" + PLAIN
    late = serve(source, *flag, "-k", "gevent", "-w", "1", "--preload", conf=conf)
    answer = late.health_when(lambda answer: answer.status == 200)
    (finding,) = answer.data["checks"]["server.patched-late"]
    assert finding["status"] == "warn"
    assert "--preload" in finding["output"]
    assert "main (time.sleep)" in finding["output"]

    first = "from gevent import monkey; monkey.patch_all()\n"
    early = serve(source, *flag, "-k", "gevent", "-w", "1", "--preload", conf=first + conf)
    answer = early.health_when(lambda answer: answer.status == 200)
    assert "server.patched-late" not in answer.warning


@WAYS
def test_gevent_without_preload_patches_in_time(serve: Serve, conf, flag):
    server = serve("from time import sleep\n" + PLAIN, *flag, "-k", "gevent", "-w", "1", conf=conf)
    answer = server.health_when(lambda answer: answer.status == 200)
    assert "server.patched-late" not in answer.warning
