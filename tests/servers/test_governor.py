"""The governor in a container: 97 workers asked for, in memory that the kernel enforces."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from .apps import GROWING
from .conftest import Serve
from .groups import MIB, Group, make_group
from .server import Server, members, until

pytestmark = pytest.mark.server

ASKED = 97
BOOT_SECONDS = 20
#: Way 2: an app that never heard of us.
FLAG = ("-c", "python:flask_bootcheck.gunicorn.conf")
MANY = ("--workers", str(ASKED), "--timeout", "120")


@pytest.fixture
def group() -> Iterator[Callable[[int], Group]]:
    """Makes memory cgroups of so many MiB, and removes them."""
    made: list[Group] = []

    def make(mib: int) -> Group:
        made.append(make_group(mib * MIB))
        return made[-1]

    yield make
    for each in made:
        each.remove()


@pytest.fixture
def contained(
    serve: Serve, group: Callable[[int], Group]
) -> Iterator[Callable[..., tuple[Server, Group]]]:
    """Starts :data:`GROWING` with 97 workers in a container, and ends it there."""
    made: list[tuple[Server, Group]] = []

    def start(mib: int, *arguments: str, **options) -> tuple[Server, Group]:
        container = group(mib)
        server = serve(GROWING, *MANY, *arguments, group=container.path, **options)
        made.append((server, container))
        return made[-1]

    yield start
    for server, container in made:
        server.stop()
        container.kill()


def settled(server: Server) -> dict[str, int]:
    """The workers as ``/healthz`` counts them, once all that may run are ready: more than one."""
    answer = server.health_when(
        lambda a: a.status == 200 and 1 < a.ready == a.data["workers"]["target"], BOOT_SECONDS
    )
    workers: dict[str, int] = answer.data["workers"]
    return workers


def request(server: Server, count: int) -> None:
    """Eight at a time; each must be answered."""
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda _: server.get("/", timeout=60).status, range(count)))
    assert statuses == [200] * count


def live(through: str, server: Server, group: Group, boots: int) -> None:
    """Whatever happens, the kernel kills nobody."""
    assert group.kills == 0, f"{through}: {boots} workers\n{server.log}"


def survive(server: Server, group: Group) -> None:
    """Boot, 500 requests, a SIGHUP and a TTIN."""
    fits = settled(server)["target"]
    assert fits < ASKED
    live("boot", server, group, fits)
    answer = server.health()
    assert answer.data["status"] == "warn"
    (finding,) = answer.data["checks"]["workers.exceed-memory"]
    assert finding["output"].startswith(f"{ASKED} workers ")
    request(server, 500)
    live("requests", server, group, fits)
    before = set(server.workers)
    server.signal(signal.SIGHUP)
    until(lambda: not before & set(server.workers), BOOT_SECONDS, server)
    after = settled(server)["target"]
    live("SIGHUP", server, group, after)
    server.signal(signal.SIGTTIN)
    until(lambda: server.log.count("Handling signal: ttin") == 1, 20, server)
    request(server, 50)
    assert settled(server)["target"] == after == fits
    live("TTIN", server, group, after)


@pytest.mark.parametrize("mib", [512, 256])
@pytest.mark.parametrize("preload", [(), ("--preload",)], ids=["plain", "preload"])
@pytest.mark.parametrize("threads", [(), ("--threads", "4")], ids=["sync", "gthread"])
def test_97_workers_are_as_many_as_fit_and_none_is_killed(contained, mib, preload, threads):
    survive(*contained(mib, *FLAG, *threads, *preload))


@pytest.mark.parametrize("preload", [(), ("--preload",)], ids=["plain", "preload"])
def test_the_same_under_eventlet_on_the_gunicorn_of_the_story(contained, story_python, preload):
    survive(*contained(512, *FLAG, "-k", "eventlet", *preload, python=story_python))


def test_the_same_without_the_governor_is_killed(contained):
    """Else the tests above would prove nothing."""
    server, group = contained(256)
    until(lambda: group.kills, 30, server)
    group.kill()


# -- without a container of its own: the limit is said, and nobody enforces it ------------------------

SAID = {"BOOTCHECK_MEMORY_LIMIT": "256M"}


def booted(server: Server) -> int:
    """How many workers were forked, gone or not."""
    return server.log.count("Booting worker")


def save_forecast(folder: Path, *arguments: str) -> None:
    """As a person does before the deploy."""
    (folder / "main.py").write_text(GROWING)
    command = [sys.executable, "-m", "flask", "--app", "main", "bootcheck", "forecast", "--save"]
    done = subprocess.run(
        [*command, *arguments], cwd=folder, capture_output=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr


def test_refuse_ends_after_the_first_worker_with_one_message_and_no_orphan(serve: Serve):
    server = serve(GROWING, *MANY, *FLAG, environ={**SAID, "BOOTCHECK_OVERCOMMIT": "refuse"})
    assert server.wait(BOOT_SECONDS) == 78, server.log
    assert booted(server) == 1
    until(lambda: not members(server.master), 5, server)
    (line,) = (line for line in server.log.splitlines() if f"{ASKED} workers " in line)
    assert re.search(r"97 workers .*\b\d fit\b.* \d+ MiB.* 97 x \d+ MiB", line)
    assert "Traceback" not in server.log


def test_a_saved_forecast_refuses_before_any_worker_and_admits_without_a_ramp(
    serve: Serve, tmp_path: Path
):
    save_forecast(tmp_path)
    refused = serve(
        GROWING, *MANY, *FLAG, folder=tmp_path, environ={**SAID, "BOOTCHECK_OVERCOMMIT": "refuse"}
    )
    assert refused.wait(BOOT_SECONDS) == 78, refused.log
    assert booted(refused) == 0
    assert refused.log.count(f"{ASKED} workers ") == 1
    assert "Traceback" not in refused.log
    server = serve(GROWING, *MANY, *FLAG, folder=tmp_path, environ=SAID)
    target = settled(server)["target"]
    assert 1 < target < 10
    assert "Handling signal: bootcheck" not in server.log
    assert booted(server) == target


def test_warn_runs_all_and_says_the_same(serve: Serve):
    environ = {"BOOTCHECK_MEMORY_LIMIT": "230M", "BOOTCHECK_OVERCOMMIT": "warn"}
    server = serve(GROWING, "--workers", "5", *FLAG, environ=environ)
    assert settled(server)["target"] == 5
    found = server.health_when(lambda answer: "workers.exceed-memory" in answer.warning)
    outputs = [entry["output"] for entry in found.data["checks"]["workers.exceed-memory"]]
    assert any(re.match(r"5 workers .*\b[234] fit in 230 MiB.*\b5\b", o) for o in outputs)


def test_a_first_worker_that_hangs_strands_nobody(serve: Serve):
    hangs = "import os, time\ntry:\n    os.mkdir('first')\n    time.sleep(600)\n"
    source = f"{hangs}except FileExistsError:\n    pass\n{GROWING}"
    environ = {"BOOTCHECK_MEMORY_LIMIT": "2G", "BOOTCHECK_BOOT_TIMEOUT": "1"}
    server = serve(source, "--workers", "6", *FLAG, environ=environ)
    until(lambda: " after 1 s" in server.log, 20, server)
    server.health_when(lambda answer: answer.ready == 5)
    assert server.get("/").status == 200
    server.health_when(lambda answer: answer.data["workers"]["target"] == 6)
    for pid in server.workers:  # it takes no TERM either
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def test_usr2_gives_the_new_master_a_governor_of_its_own(serve: Serve):
    # The new master is started by the path of gunicorn's __main__, beside which is an http.
    server = serve(GROWING, *MANY, *FLAG, environ={**SAID, "PYTHONSAFEPATH": "1"})
    target = settled(server)["target"]
    old, workers = server.master, set(server.workers)
    server.signal(signal.SIGUSR2)
    (new,) = until(lambda: set(server.workers) - workers, 20, server)
    server.master = new
    until(lambda: server.log.count(f"{ASKED} workers ") == 2, BOOT_SECONDS, server)
    try:
        os.kill(old, signal.SIGTERM)
        until(lambda: not (workers | {old}) & set(members(old)), 20, server)
        assert settled(server)["target"] == target
        os.kill(new, signal.SIGTERM)
        until(lambda: not members(old), 20, server)
    finally:
        server.master = old


#: Many small objects that a collection looks at, and so writes to; ``/`` tells what is not shared.
HEAP = """
import gc
from flask import Flask
from flask_bootcheck.memory.sample import take_sample

app = Flask(__name__)
held = [[number] for number in range(400_000)]

@app.get("/")
def index():
    gc.collect()
    return str(take_sample().private_dirty)
"""


def test_what_the_master_has_frozen_stays_shared_also_after_a_reload(serve: Serve):
    private = {}
    for freeze in ("0", "1"):
        server = serve(HEAP, "--preload", *FLAG, environ={"BOOTCHECK_GC_FREEZE": freeze})
        private[freeze] = [int(server.get("/").body)]
        before = set(server.workers)
        server.signal(signal.SIGHUP)
        until(lambda: server.workers and not before & set(server.workers), 20, server)  # noqa: B023
        private[freeze].append(int(server.get("/").body))
    heap = 400_000 * 80
    for plain, frozen in zip(private["0"], private["1"], strict=True):
        assert plain - frozen > heap / 2, private
