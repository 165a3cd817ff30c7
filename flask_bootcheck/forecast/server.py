"""The gunicorn that is measured: in a process group of its own, on a free port of this machine."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ..errors import BootCheckError
from ..memory.answers import Unhandled
from ..memory.forecast import Facts
from ..memory.model import charge
from ..memory.sample import Sample, take_sample
from .order import Order
from .worker import COUNTED, ERROR, FOLDER, PLAIN, REFUSED, TARGET

_POLL = 0.05
_GC_FREEZE = "BOOTCHECK_GC_FREEZE"
#: Seconds that a request takes that does more than to answer.
_LONG = 1.0
#: Of the platform, to each worker, in each half of the requests.
_PROBES = 3
_REQUEST_SECONDS = 5.0
_COLLECT_SECONDS = 30.0
_STOP_SECONDS = 10.0
_LAST_LINES = 5
#: What gunicorn says of its own end is not why.
_OF_GUNICORN = re.compile(
    r"\[[^]]+\] \[\d+\] \[(INFO|ERROR)\] "
    r"(Starting|Listening|Using|Booting|Handling|Control|Worker|Shutting|Reason)\b"
)
#: A worker whose CPU share stays below this has come to rest.
_FLAT = 0.1
_FLAT_SECONDS = 0.3
_SETTLE_SECONDS = 10.0


class BootFailed(BootCheckError):
    """The app does not boot under gunicorn; the message has what it said last."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class MeasuredServer:
    """``with MeasuredServer(...) as server``: booted inside, gone with all its processes after."""

    def __init__(self, order: Order, workers: int, environ: Mapping[str, str], root: Path) -> None:
        self._order, self._workers, self._root = order, workers, root
        self._environ = environ
        self._folder = tempfile.TemporaryDirectory(prefix="bootcheck-")
        self._path = Path(self._folder.name)
        self._port = _free_port()
        self.boot_seconds = 0.0
        self._times: dict[str, list[float]] = {}

    def __enter__(self) -> Self:
        started = time.monotonic()
        self._log = (self._path / "log").open("wb")
        self._process = self._start()
        try:
            self._wait_for(lambda: len(self._worker_files()) >= self._workers, "boot")
            self._wait_for(self._listens, "listen")
            self.boot_seconds = time.monotonic() - started
            self._settle()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        try:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_STOP_SECONDS)
        finally:  # also when Ctrl-C comes a second time
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._log.close()
            self._folder.cleanup()

    # -- what it is ---------------------------------------------------------------------------------

    @property
    def facts(self) -> Facts:
        """What runs, as the first worker has told it."""
        told = self._told()[0]
        names = ("gunicorn", "worker_class", "threads", "preload", "frozen", "python", "counted")
        return Facts(
            app=self._order.target.partition(":")[0],
            routes=self._order.urls or tuple(told["routes"]),
            **{name: told[name] for name in names},
        )

    def need(self) -> int:
        """Bytes the whole process tree needs.

        :raises BootFailed: when it has ended.
        """
        import psutil  # only a forecast needs it

        try:
            children = psutil.Process(self._process.pid).children(recursive=True)
        except psutil.Error:
            raise BootFailed(f"gunicorn ended while it was measured{self._last_lines()}") from None
        pids = [self._process.pid, *(child.pid for child in children)]
        return sum(sample.need for pid in pids if (sample := take_sample(pid)) is not None)

    def worker_sample(self) -> Sample:
        """The largest worker.

        :raises BootFailed: when there is none any more.
        """
        samples = [s for told in self._told() if (s := take_sample(told["pid"])) is not None]
        if not samples:
            raise BootFailed(f"the worker died while it was measured{self._last_lines()}")
        return max(samples, key=charge)

    def unhandled(self, redact: Callable[[str], str]) -> Unhandled | None:
        """The first exception in a request that the app did not handle."""
        try:
            told = json.loads((self._path / ERROR).read_text())
        except FileNotFoundError:
            return None
        return Unhandled(redact(told["message"]), told["where"])

    @property
    def set_up_by(self) -> str:
        """The path whose first request took long, and a later one did not: it may have set something
        up that is there for good, such as a database. Empty when there is none."""
        slow = (
            (times[0], path)
            for path, times in self._times.items()
            if times[0] > _LONG and min(times) < times[0] / 2
        )
        return max(slow, default=(0.0, ""))[1]

    # -- what is done to it -------------------------------------------------------------------------

    def request(self, routes: tuple[str, ...], count: int) -> Counter[tuple[str, int]]:
        """Call routes in turn, one at a time; how often each was answered with which status, 0 for
        none in time."""
        answers: Counter[tuple[str, int]] = Counter()
        self._probe()
        for index in range(count):
            route = routes[index % len(routes)]
            began = time.monotonic()
            answers[route, self._get(route)] += 1
            self._times.setdefault(route, []).append(time.monotonic() - began)
        self._settle()
        return answers

    def _probe(self) -> None:
        """As the platform does; an answer of ours needs memory, too."""
        told = self._told()
        for _ in range(_PROBES * len(told) if told[0]["probe"] else 0):
            self._get(told[0]["probe"])

    def collect(self) -> None:
        """Have every worker run a full garbage collection, and wait for it."""
        pids = [told["pid"] for told in self._told()]
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGUSR2)
        deadline = time.monotonic() + _COLLECT_SECONDS
        done = [self._path / f"collected-{pid}" for pid in pids]
        while not all(path.exists() for path in done) and time.monotonic() < deadline:
            time.sleep(_POLL)

    def _get(self, route: str) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=_REQUEST_SECONDS)
        try:
            connection.request("GET", route, headers={"Connection": "close"})
            response = connection.getresponse()
            response.read()
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            connection.close()
        return response.status

    def _start(self) -> subprocess.Popen[bytes]:
        order = self._order
        command = [sys.executable, "-m", "gunicorn", "-c", "python:flask_bootcheck.forecast.conf"]
        command += ["--bind", f"127.0.0.1:{self._port}", "--workers", str(self._workers)]
        command += ["--max-requests", "0"]  # who is measured is not to be replaced
        command += ["--worker-class", order.worker_class] if order.worker_class else []
        command += ["--preload"] if order.preload else []
        given = {TARGET: order.target, FOLDER: str(self._path)}
        given |= {PLAIN: str(int(order.plain)), COUNTED: str(int(order.counted))}
        if order.freeze is not None:
            given[_GC_FREEZE] = str(int(order.freeze))
        return subprocess.Popen(
            [*command, "flask_bootcheck.forecast.target:app"],
            cwd=self._root,
            env={**self._environ, **given, "BOOTCHECK_TRIAL": "1"},
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,
        )

    def _worker_files(self) -> list[Path]:
        return sorted(self._path.glob("worker-*.json"))

    def _told(self) -> list[dict[str, Any]]:
        told = [json.loads(path.read_text()) for path in self._worker_files()]
        if not told:
            raise BootFailed(f"the app has no worker any more{self._last_lines()}")
        return told

    def _wait_for(self, what: Callable[[], bool], doing: str) -> None:
        deadline = time.monotonic() + self._order.boot_timeout
        while not what():
            has_ended = self._process.poll() is not None
            self._raise_if_refused()
            if has_ended:
                raise BootFailed(f"the app does not boot under gunicorn{self._last_lines()}")
            if time.monotonic() > deadline:
                limit = f"{self._order.boot_timeout:g} s"
                raise BootFailed(f"the app did not {doing} in {limit}{self._last_lines()}")
            time.sleep(_POLL)

    def _raise_if_refused(self) -> None:
        with suppress(FileNotFoundError):
            raise BootFailed(**json.loads((self._path / REFUSED).read_text()))

    def _listens(self) -> bool:
        with socket.socket() as probe:
            probe.settimeout(1)
            return probe.connect_ex(("127.0.0.1", self._port)) == 0

    def _settle(self) -> None:
        """Wait until the workers' CPU is flat: what they do beside requests is done."""
        workers = [told["pid"] for told in self._told()]
        deadline = time.monotonic() + _SETTLE_SECONDS
        while time.monotonic() < deadline:
            before = sum(_cpu(worker) for worker in workers)
            time.sleep(_FLAT_SECONDS)
            if sum(_cpu(worker) for worker in workers) - before <= _FLAT * _FLAT_SECONDS:
                return

    def _last_lines(self) -> str:
        text = (self._path / "log").read_text(errors="replace")
        lines = [
            line.strip()
            for line in text.splitlines()
            if line.strip() and not _OF_GUNICORN.match(line)
        ]
        return "".join(f"\n  {line}" for line in lines[-_LAST_LINES:])


def _cpu(pid: int) -> float:
    """Seconds of CPU a process has used; 0 when it is gone."""
    import psutil

    try:
        times = psutil.Process(pid).cpu_times()
    except psutil.Error:
        return 0.0
    return float(times.user + times.system)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
