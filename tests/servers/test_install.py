"""How we get into gunicorn, and what we leave alone there."""

from __future__ import annotations

import os
import signal
import stat
from pathlib import Path

import pytest

from .apps import INSTALL, PLAIN
from .conftest import Serve
from .server import until

pytestmark = pytest.mark.server

WAYS = pytest.mark.parametrize("conf", [INSTALL, ""], ids=["way 1", "way 3"])
#: The user's own hooks, functions and a dotted name, each writing down that it ran.
HOOKS = """
from pathlib import Path
import os

def note(name):
    with open("hooks", "a") as file:
        file.write(f"{name}\\n")

def nworkers_changed(server, new, old): note(f"nworkers_changed {new} {old}")
def when_ready(server): note("when_ready")
def pre_fork(server, worker): note("pre_fork")
def post_fork(server, worker): note(f"post_fork {worker.age}")
post_worker_init = "elsewhere.post_worker_init"
worker_exit = "elsewhere.worker_exit"
def child_exit(server, worker): note(f"child_exit {worker.age}")
def on_exit(server): note("on_exit")
"""
ELSEWHERE = """
def note(name):
    with open("hooks", "a") as file:
        file.write(f"{name}\\n")

def post_worker_init(worker): note(f"post_worker_init {worker.age}")
def worker_exit(server, worker): note(f"worker_exit {worker.age}")
"""
#: Writes down what the master has imported, when it is up and when a worker has ended.
MODULES = """
import sys
from pathlib import Path

def when_ready(server): Path("ready").write_text(" ".join(sys.modules))
def child_exit(server, worker): Path("later").write_text(" ".join(sys.modules))
"""


@WAYS
def test_the_hooks_of_the_user_run_as_without_us(serve: Serve, conf):
    files = {"elsewhere.py": ELSEWHERE}
    server = serve(PLAIN, "-w", "1", conf=HOOKS + conf, files=files)

    assert server.health_when(lambda answer: answer.status == 200).ready == 1
    server.stop()
    ran = (server.log_file.parent / "hooks").read_text("utf-8").splitlines()
    once = ["when_ready", "pre_fork", "post_fork 1", "post_worker_init 1", "worker_exit 1"]
    assert [name for name in ran if name in once] == once
    assert {"nworkers_changed 1 None", "child_exit 1", "on_exit"} <= set(ran)
    assert len(ran) == len(set(ran))


def test_the_master_never_imports_flask(serve: Serve):
    server = serve(PLAIN, "-w", "1", conf=MODULES + INSTALL)
    server.health_when(lambda answer: answer.status == 200)

    os.kill(server.workers[0], signal.SIGKILL)
    later = server.log_file.parent / "later"
    until(later.exists, 10, server)
    server.health_when(lambda answer: answer.status == 200)
    for file in (server.log_file.parent / "ready", later):
        modules = {name.partition(".")[0] for name in file.read_text("utf-8").split()}
        assert "flask_bootcheck" in modules
        heavy = {"flask", "werkzeug", "jinja2", "sqlalchemy", "psutil"}
        assert modules & heavy == set()
    assert "markupsafe" not in Path(f"/proc/{server.master}/maps").read_text("utf-8")


@WAYS
@pytest.mark.parametrize("preload", [(), ("--preload",)], ids=["forked", "preload"])
def test_switched_off_there_is_nothing_of_ours(serve: Serve, conf, preload):
    environ = {"BOOTCHECK_ENABLED": "0"}
    server = serve(PLAIN, "-w", "2", *preload, conf=conf, environ=environ)

    assert server.get("/pid").status == 200
    for path in ("/healthz", "/readyz", "/livez"):
        assert server.get(path).status == 404
    assert server.shared_boards == []
    assert "bootcheck" not in server.log.replace(str(server.log_file.parent), "")


def test_a_bad_setting_given_to_install_is_logged_and_starts_all_the_same(serve: Serve):
    conf = (
        "from flask_bootcheck.gunicorn import install\n"
        "install(globals(), memory_headroom='lots', max_worker=3)\n"
    )
    server = serve(PLAIN, "-w", "1", conf=conf)

    server.health_when(lambda answer: answer.status == 200)
    assert "install(): memory_headroom= is 'lots', expected " in server.log
    assert "install(): max_worker= " in server.log


def test_a_board_in_a_file_is_nobody_elses(serve: Serve):
    server = serve(PLAIN, "-w", "2")
    server.health_when(lambda answer: answer.status == 200)

    (board,) = server.shared_boards
    status = board.stat()
    assert stat.S_IMODE(status.st_mode) == 0o600
    assert status.st_uid == os.geteuid()


@pytest.mark.parametrize("preload", [(), ("--preload",)], ids=["forked", "preload"])
def test_a_board_of_the_master_has_no_file(serve: Serve, preload):
    server = serve(PLAIN, "-w", "2", *preload, conf=INSTALL if not preload else "")
    server.health_when(lambda answer: answer.status == 200)
    assert server.shared_boards == []


def test_boards_of_masters_that_were_killed_are_swept(serve: Serve):
    server = serve(PLAIN, "-w", "1")
    server.health_when(lambda answer: answer.status == 200)
    (board,) = server.shared_boards
    worker = server.workers[0]
    server.signal(signal.SIGKILL)
    os.kill(worker, signal.SIGKILL)
    server.wait()

    assert board.exists()
    after = serve(PLAIN, "-w", "1")
    after.health_when(lambda answer: answer.status == 200)
    assert not board.exists()
