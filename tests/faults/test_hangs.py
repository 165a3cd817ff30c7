"""Many probes at once, and checks that do not come back."""

from __future__ import annotations

import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest

from ..servers.apps import INSTALL, PLAIN
from ..servers.conftest import Serve
from ..servers.server import Server, until
from .conftest import Watching

pytestmark = pytest.mark.server

DEADLINE = 1
ENVIRON = {"BOOTCHECK_TTL": "2", "BOOTCHECK_TIMEOUT": str(DEADLINE)}
CLASSES = pytest.mark.parametrize(
    "kind",
    [("sync",), ("gthread", "--threads", "4"), ("gevent",), ("eventlet",)],
    ids=lambda kind: kind[0],
)

#: A check that takes a second and notes who began it when.
SLOW = (
    PLAIN
    + """
import time

@bootcheck.check("queue.slow")
def queue_answers():
    with open("runs", "a") as runs:
        runs.write(f"{os.getpid()} {time.monotonic()}\\n")
    time.sleep(1)
"""
)

#: Eight that wait, each in one of two ways, for as long as a file is there.
HUNG = (
    PLAIN
    + """
import socket, threading, time
from pathlib import Path

_open = []

def _waits(number):
    here, there = socket.socketpair()
    _open.append(there)
    here.settimeout(0.1)

    def check():
        while Path("hang").exists():
            if number % 2:
                time.sleep(0.1)
            else:
                try:
                    here.recv(1)
                except TimeoutError:
                    pass
    return check

for number in range(8):
    bootcheck.check(f"hung.check{number}")(_waits(number))

@app.get("/threads")
def threads():
    # Green ones, and those of the operating system.
    status = Path("/proc/self/status").read_text()
    native = next(line.split()[1] for line in status.splitlines() if line.startswith("Threads:"))
    return str(threading.active_count() + int(native))
"""
)
HANGING = {f"hung.check{number}" for number in range(8)}


@CLASSES
@pytest.mark.fault("200 probes at once on a check that takes 1 s")
def test_a_stampede_runs_a_check_once_a_worker_and_ttl(
    serve: Serve, watch: Watching, kind, request
):
    """200 all the time: each worker runs the check once a TTL, however many ask."""
    ttl = 3  # more than what the check and the clock of the board take anyway
    environ = {"BOOTCHECK_TTL": str(ttl), "BOOTCHECK_TIMEOUT": "5"}
    server = serve_class(serve, request, SLOW, kind, "-w", "2", environ=environ)
    server.health_when(lambda answer: answer.status == 200 and answer.ready == 2)

    end = time.monotonic() + 2 * ttl
    with watch(server) as person, ThreadPoolExecutor(200) as crowd:
        while time.monotonic() < end:
            answers = list(crowd.map(lambda _: server.health(), range(200)))
            assert [answer for answer in answers if answer.status != 200] == []
    assert person.codes == [200]
    begun = runs_of(server)
    assert len(begun) == 2
    for times in begun.values():
        assert len(times) > 1, "nobody asked for a second run"
        assert min(later - earlier for earlier, later in pairwise(times)) >= ttl


@CLASSES
@pytest.mark.fault("8 checks that never return, and 1000 probes")
def test_hung_checks_delay_nobody_and_pile_up_nothing(serve: Serve, watch: Watching, kind, request):
    """503 when the deadline has passed, told at once to every probe, until the checks come back;
    the app itself serves as before."""
    server = serve_class(serve, request, HUNG, kind, "-w", "1", conf=INSTALL, environ=ENVIRON)
    server.health_when(lambda answer: answer.status == 200)
    times_of(server, "/pid", 100)  # a pool of threads is complete then
    hang = server.log_file.parent / "hang"

    with watch(server) as person:
        hang.touch()
        person.sees(lambda look: look.ids == HANGING)
        before = threads(server)
        assert max(times_of(server, "/healthz", 1000)) < DEADLINE
        assert max(times_of(server, "/pid", 100)) < DEADLINE
        assert threads(server) <= before + 2  # a round may be under way
        hang.unlink()
        person.settles(lambda look: look.code == 200)
    assert person.codes == [200, 503, 200]
    assert person.ids == HANGING
    until(lambda: threads(server) < before, 20, server)


# -- what the tests say ---------------------------------------------------------------------------


def serve_class(
    serve: Serve, request, source: str, kind: tuple[str, ...], *arguments: str, **options
):
    """A server of a worker class; eventlet has a Python of its own."""
    if kind[0] == "eventlet":
        options["python"] = request.getfixturevalue("story_python")
    return serve(source, "-k", *kind, *arguments, **options)


def runs_of(server: Server) -> dict[str, list[float]]:
    """When each worker began the check."""
    begun: dict[str, list[float]] = defaultdict(list)
    for line in (server.log_file.parent / "runs").read_text().splitlines():
        pid, at = line.split()
        begun[pid].append(float(at))
    return begun


def threads(server: Server) -> int:
    """How many threads the worker has; a native one counts twice, a green one once."""
    return int(server.get("/threads").body)


def times_of(server: Server, path: str, count: int) -> list[float]:
    """Seconds that each of some requests took, eight at a time."""

    def ask(_: int) -> float:
        asked = time.monotonic()
        server.get(path)
        return time.monotonic() - asked

    with ThreadPoolExecutor(8) as crowd:
        return list(crowd.map(ask, range(count)))
