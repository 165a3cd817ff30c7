"""Under ``--user`` the workers are not who the master is: neither may look into the other."""

from __future__ import annotations

import os
import pwd
import stat
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import flask_bootcheck

from ..helpers import missing
from .apps import INSTALL, PLAIN
from .conftest import Serve

pytestmark = pytest.mark.server

#: What a Python outside of our environment needs to find the same packages.
PYTHONPATH = os.pathsep.join(
    [str(Path(flask_bootcheck.__file__).parents[1]), sysconfig.get_paths()["purelib"]]
)


@pytest.fixture
def nobodys_python() -> str:
    """A Python that the user ``nobody`` can run, with our packages: ours may be in root's home."""
    if os.geteuid() != 0:
        pytest.skip("only root may change the user of its workers")
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    for python in (sys.executable, f"/usr/bin/python{version}", f"/usr/local/bin/python{version}"):
        if _nobody_can_import(python):
            return python
    missing(f"no Python {version} here, or no folder of our packages, that nobody can read")
    raise AssertionError


def _nobody_can_import(python: str) -> bool:
    command = [python, "-c", "import flask_bootcheck.extension, flask, gunicorn, psutil"]
    environ = {"PYTHONPATH": PYTHONPATH}
    try:
        done = subprocess.run(command, user="nobody", cwd="/", env=environ, capture_output=True)
    except OSError:
        return False
    return done.returncode == 0


@pytest.fixture
def nobodys_folder() -> Iterator[Path]:
    """A folder that the user ``nobody`` can read, and write to."""
    with tempfile.TemporaryDirectory(prefix="bootcheck-") as folder:
        os.chown(folder, pwd.getpwnam("nobody").pw_uid, -1)
        yield Path(folder)


@pytest.mark.parametrize("conf", [INSTALL, ""], ids=["way 1", "way 3"])
@pytest.mark.parametrize("preload", [(), ("--preload",)], ids=["forked", "preload"])
def test_workers_of_another_user_answer_for_all_of_them(
    serve: Serve, conf, preload, nobodys_python, nobodys_folder
):
    server = serve(
        PLAIN,
        *("--user", "nobody", "-w", "3", *preload),
        conf=conf,
        folder=nobodys_folder,
        python=nobodys_python,
        environ={"PYTHONPATH": PYTHONPATH},
    )

    answer = server.health_when(lambda answer: answer.status == 200)
    assert answer.ready == 3
    assert Path(f"/proc/{server.workers[0]}").owner() == "nobody"
    boards = server.shared_boards
    assert len(boards) == (not conf and not preload)
    for board in boards:
        assert (stat.S_IMODE(board.stat().st_mode), board.owner()) == (0o600, "nobody")
        board.unlink()  # root's servers do not sweep for nobody


def test_workers_of_another_user_are_governed(serve: Serve, nobodys_python, nobodys_folder):
    """They may not signal their master, nor it read their memory: they say what they need."""
    server = serve(
        PLAIN,
        *("--user", "nobody", "-w", "97", "-c", "python:flask_bootcheck.gunicorn.conf"),
        folder=nobodys_folder,
        python=nobodys_python,
        environ={"PYTHONPATH": PYTHONPATH, "BOOTCHECK_MEMORY_LIMIT": "256M"},
    )
    answer = server.health_when(lambda answer: answer.status == 200 and answer.ready > 1)
    workers = answer.data["workers"]
    assert workers["ready"] == workers["target"] < 97
    assert answer.warning >= {"workers.exceed-memory"}
