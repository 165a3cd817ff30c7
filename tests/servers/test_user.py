"""Under ``--user`` the workers are not who the master is: neither may look into the other."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from .apps import INSTALL, PLAIN
from .conftest import Serve
from .nobody import nobodys_folder, nobodys_python, python_path

__all__ = ["nobodys_folder", "nobodys_python"]

pytestmark = pytest.mark.server


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
        environ={"PYTHONPATH": python_path()},
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
        environ={"PYTHONPATH": python_path(), "BOOTCHECK_MEMORY_LIMIT": "256M"},
    )
    answer = server.health_when(lambda answer: answer.status == 200 and answer.ready > 1)
    workers = answer.data["workers"]
    assert workers["ready"] == workers["target"] < 97
    assert answer.warning >= {"workers.exceed-memory"}
