"""A gunicorn in a memory cgroup of its own, started for a benchmark, and what it needs there."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

sys.path.append(str(Path(__file__).parent.parent / "example"))

from memory_group import MemoryGroup, NoGroup

__all__ = ["Contained", "MemoryGroup", "NoGroup", "clean_environ"]

MIB = 2**20
_FOLDER = "BENCHMARK_FOLDER"

#: Each worker writes when it was forked and when it was complete, and the app's routes; it collects
#: garbage on SIGUSR2. That is all a gunicorn without the package has of us.
CONF = """
import gc, json, os, pathlib, signal, time

folder = pathlib.Path(os.environ["BENCHMARK_FOLDER"])
forked = {}

def write(name, said):
    draft = folder / f"{name}.part"
    draft.write_text(json.dumps(said))
    draft.rename(folder / name)

def post_fork(server, worker):
    forked[os.getpid()] = time.time()

def collect(*_):
    gc.collect()
    write(f"collected-{os.getpid()}", True)

def post_worker_init(worker):
    from flask_bootcheck.forecast.worker import choose_routes
    from flask_bootcheck.gunicorn.unwrap import find_flask

    signal.signal(signal.SIGUSR2, collect)
    times = {"forked": forked[os.getpid()], "complete": time.time()}
    write(f"worker-{os.getpid()}", {**times, "routes": choose_routes(find_flask(worker.wsgi))})
"""


class Contained:
    """``with Contained(...) as server``: started inside, gone with its group after.

    :param arguments: of gunicorn, behind its conf and its address.
    :param limit: bytes, or ``None`` for a group that only counts.
    :param governed: with the package's own conf, which loads ours.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        folder: Path,
        environ: Mapping[str, str],
        limit: int | None = None,
        governed: bool = False,
        cwd: Path | None = None,
        python: str = sys.executable,
    ) -> None:
        for old in folder.glob("*-*"):
            old.unlink()
        self.folder, self.port = folder, _free_port()
        self._conf = folder / "conf.py"
        self._conf.write_text(CONF)
        conf = "python:flask_bootcheck.gunicorn.conf" if governed else str(self._conf)
        command = [python, "-m", "gunicorn", "-c", conf, "-b", f"127.0.0.1:{self.port}"]
        more = {_FOLDER: str(folder), "BOOTCHECK_GUNICORN_CONF": str(self._conf)}
        self.group = MemoryGroup(limit)
        self.log = folder / "log"
        with self.log.open("wb") as log:
            self.began = time.time()
            self._process = subprocess.Popen(
                self.group.command([*command, *arguments]),
                env={**environ, **more},
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self.group.__exit__(None, None, None)
        self._process.wait()

    # -- what it says ---------------------------------------------------------------------------------

    def workers(self) -> dict[int, dict]:
        """What each live worker that is complete has written, by pid."""
        inside = set(self.group.pids())
        files = [(int(path.name[7:]), path) for path in self.folder.glob("worker-*[0-9]")]
        return {pid: json.loads(path.read_text()) for pid, path in files if pid in inside}

    def wait(self, count: int, seconds: float) -> bool:
        """Until so many workers are complete; false when the kernel kills, or it takes too long."""
        deadline = time.monotonic() + seconds
        while len(self.workers()) < count:
            if (
                self.group.oom_kills()
                or time.monotonic() > deadline
                or self._process.poll() is not None
            ):
                return False
            time.sleep(0.02)
        return True

    def seconds_until(self, count: int) -> float:
        """From the start until the ``count``-th worker was complete."""
        return sorted(said["complete"] for said in self.workers().values())[count - 1] - self.began

    def truth(self) -> int:
        """Bytes the group needs: what is charged, less the cache of files, and what is mapped of it."""
        mapped = sum(_field(pid, "Pss_File") for pid in self.group.pids())
        return self.group.used() + mapped

    def naive(self) -> tuple[float, float]:
        """RSS and USS of a worker, the mean of all."""
        pids = list(self.workers())
        rss = sum(_field(pid, "Rss") for pid in pids)
        uss = sum(_field(pid, "Private_Dirty") + _field(pid, "Private_Clean") for pid in pids)
        return rss / len(pids), uss / len(pids)

    # -- what is done to it -----------------------------------------------------------------------------

    def request(
        self, count: int, seconds: float = 60, at_once: int = 8, routes: Sequence[str] = ()
    ) -> int:
        """Requests to some routes in turn, the app's own unless told; how many were answered."""
        routes = routes or next(iter(self.workers().values()))["routes"] or ["/"]
        deadline = time.monotonic() + seconds

        def call(number: int) -> bool:
            return time.monotonic() < deadline and self.get(routes[number % len(routes)])[0] > 0

        with ThreadPoolExecutor(at_once) as pool:
            answered = sum(pool.map(call, range(count)))
        time.sleep(0.5)
        return answered

    def collect(self, seconds: float = 60) -> None:
        """A full garbage collection in every worker."""
        pids = list(self.workers())
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGUSR2)
        done = [self.folder / f"collected-{pid}" for pid in pids]
        deadline = time.monotonic() + seconds
        while not all(path.exists() for path in done) and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(0.2)

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> tuple[int, bytes]:
        """Status and body; 0 without an answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path, headers=dict(headers or {}))
            answer = connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            return 0, b""
        finally:
            connection.close()


def clean_environ(**more: str) -> dict[str, str]:
    """The environment without settings of ours or of gunicorn's."""
    ours = ("BOOTCHECK_", "GUNICORN_", "WEB_CONCURRENCY", "FLASK_", "PYTHON")
    return {k: v for k, v in os.environ.items() if not k.startswith(ours)} | more


def _field(pid: int, name: str) -> int:
    """Bytes of a field of ``smaps_rollup``; 0 when the process is gone."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    rows = (line.split() for line in lines)
    return sum(int(row[1]) * 1024 for row in rows if row[0] == f"{name}:")


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
