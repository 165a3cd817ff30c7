"""A gunicorn with one worker, started for a benchmark; and, imported by it, the app it serves."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from common import make_app, python, python_environ

if TYPE_CHECKING:
    from flask import Flask

#: Where the worker and the master write what they know.
FOLDER = "BENCHMARK_FOLDER"
WATCHED = "BENCHMARK_WATCHED"

#: Runs before the hook of BootCheck, which is chained behind it.
CONF = """
import json, os, pathlib, sys, time

def post_worker_init(worker):
    worker.benchmark_began = time.perf_counter()

def when_ready(server):
    said = json.dumps({"flask": "flask" in sys.modules})
    pathlib.Path(os.environ["BENCHMARK_FOLDER"], "master").write_text(said)
"""


@dataclass(frozen=True)
class Start:
    """What one gunicorn showed: bytes, and milliseconds from the worker's hook to READY."""

    master: int
    worker: int
    boot_ms: float
    flask_in_master: bool


def create_app() -> Flask:
    """The app the gunicorn serves."""
    app = make_app()
    if os.environ[WATCHED] == "yes":
        from flask_bootcheck import BootCheck

        BootCheck(app)
        _tell_when_ready()
    return app


def _tell_when_ready() -> None:
    """Write down how long the worker takes from its hook until its slot says READY."""
    from flask_bootcheck.gunicorn.seat import Seat

    serve = Seat.serve

    def timed(self: Seat, worker: Any, *rest: Any) -> None:
        serve(self, worker, *rest)
        from flask_bootcheck.board import State

        while self.board is not None and self.index is not None:
            slot = self.board.read(self.index)
            if slot is not None and slot.state is State.READY:
                break
            time.sleep(0.0005)
        taken = time.perf_counter() - worker.benchmark_began
        Path(os.environ[FOLDER], "boot").write_text(json.dumps(taken * 1e3))

    Seat.serve = timed  # type: ignore[assignment, method-assign]


def start_gunicorn(watched: bool, conf: str, folder: Path) -> Start:
    """Start one, ask it a little, measure it and stop it."""
    (folder / "conf.py").write_text(CONF + conf)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environ = python_environ(folder / "cache")
    environ |= {FOLDER: str(folder), WATCHED: "yes" if watched else "no"}
    with _running(port, folder, environ) as gunicorn:
        paths = ("/plain", "/healthz") if watched else ("/plain", "/plain")
        _get(port, paths[0], patience=20)
        for path in paths * 20:
            _get(port, path)
        (worker,) = _children(gunicorn.pid)
        return Start(
            # Dirty pages that are shared with the worker are the master's too.
            master=_memory(gunicorn.pid, "Private_Dirty", "Shared_Dirty"),
            worker=_memory(worker, "Private_Dirty"),
            boot_ms=json.loads((folder / "boot").read_text()) if watched else 0,
            flask_in_master=json.loads((folder / "master").read_text())["flask"],
        )


@contextmanager
def _running(port: int, folder: Path, environ: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    address = f"127.0.0.1:{port}"
    command = python("-m", "gunicorn", "-c", str(folder / "conf.py"), "-b", address)
    with (folder / "log").open("wb") as log:
        gunicorn = subprocess.Popen(
            [*command, "served:create_app()"], env=environ, cwd=folder, stdout=log, stderr=log
        )
    try:
        yield gunicorn
    finally:
        gunicorn.terminate()
        try:
            gunicorn.wait(10)
        except subprocess.TimeoutExpired:
            gunicorn.kill()
            gunicorn.wait()


def _get(port: int, path: str, patience: float = 5) -> None:
    deadline = time.monotonic() + patience
    while True:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", path)
            connection.getresponse().read()
        except ConnectionRefusedError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return
        finally:
            connection.close()


def _children(pid: int) -> list[int]:
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(child) for child in text.split()]


def _memory(pid: int, *fields: str) -> int:
    """Bytes of some fields of ``smaps_rollup``."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    values = (line.split() for line in lines)
    return sum(int(row[1]) * 1024 for row in values if row[0].rstrip(":") in fields)
