"""Something that a process may have so much of is used up: descriptors, threads, memory."""

from __future__ import annotations

import http.client
import itertools
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ..servers.apps import INSTALL, PLAIN, SWITCH
from ..servers.conftest import Serve
from ..servers.nobody import nobodys_folder, nobodys_python, python_path
from ..servers.server import TOKEN, Server, until
from .confined import Confined
from .conftest import Watching

__all__ = ["nobodys_folder", "nobodys_python"]

pytestmark = pytest.mark.server

WAYS = pytest.mark.parametrize("conf", [INSTALL, ""], ids=["way 1", "way 3"])
KEEPS_CONNECTIONS = ("-k", "gthread", "--threads", "4", "--keep-alive", "30")
FEW_FILES = ("prlimit", "--nofile=64:64")

#: Opens files until no more can be opened, and closes them later or when asked to.
HOARDER = """
import ctypes, threading, time
hoard = []
try:  # the C library opens it when the first thread ends, and aborts the process if it cannot
    ctypes.CDLL("libgcc_s.so.1")
except OSError:
    pass

def take():
    try:
        while True:
            hoard.append(open("/dev/null"))
    except OSError:
        return str(len(hoard))

def keep_taking(seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        take()
        time.sleep(0.02)
    give_back()

def give_back():
    hoard.clear()
    print("given back", flush=True)
    return ""

def take_for(seconds):
    threading.Thread(target=keep_taking, args=(seconds,), daemon=True).start()
    return take()
"""
ROUTES = """
app.get("/take")(take)
app.get("/give-back")(give_back)

@app.get("/take-for-a-while")
def take_for_a_while():
    return take_for(3)
"""


def connection_to(server: Server) -> Iterator[http.client.HTTPConnection]:
    """One that is kept: a process without descriptors still answers on it."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=15)
    yield connection
    connection.close()


def ask(connection: http.client.HTTPConnection, path: str) -> tuple[int, bytes]:
    connection.request("GET", path, headers={"Authorization": f"Bearer {TOKEN}"})
    response = connection.getresponse()
    return response.status, response.read()


@WAYS
@pytest.mark.fault("all file descriptors of one worker of two in use, for three seconds")
def test_a_worker_that_cannot_accept_is_replaced(serve: Serve, watch: Watching, conf):
    """200: gunicorn ends a worker that cannot accept, and forks another; its sibling answers meanwhile.
    `warn` for as long as that takes."""
    source = HOARDER + PLAIN + ROUTES
    server = serve(source, "-w", "2", conf=conf, kind=Confined, before=FEW_FILES)
    server.health_when(lambda answer: answer.status == 200 and answer.ready == 2)
    server.hear_all()
    before = server.workers
    with watch(server) as person:
        assert int(server.get("/take-for-a-while").body) > 20
        until(lambda: server.workers != before, 20, server)
        person.settles(lambda look: look.status == "pass")
    assert person.codes == [200]
    assert person.ids <= {"workers.not-ready"}
    assert "flask_bootcheck" not in server.log, "none of ours is in a traceback"


@WAYS
@pytest.mark.fault("all file descriptors of a worker in use, and a probe on a connection it has")
def test_a_worker_without_descriptors_does_not_take_itself_for_dead(serve: Serve, conf):
    """200 on connections that are kept. It cannot look who lives then, and believes what it knows."""
    source = HOARDER + PLAIN + ROUTES
    options: dict[str, Any] = {"conf": conf, "kind": Confined, "before": FEW_FILES}
    server = serve(source, *KEEPS_CONNECTIONS, **options)
    server.health_when(lambda answer: answer.status == 200)
    for connection in connection_to(server):
        assert int(ask(connection, "/take")[1]) > 20
        times: set[str] = set()
        while len(times) < 4:  # of rounds: it looks at the board, and runs its checks again
            status, body = ask(connection, "/healthz")
            data = json.loads(body)
            assert (status, data["status"], data["workers"]["ready"]) == (200, "pass", 1), body
            times |= {entry[0]["time"] for entry in data["checks"].values()}
        ask(connection, "/give-back")
    assert server.health().status == 200
    assert "Traceback" not in server.log


@WAYS
@pytest.mark.fault("all file descriptors but one in use while the workers boot")
def test_a_worker_that_boots_without_descriptors_serves(serve: Serve, watch: Watching, conf):
    """200 all the time. With the app alone a worker cannot open the board then: it answers for itself,
    and how many there are is unknown."""
    taken = "take()\nhoard.pop().close()\nthreading.Timer(1, give_back).start()\n"
    source = HOARDER + PLAIN + taken
    options: dict[str, Any] = {"conf": conf, "kind": Confined, "before": FEW_FILES}
    # A sync worker tries to accept before anybody has come, and gunicorn ends it when it cannot.
    server = serve(source, "-w", "2", "-k", "gthread", **options)
    until(lambda: server.log.count("given back") == 2, 20, server)
    with watch(server) as person:
        person.settles(lambda look: look.status == "pass")
    assert person.codes == [200]
    assert server.health().ready == (2 if conf else 1)
    assert "Traceback" not in server.log


@pytest.mark.fault("no more threads for this user, while a check is to run every second")
def test_without_threads_there_is_no_result_after_a_while(
    serve: Serve, watch: Watching, nobodys_python, nobodys_folder
):
    """200 for three TTL, then 503 for what can no longer be known, and 200 as soon as there are
    threads again."""
    source = f"""{SWITCH}
