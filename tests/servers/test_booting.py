"""Until all workers were ready once the instance is booting: 503."""

from __future__ import annotations

import time

import pytest

from .apps import INSTALL, PLAIN, STUCK
from .conftest import Serve
from .server import until

pytestmark = pytest.mark.server

#: A boot check of the user's that is not done before a file appears.
COLD = (
    PLAIN
    + """
import time
from pathlib import Path
from flask_bootcheck import Stage

@bootcheck.check("cache.cold", stage=Stage.APP)
def cache_is_warm():
    while not Path("go").exists():
        time.sleep(0.02)
"""
)


@pytest.mark.parametrize("worker_class", ["sync", "gthread"])
@pytest.mark.parametrize("conf", [INSTALL, ""], ids=["way 1", "way 3"])
def test_a_worker_stuck_in_its_boot_keeps_the_instance_down_until_it_comes_up(
    serve: Serve, worker_class, conf
):
    server = serve(STUCK, "-k", worker_class, "-w", "4", conf=conf, environ={"STUCK_FROM": "3"})

    answer = server.health_when(lambda answer: answer.ready == 3)
    assert (answer.status, answer.data["status"]) == (503, "fail")
    assert answer.failing == {"workers.not-ready"}
    assert answer.data["workers"]["target"] == 4
    assert int(answer.headers["Retry-After"]) >= 1
    assert server.get("/healthz").status == 503
    assert server.get("/readyz").status == 503
    assert server.get("/livez").status == 200
    assert "bootcheck: booted" not in server.log

    (server.log_file.parent / "go").touch()
    answer = server.health_when(lambda answer: answer.status == 200)
    assert answer.ready == 4
    assert answer.failing == set()


def test_no_answer_passes_before_all_workers_are_ready(serve: Serve):
    server = serve(STUCK, "-w", "2", environ={"STUCK_FROM": "1"})
    seen = []

    def ask() -> bool:
        answer = server.health()
        seen.append((answer.status, answer.ready))
        if answer.ready == 1:
            (server.log_file.parent / "go").touch()
        return answer.status == 200

    until(ask, 20, server)
    assert seen[-1] == (200, 2)
    assert {status for status, ready in seen if ready < 2} == {503}


def test_past_the_boot_timeout_the_instance_is_let_through_with_a_warning(serve: Serve):
    environ = {"STUCK_FROM": "1", "BOOTCHECK_BOOT_TIMEOUT": "2"}
    server = serve(STUCK, "-w", "2", "--graceful-timeout", "1", environ=environ)

    answer = server.health_when(lambda answer: answer.ready == 1)
    assert answer.status == 503
    answer = server.health_when(lambda answer: answer.status == 200)
    assert (answer.data["status"], answer.ready) == ("warn", 1)
    assert answer.warning >= {"workers.not-ready"}


@pytest.mark.parametrize("conf", [INSTALL, ""], ids=["way 1", "way 3"])
@pytest.mark.parametrize("preload", [(), ("--preload",)], ids=["forked", "preload"])
def test_a_slow_boot_check_is_waited_for(serve: Serve, conf, preload):
    """The worker serves already, and says it is not ready."""
    server = serve(COLD, "-k", "gthread", "--threads", "4", "-w", "1", *preload, conf=conf)

    asked = time.monotonic()
    answer = server.health()
    assert answer.status == 503
    assert answer.ready == 0
    assert time.monotonic() - asked < 5
    assert server.get("/pid").status == 200
    (server.log_file.parent / "go").touch()
    assert server.health_when(lambda answer: answer.status == 200).ready == 1
