"""A real gunicorn for a test: in a process group of its own, with a port of its own."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from ..helpers import clean_environ

T = TypeVar("T")

TOKEN = "opens-the-details"
#: A test writes a conf again within the second, and a cached one knows whole seconds only.
_OURS = {"BOOTCHECK_TOKEN": TOKEN, "PYTHONDONTWRITEBYTECODE": "1"}
_LISTENING = re.compile(r"Listening at: http://[\d.]+:(\d+) \((\d+)\)")
_STOP_SECONDS = 20
#: Where boards with a name are.
BOARDS = Path("/dev/shm")  # noqa: S108 - only looked at


@dataclass(frozen=True)
class Answer:
    """What came back over the wire."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def data(self) -> dict[str, Any]:
        """The body as JSON."""
        data: dict[str, Any] = json.loads(self.body)
        return data

    @property
    def ready(self) -> int:
        """How many workers the answer counts as ready; none before it has looked at the board."""
        return int(self.data.get("workers", {}).get("ready", 0))

    @property
    def failing(self) -> set[str]:
        """The ids of the checks that fail, as the token holder sees them."""
        return self._with("fail")

    @property
    def warning(self) -> set[str]:
        """The ids of the checks that warn."""
        return self._with("warn")

    def _with(self, status: str) -> set[str]:
        checks = self.data.get("checks", {}).items()  # none when we ourselves have failed
        return {name for name, entries in checks if any(e["status"] == status for e in entries)}


class Server:
    """gunicorn with an app from a folder.

    :param folder: its working directory; the log is kept there, too.
    :param arguments: of gunicorn, between the bind address and the app.
    :param program: what Python runs.
    :param group: a cgroup it shall run in.
    """

    def __init__(
        self,
        folder: Path,
        *arguments: str,
        python: str = sys.executable,
        program: Sequence[str] = ("-m", "gunicorn"),
        environ: Mapping[str, str] | None = None,
        group: Path | None = None,
        target: str = "main:app",
    ) -> None:
        bind = () if "--bind" in arguments else ("--bind", "127.0.0.1:0")
        command = [python, *program, *bind, *arguments, target]
        if group is not None:  # a shell enters, and becomes it
            enter = 'echo $$ > "$0" && exec "$@"'
            command = ["sh", "-c", enter, str(group / "cgroup.procs"), *command]
        self._start(folder, command, environ or {})

    def _start(self, folder: Path, command: Sequence[str], environ: Mapping[str, str]) -> None:
        self.log_file = folder / "server.log"
        # gunicorn keeps its control socket in one of these.
        homes = {"HOME": str(folder), "XDG_RUNTIME_DIR": str(folder)}
        with self.log_file.open("wb") as log:
            self._process = subprocess.Popen(
                command,
                cwd=folder,
                env={**clean_environ(), **homes, **_OURS, **environ},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                process_group=0,
            )
        self.master = self.process_group = self._process.pid

    # -- what it says ---------------------------------------------------------------------------

    @property
    def log(self) -> str:
        """All it has written so far."""
        return self.log_file.read_text("utf-8", "replace")

    @property
    def port(self) -> int:
        """The port it listens on; waits until it does."""
        return int(until(lambda: _LISTENING.search(self.log), 20, self)[1])

    def get(
        self,
        path: str = "/healthz",
        *,
        token: str | None = None,
        timeout: float = 15,
        method: str = "GET",
        **headers: str,
    ) -> Answer:
        """Ask it something, on a new connection."""
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, path, headers=headers)
            response = connection.getresponse()
            return Answer(response.status, dict(response.getheaders()), response.read())
        except http.client.IncompleteRead as cut:  # it ended after the head of its answer
            error = ConnectionResetError(str(cut))
            error.add_note(self.log)
            raise error from None
        except OSError as error:
            error.add_note(self.log)
            raise
        finally:
            connection.close()

    def health(self, timeout: float = 15, path: str = "/healthz") -> Answer:
        """``/healthz`` for the token holder."""
        return self.get(path, token=TOKEN, timeout=timeout)

    def health_when(
        self, expected: Callable[[Answer], bool], seconds: float = 20, path: str = "/healthz"
    ) -> Answer:
        """The first answer that is as expected."""
        last: Answer | None = None

        def ask() -> Answer | None:
            nonlocal last
            last = self.health(path=path)
            return last if expected(last) else None

        try:
            return until(ask, seconds, self)
        except AssertionError as error:
            raise AssertionError(f"{error}\nlast answer: {last}") from None

    # -- its processes --------------------------------------------------------------------------

    @property
    def workers(self) -> list[int]:
        """The pids of the master's children, oldest first."""
        return children(self.master)

    @property
    def serving(self) -> list[int]:
        """All workers there are, also of a successor: a master has children."""
        return [pid for pid in members(self.process_group) if not children(pid)]

    def hear_all(self) -> None:
        """Wait until each worker has answered ``/pid``: then it is past its boot, and stopping it
        keeps no lock from its siblings."""
        heard: set[int] = set()

        def ask() -> bool:
            heard.add(int(self.get("/pid").body))
            return heard.issuperset(self.serving)

        until(ask, 20, self)

    @contextmanager
    def alone(self, worker: int) -> Iterator[None]:
        """One worker answers while its siblings are stopped."""
        others = [pid for pid in self.workers if pid != worker]
        with stopped(others):
            yield

    @property
    def shared_boards(self) -> list[Path]:
        """The files of its board."""
        return list(BOARDS.glob(f"flask-bootcheck-*-{self.master}-*"))

    def signal(self, number: signal.Signals) -> None:
        """Send the master a signal."""
        os.kill(self.master, number)

    def wait(self, seconds: float = 20) -> int:
        """Its exit code, when it ends by itself."""
        return self._process.wait(seconds)

    def stop(self) -> None:
        """End it as a platform does; whoever is left after that fails the test."""
        try:
            self.terminate()
            until(lambda: not members(self.process_group), 5, self)
        finally:
            _send(signal.SIGKILL, members(self.process_group))
            self._process.wait(5)

    def terminate(self) -> None:
        """Ask it to end, and wait until it has; a successor that is left, too."""
        if self._process.poll() is None:
            self._process.terminate()
            self._process.wait(_STOP_SECONDS)
        _send(signal.SIGTERM, [pid for pid in members(self.process_group) if children(pid)])


def children(pid: int) -> list[int]:
    """The pids of a process's children, oldest first; none when it is gone."""
    try:
        found = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii")
    except OSError:
        return []
    return sorted(int(child) for child in found.split())


@contextmanager
def stopped(pids: Sequence[int]) -> Iterator[None]:
    """These do nothing meanwhile."""
    _send(signal.SIGSTOP, pids)
    try:
        yield
    finally:
        _send(signal.SIGCONT, pids)


def _send(number: signal.Signals, pids: Iterable[int]) -> None:
    """To those that have not ended meanwhile."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def members(group: int) -> list[int]:
    """The live processes of a process group."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, pgrp = stat.read_text("utf-8", "replace").rpartition(")")[2].split()[:3]
        except (OSError, ValueError):
            continue
        if int(pgrp) == group and state not in "ZX":
            found.append(int(stat.parent.name))
    return found


def until(look: Callable[[], T | None], seconds: float, server: Server | None = None) -> T:
    """What ``look`` returns, once that is true.

    :raises AssertionError: when it is not in that many seconds; with the log of the server.
    """
    deadline = time.monotonic() + seconds
    while not (found := look()):
        log = f"\n{server.log}" if server is not None else ""
        assert time.monotonic() < deadline, f"not in {seconds} s{log}"
        time.sleep(0.02)
    return found
