"""A real gunicorn for a benchmark, on a port of its own."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Gunicorn:
    """One that was started."""

    pid: int
    port: int
    log_file: Path

    def status(self, path: str, timeout: float = 10) -> int:
        """Of the answer to a request on a new connection; 0 while nobody listens."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            response.read()
        except ConnectionRefusedError:
            return 0
        else:
            return response.status
        finally:
            connection.close()

    def wait_for(self, path: str, status: int, times: int = 1) -> None:
        """Until it answers so, as many times in as many seconds."""
        seen = 0
        deadline = time.monotonic() + 30
        while seen < times:
            assert time.monotonic() < deadline, f"{path} is not {status} in 30 s"
            seen = seen + 1 if self.status(path) == status else 0
            time.sleep(1 if 0 < seen < times else 0.1)


@contextmanager
def gunicorn(
    folder: Path,
    source: str,
    *arguments: str,
    conf: str = "",
    environ: Mapping[str, str] | None = None,
    python: str = sys.executable,
) -> Iterator[Gunicorn]:
    """Serves ``app`` of a source from a folder, until it is left.

    :param conf: the text of its ``gunicorn.conf.py``.
    :param environ: beside ours.
    """
    (folder / "main.py").write_text(source)
    (folder / "gunicorn.conf.py").write_text(conf)
    port, log_file = free_port(), folder / "server.log"
    command = [python, "-m", "gunicorn", *arguments, "-b", f"127.0.0.1:{port}", "main:app"]
    with log_file.open("wb") as log:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, **(environ or {})},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        yield Gunicorn(process.pid, port, log_file)
    finally:
        process.terminate()
        try:
            process.wait(40)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def free_port() -> int:
    """One on which nobody listens now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
