"""``flask bootcheck wait`` against a server that takes its time."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from .commandline import Done, flask
from .helpers import clean_environ


class Server(http.server.HTTPServer):
    """Answers with these statuses in turn, the last one for ever."""

    statuses: list[int]
    hosts: list[str]


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Server)
        statuses = self.server.statuses
        self.server.hosts.append(self.headers["Host"])
        self.send_response(statuses.pop(0) if len(statuses) > 1 else statuses[0])
        self.send_header("Location", "https://shop.example/")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server(("127.0.0.1", 0), Handler)
    made.statuses, made.hosts = [200], []
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


def wait(url: str, *arguments: str) -> Done:
    command = ("--app", "nowhere", "bootcheck", "wait", url, "--interval", "0.01", *arguments)
    return flask(Path.cwd(), *command, environ=clean_environ())


def url_of(server: Server, path: str = "/healthz") -> str:
    return f"http://127.0.0.1:{server.server_port}{path}"


def test_it_waits_until_exactly_200(server: Server) -> None:
    server.statuses = [503, 503, 204, 302, 200]
    done = wait(url_of(server))
    assert (done.returncode, done.stderr) == (0, "")
    assert [line.split(" s  ")[1] for line in done.stdout.splitlines()] == [
        "503 Service Unavailable",
        "204 No Content: only 200 will do",
        "302 Found to https://shop.example/, which Railway does not follow",
        "200 OK",
    ]


def test_the_host_header_can_be_the_platforms(server: Server) -> None:
    assert wait(url_of(server), "--host", "healthcheck.railway.app").returncode == 0
    assert server.hosts == ["healthcheck.railway.app"]


def test_it_gives_up(server: Server) -> None:
    server.statuses = [503]
    done = wait(url_of(server), "--timeout", "0.2")
    assert done.returncode == 1
    assert "not 200 within 0.2 s" in done.stderr


def test_nobody_there_is_no_answer(server: Server) -> None:
    url = url_of(server).replace(str(server.server_port), "1")
    done = wait(url, "--timeout", "0.1")
    assert done.returncode == 1
    assert "no answer: Connection refused" in done.stdout


@pytest.mark.parametrize("url", ["shop", "ftp://shop", "http://", "http://[", "http://a:b/"])
def test_what_is_no_url_is_bad_usage(url: str) -> None:
    done = wait(url)
    assert done.returncode == 2
    assert "is no URL such as" in done.stderr
