"""Servers that are not gunicorn: each process answers for itself."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator

import pytest

from ..watched import NO_RESULT_YET
from .apps import PLAIN
from .other import FORKING, KINDS, OPEN, Kind, OtherServer
from .server import until

pytestmark = pytest.mark.server

Launch = Callable[..., OtherServer]
each = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
SEVERAL = {name: kind for name, kind in KINDS.items() if kind.several}

#: A warning that names the process that answers.
NAMED = (
    PLAIN
    + """
from flask_bootcheck.findings import warn

@bootcheck.check("process.named")
def name_it():
    return warn(str(os.getpid()))
"""
)

#: A LIVE check that hangs for as long as anybody asks.
HANGING = (
    PLAIN
    + """
import threading

@bootcheck.check("queue.stuck")
def hang():
    threading.Event().wait()
"""
)


@pytest.fixture
def launch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Launch]:
    """Starts servers, ``launch(kind, source)``, and stops them."""
    servers: list[OtherServer] = []

    def start(kind: Kind, source: str = PLAIN, *arguments: str, **environ: str) -> OtherServer:
        folder = tmp_path_factory.mktemp("other")
        for name, text in {"main.py": source, **kind.files}.items():
            (folder / name).write_text(text, "utf-8")
        servers.append(OtherServer(folder, kind, *arguments, **environ))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.mark.smoke
@each
def test_one_process_answers_for_itself_and_says_which_server_it_is(launch: Launch, kind):
    server = launch(kind, NAMED)
    answer = server.health_when(lambda answer: answer.status == 200)

    words = answer.data["workers"]
    assert words["ready"] == 1
    assert not {"target", "configured"} & set(words)
    assert f"bootcheck: booted{' on ' + kind.name if kind.name else ','}" in server.log
    assert answer.warning == {"process.named"}


@pytest.mark.parametrize("name", ["flask run", "waitress"])
def test_only_a_server_for_visitors_needs_a_memory_limit(launch: Launch, name):
    server = launch(KINDS[name], BOOTCHECK_MEMORY_LIMIT="")
    answer = server.health_when(lambda answer: answer.status == 200)
    has_limit = "limit" in answer.data["memory"]
    expected = {"memory.limit-unknown"} if name == "waitress" and not has_limit else set()
    assert answer.warning == expected


@each
def test_a_blueprint_that_is_missing_is_503(launch: Launch, kind):
    server = launch(kind, BOOTCHECK_BLUEPRINTS="cart")
    answer = server.health_when(lambda answer: bool(answer.failing - {"workers.not-ready"}))
    assert (answer.status, answer.failing) == (503, {"blueprints.missing"})
    assert server.get("/pid").status == 200


@each
def test_a_check_that_hangs_does_not_stall_other_requests(launch: Launch, kind):
    server = launch(kind, HANGING, BOOTCHECK_TIMEOUT="1")
    answer = server.health_when(lambda answer: answer.failing == {"queue.stuck"})
    assert answer.status == 503

    began = time.monotonic()
    for _ in range(5):
        assert server.get("/pid").status == 200
    assert time.monotonic() - began < 2  # it would wait for ever


@each
def test_it_ends_as_without_us_and_leaves_nobody_behind(launch: Launch, kind):
    codes = []
    for source in (PLAIN, PLAIN.replace("BootCheck(app, ttl=1)", "None")):
        server = launch(kind, source)
        assert server.get("/pid").status == 200
        server.signal(signal.SIGTERM)
        codes.append(server.wait())
        server.stop()
    assert codes[0] == codes[1]


@pytest.mark.parametrize("kind", SEVERAL.values(), ids=SEVERAL)
def test_each_of_two_processes_answers_for_itself(launch: Launch, kind):
    """None knows of the other, and nobody says how many there should be."""
    server = launch(kind, NAMED, *kind.several)
    until(lambda: len(server.workers) == 2, 20, server)
    assert server.get("/pid").status == 200

    for worker in server.workers:
        assert _seen_by(server, worker) == {"ready": 1, "booting": 0, "failed": 0, "restarts": 0}


def _seen_by(server: OtherServer, worker: int) -> dict[str, int]:
    """What one process says of the workers, while the others are stopped."""
    others = [pid for pid in server.workers if pid != worker]
    for pid in others:
        os.kill(pid, signal.SIGSTOP)
    try:
        answer = server.health_when(
            lambda answer: f'"output":"{worker}"'.encode() in answer.body, seconds=10
        )
        assert answer.status == 200
        words: dict[str, int] = answer.data["workers"]
        return {name: words[name] for name in words if name != "oomKills"}
    finally:
        for pid in others:
            os.kill(pid, signal.SIGCONT)


def test_where_each_request_has_a_process_each_probe_has_a_round_of_its_own(launch: Launch):
    server = launch(FORKING, NAMED)
    answers = [server.health_when(lambda answer: answer.status == 200) for _ in range(2)]
    pids = {answer.data["checks"]["process.named"][0]["output"] for answer in answers}
    assert len(pids) == 2


def test_there_a_check_that_takes_longer_than_a_probe_waits_has_no_result(launch: Launch):
    server = launch(FORKING, HANGING)
    answer = server.health_when(lambda answer: answer.failing == {"queue.stuck"})
    assert answer.data["checks"]["queue.stuck"][0]["output"] == NO_RESULT_YET


def test_after_the_reloader_the_new_process_answers(launch: Launch):
    server = launch(KINDS["flask run --debug"])
    assert server.health_when(lambda answer: answer.status == 200).ready == 1
    before = server.get("/pid").body

    main = server.log_file.parent / "main.py"
    main.write_text(PLAIN.replace("str(os.getpid())", "f'new {os.getpid()}'"), "utf-8")
    until(lambda: _body(server).startswith(b"new"), 20, server)
    assert before not in _body(server)
    answer = server.health_when(lambda answer: answer.status == 200)
    assert (answer.ready, answer.data["status"]) == (1, "pass")


def _body(server: OtherServer) -> bytes:
    """Of ``/pid``; empty while the server starts again."""
    try:
        return server.get("/pid").body
    except OSError:
        return b""


# -- the development server where it has visitors --------------------------------------------------

RAILWAY = {"RAILWAY_SERVICE_ID": "x"}


@pytest.mark.parametrize(
    ("kind", "environ", "expected"),
    [
        (KINDS["flask run"], RAILWAY, {"server.development-server"}),
        (OPEN, {}, {"server.development-server"}),
        (OPEN, {**RAILWAY, "FLASK_DEBUG": "1"}, {"server.development-server", "config.debug-on"}),
        (OPEN, {"FLASK_DEBUG": "1"}, set()),
        (KINDS["flask run --debug"], RAILWAY, set()),
        (KINDS["waitress"], {**RAILWAY, "FLASK_DEBUG": "1"}, {"config.debug-on"}),
        (KINDS["waitress"], {**RAILWAY, "PORT": "1"}, set()),
    ],
)
def test_it_warns_where_visitors_are_and_nowhere_else(launch: Launch, kind, environ, expected):
    server = launch(kind, **environ)
    answer = server.health_when(lambda answer: answer.status == 200)
    assert answer.warning == expected
