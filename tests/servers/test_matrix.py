"""Every worker class, in every way, with and without preload, on the gunicorn that is installed."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from ..helpers import clean_environ
from .cells import IMPOSSIBLE, WORKERS, WORKING, Cell, is_whole, smoke_each
from .conftest import Serve
from .server import Answer, Server, members, until
from .support import PASSED, support

#: What gunicorn is told to serve only a worker sees.
FOUND_BEFORE = [cell for cell in IMPOSSIBLE if cell.finding != "server.class-needs-asgi"]
#: The apps of way 2 do not know us.
WITHOUT_US = [cell for cell in WORKING if cell.way.number == 2]

pytestmark = pytest.mark.server


@pytest.fixture(autouse=True)
def _row(cell: Cell, record_property) -> None:
    record_property(*support("classes", cell.kind, str(cell.way), cell.finding or PASSED))


@pytest.mark.parametrize("cell", smoke_each(WORKING), ids=str)
def test_it_serves_whatever_happens_to_its_workers(serve: Serve, cell):
    server = cell.serve(serve)
    server.health_when(is_whole)

    os.kill(server.workers[0], signal.SIGKILL)
    server.health_when(lambda answer: is_whole(answer) and answer.data["workers"]["restarts"] == 1)
    # gunicorn's tornado worker forgets a SIGTERM that comes before its loop runs.
    answers_of_each(server)

    before = set(server.workers)
    server.signal(signal.SIGHUP)
    until(lambda: len(server.workers) == WORKERS and not before & {*server.workers}, 20, server)
    server.health_when(lambda answer: is_whole(answer) and answer.data["workers"]["restarts"] == 3)
    assert all(is_whole(answer) for answer in answers_of_each(server))
    assert_ends_cleanly(server)


@pytest.mark.parametrize("cell", WORKING, ids=str)
def test_a_missing_blueprint_is_named(serve: Serve, cell):
    server = cell.serve(serve, environ={"BOOTCHECK_BLUEPRINTS": "cart"})

    for answer in answers_of_each(server):
        assert answer.status == 503
        (entry,) = answer.data["checks"]["blueprints.missing"]
        assert entry["status"] == "fail"
        assert "cart" in entry["output"]
    assert server.get("/healthz").status == 503
    assert_ends_cleanly(server)


@pytest.mark.parametrize("cell", WITHOUT_US, ids=str)
def test_plain_gunicorn_ends_as_cleanly(serve: Serve, cell):
    """What the other tests compare with."""
    preload = ("--preload",) if cell.way.preload else ()
    server = serve(cell.source, *cell.arguments, "-w", str(WORKERS), *preload)
    until(lambda: len(server.workers) == WORKERS, 20, server)
    for worker in server.workers:
        until(partial(is_in_its_loop, server, worker), 20, server)
    assert_ends_cleanly(server)


@pytest.mark.parametrize("cell", FOUND_BEFORE, ids=str)
def test_what_cannot_be_is_found_before_the_deploy(cell, tmp_path):
    report = examined(cell, tmp_path)
    (result,) = [result for result in report["results"] if result["id"] == cell.finding]
    assert result["status"] in ("warn", "fail")
    for finding in result["findings"]:
        assert cell.worker_class in finding["message"]
        assert finding["hint"]


def examined(cell: Cell, folder: Path) -> dict[str, Any]:
    """``flask bootcheck`` on the same app, the class set in the conf or in the environment."""
    (folder / "main.py").write_text(cell.source, "utf-8")
    (folder / "gunicorn.conf.py").write_text(cell.way.conf, "utf-8")
    environ = {"GUNICORN_CMD_ARGS": shlex.join((*cell.way.arguments, *cell.arguments))}
    command = [sys.executable, "-m", "flask", "--app", "main", "bootcheck", "--format", "json"]
    done = subprocess.run(
        command, cwd=folder, env=clean_environ() | environ, capture_output=True, text=True
    )
    report: dict[str, Any] = json.loads(done.stdout)
    assert done.returncode == (report["status"] == "fail"), done.stderr
    return report


@pytest.mark.parametrize("cell", IMPOSSIBLE, ids=str)
def test_gunicorn_does_what_the_finding_says(serve: Serve, cell):
    server = cell.serve(serve)
    if cell.finding == "server.class-unavailable":
        assert server.wait() == 1
        assert f"class uri '{cell.worker_class}' invalid or not found" in server.log
    elif cell.finding == "server.class-needs-asgi":
        assert [server.get(path).status for path in ("/pid", "/healthz")] == [500, 500]
        until(lambda: server.log.count(f"FAIL  {cell.finding}") >= WORKERS, 20, server)
        assert_ends_cleanly(server)
    else:
        server.health_when(is_whole)
        assert_ends_badly(server)


# -- what the tests say ---------------------------------------------------------------------------


def answers_of_each(server: Server) -> list[Answer]:
    """What each worker says of all of them. Each is in its loop then: gunicorn loses a SIGTERM that
    comes before."""
    server.health_when(counts_all)
    return [until(partial(answer_of, server, worker), 20, server) for worker in server.workers]


def answer_of(server: Server, worker: int) -> Answer | None:
    """Not for long: what a worker waits for may be a sibling that is stopped now."""
    with server.alone(worker), suppress(TimeoutError):
        assert server.get("/pid", timeout=2).body == str(worker).encode()
        answer = server.health(timeout=2)
        return answer if counts_all(answer) else None
    return None


def is_in_its_loop(server: Server, worker: int) -> bool:
    """Whether a worker answers when the others cannot."""
    with server.alone(worker), suppress(TimeoutError):
        return server.get("/pid", timeout=2).body == str(worker).encode()
    return False


def counts_all(answer: Answer) -> bool:
    """A worker looks at the board once a second."""
    words = answer.data.get("workers", {})
    done = words.get("ready", 0) + words.get("failed", 0)
    return bool(done == words.get("target") == WORKERS)


def assert_ends_cleanly(server: Server) -> None:
    """As plain gunicorn does: exit code 0 and nobody left."""
    server.signal(signal.SIGTERM)
    assert server.wait() == 0, server.log
    assert members(server.master) == [], server.log
    assert "flask_bootcheck/" not in server.log, f"a traceback of ours\n{server.log}"


def assert_ends_badly(server: Server) -> None:
    """Late, or with an error, or with workers left; without load it is there in half a second."""
    asked = time.monotonic()
    server.signal(signal.SIGTERM)
    code = server.wait()
    left = members(server.master)
    late = time.monotonic() - asked
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    assert code != 0 or left or late > 2, server.log
