"""Probes in the access log: not there unless wanted, and no other line is touched."""

from __future__ import annotations

import pytest

from .apps import INSTALL, PLAIN
from .conftest import Serve
from .server import Server, until

pytestmark = pytest.mark.server

WAYS = pytest.mark.parametrize("conf", [INSTALL, ""], ids=["way 1", "way 3"])
LOGGED = ("--access-logfile", "-", "--access-logformat", "ACCESS %(m)s %(U)s %(s)s")
#: A logger class of the user's that writes what it likes, where it likes.
OWN_LOGGER = """
from gunicorn.glogging import Logger

class Own(Logger):
    def access(self, resp, req, environ, request_time):
        with open("own.log", "a") as file:
            file.write(f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}\\n")
"""


def lines(server: Server) -> list[str]:
    """The lines of the access log."""
    return [line[7:] for line in server.log.splitlines() if line.startswith("ACCESS ")]


def ask_all(server: Server) -> None:
    """Probes, then what is none."""
    server.health_when(lambda answer: answer.status == 200)
    for path in (
        "/healthz",
        "/readyz/",
        "/livez",
        "/healthz?verbose",
        "/pid",
        "/healthz/no",
        "/pid?a",
    ):
        server.get(path)


@WAYS
@pytest.mark.parametrize("worker_class", ["sync", "gthread", "gevent"])
def test_probes_are_left_out_of_it(serve: Serve, worker_class, conf):
    server = serve(PLAIN, "-k", worker_class, "-w", "1", *LOGGED, conf=conf)
    ask_all(server)
    until(lambda: len(lines(server)) >= 3, 5, server)
    assert lines(server) == ["GET /pid 200", "GET /healthz/no 404", "GET /pid 200"]


@WAYS
def test_a_setting_keeps_them(serve: Serve, conf):
    server = serve(PLAIN, "-w", "1", *LOGGED, conf=conf, environ={"BOOTCHECK_ACCESS_LOG": "1"})
    ask_all(server)
    until(lambda: "GET /livez 200" in lines(server), 5, server)
    assert "GET /healthz 200" in lines(server)


def test_install_takes_the_setting_too(serve: Serve):
    conf = INSTALL.replace("globals()", "globals(), access_log=True")
    server = serve(PLAIN, "-w", "1", *LOGGED, conf=conf)
    ask_all(server)
    until(lambda: "GET /livez 200" in lines(server), 5, server)


def test_what_is_no_probe_at_our_path_is_written(serve: Serve):
    """A POST there is somebody's mistake, and worth a line."""
    server = serve(PLAIN, "-w", "1", *LOGGED)
    server.health_when(lambda answer: answer.status == 200)
    assert server.get("/healthz", method="POST").status == 405
    until(lambda: lines(server) == ["POST /healthz 405"], 5, server)


def test_a_route_of_the_app_at_our_path_is_written(serve: Serve):
    own = PLAIN + "\n@app.get('/healthz')\ndef healthz(): return 'of the app'\n"
    server = serve(own, "-w", "1", *LOGGED)
    assert server.get("/healthz").body == b"of the app"
    until(lambda: lines(server) == ["GET /healthz 200"], 5, server)


def test_a_logger_class_of_the_users_is_served_the_same(serve: Serve):
    files = {"own.py": OWN_LOGGER}
    server = serve(PLAIN, "-w", "1", "--logger-class", "own.Own", files=files, conf=INSTALL)
    ask_all(server)
    log = server.log_file.parent / "own.log"
    until(lambda: log.exists() and log.read_text().count("/pid") == 2, 5, server)
    assert log.read_text().splitlines() == ["GET /pid", "GET /healthz/no", "GET /pid"]