import threading
over, hoard = threading.Event(), []

@app.get("/take")
def take():
    try:
        while True:
            hoard.append(threading.Thread(target=over.wait, daemon=True))
            hoard[-1].start()
    except RuntimeError:
        return str(len(hoard))

@app.get("/give-back")
def give_back():
    over.set()
    return ""
"""
    uid = next(_UIDS)
    os.chown(nobodys_folder, uid, -1)
    user = ("setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups", "--bounding-set=-all")
    options: dict[str, Any] = {"folder": nobodys_folder, "python": nobodys_python, "kind": Confined}
    options |= {
        "environ": {"PYTHONPATH": python_path()},
        "before": (*user, "prlimit", "--nproc=20:20"),
    }
    server = serve(source, **options)
    server.health_when(lambda answer: answer.status == 200)
    with watch(server) as person:
        assert int(server.get("/take").body) > 2
        person.sees(lambda look: look.ids == {"queue.stuck"})
        server.get("/give-back")
        person.settles(lambda look: look.status == "pass")
    assert person.codes == [200, 503, 200]
    assert "Traceback" not in server.log


#: Of users that nobody is: a limit of processes is one for all that a user runs.
_UIDS = itertools.count(60_000 + os.getpid() % 4000)


@WAYS
@pytest.mark.fault("a check that allocates until there is no more memory (`RLIMIT_AS`)")
def test_a_check_that_runs_out_of_memory_fails(serve: Serve, watch: Watching, conf):
    """503, `queue.stuck: MemoryError`; the app answers, and all is well when the check is."""
    source = f"""{PLAIN}
@bootcheck.check("queue.stuck")
def queue_moves():
    hoard = []
    while os.path.exists("broken"):
        hoard.append(bytearray(2**26))
"""
    before = ("prlimit", f"--as={2**30}:{2**30}")
    # To fill a GiB may take longer than a check may, on a busy machine.
    environ = {"BOOTCHECK_TIMEOUT": "15"}
    server = serve(source, conf=conf, kind=Confined, before=before, environ=environ)
    server.health_when(lambda answer: answer.status == 200)
    broken = Path(server.log_file.with_name("broken"))
    with watch(server) as person:
        broken.touch()
        person.sees(lambda look: look.ids == {"queue.stuck"})
        said = server.health_when(lambda answer: b"MemoryError" in answer.body)
        assert said.status == 503
        assert server.get("/pid").status == 200
        broken.unlink()
        person.settles(lambda look: look.status == "pass")
    assert person.ids == {"queue.stuck"}
