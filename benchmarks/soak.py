"""Ten minutes at full load, while workers are killed and the database goes and comes.

    python benchmarks/soak.py [--quick] [--minutes 10]

gunicorn has four workers, sync, with `install()`. Visitors keep them busy all the time. Every ten
seconds one worker gets SIGKILL; one of the four is spared, to see whether it grows. Every minute the
database is stopped for twenty seconds, or frozen, in turn: a PostgreSQL of our own. Meanwhile
somebody probes `/healthz` five times a second.

An answer is wrong when it differs from what is known to be true - 200 while the database answers,
503 while it does not - and that has been true for longer than the clock of the board (1 s), the TTL
and the deadline together.
"""

from __future__ import annotations

import argparse
import http.client
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from cluster import Cluster, own_cluster
from common import print_machine
from serving import Gunicorn, gunicorn

SCAN, TTL, DEADLINE = 1, 5, 2
#: How late an answer may be.
LATE = SCAN + TTL + DEADLINE
KILL_EVERY, OUTAGE_EVERY, OUTAGE_SECONDS = 10, 60, 20
WORKERS = 4
APP = """
import os
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from flask_bootcheck import BootCheck

app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["SOAK_URL"]
db = SQLAlchemy(app)
BootCheck(app)

@app.get("/page")
def page():
    return str(sum(range(100_000)))  # keeps the workers busy, not the visitors
"""
CONF = "from flask_bootcheck.gunicorn import install; install(globals())\n"
#: Visitors, in a process of their own: they print how many answers there were of each kind.
VISITORS = """
import collections, http.client, sys, threading, time
port, end = int(sys.argv[1]), time.monotonic() + float(sys.argv[2])
seen = collections.Counter()
def visit():
    while time.monotonic() < end:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            connection.request("GET", "/page")
            response = connection.getresponse()
            response.read()
            seen[str(response.status)] += 1
        except (OSError, http.client.HTTPException) as error:
            seen[type(error).__name__] += 1
        finally:
            connection.close()
crowd = [threading.Thread(target=visit) for _ in range(8)]
[one.start() for one in crowd]
[one.join() for one in crowd]
print(dict(seen))
"""


@dataclass
class Truth:
    """Whether the database answers, and since when that is so."""

    is_up: bool = True
    since: float = field(default_factory=time.monotonic)

    def becomes(self, is_up: bool) -> None:
        """From now on."""
        self.is_up, self.since = is_up, time.monotonic()


@dataclass
class Judge:
    """Probes, and compares what comes back with the truth."""

    server: Gunicorn
    truth: Truth
    right: int = 0
    #: Within the time that an answer may be late.
    late: int = 0
    wrong: list[str] = field(default_factory=list)
    lost: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0

    def probe(self) -> None:
        """One probe."""
        is_up, since = self.truth.is_up, self.truth.since
        began = time.monotonic()
        try:
            status = self.server.status("/healthz")
        except (OSError, http.client.HTTPException) as error:
            self.lost[type(error).__name__] += 1
            return
        self.slowest = max(self.slowest, time.monotonic() - began)
        if status == (200 if is_up else 503):
            self.right += 1
        elif began - since <= LATE:
            self.late += 1
        else:
            self.wrong.append(f"{status} {began - since:.1f} s after it became {is_up}")


@dataclass
class Growth:
    """What one process holds, in the course of time."""

    process: psutil.Process
    samples: list[tuple[float, int, int]] = field(default_factory=list)

    def sample(self) -> None:
        """Take it down: Pss in MiB, threads, file descriptors."""
        pss = self.process.memory_full_info().pss / 2**20
        self.samples.append((pss, self.process.num_threads(), self.process.num_fds()))

    def told(self) -> str:
        """The median of the second tenth of the time, when all is warm, and of the last."""
        tenth = max(1, len(self.samples) // 10)
        begin, end = self.samples[tenth : 2 * tenth], self.samples[-tenth:]
        cells = []
        for index, name in enumerate(("MiB", "threads", "descriptors")):
            before, after = (statistics.median(one[index] for one in part) for part in (begin, end))
            most = max(one[index] for one in self.samples)
            cells.append(f"{before:.1f} -> {after:.1f} {name} (most {most:.1f})")
        return ", ".join(cells)


def main() -> None:
    """Soak, and print."""
    seconds = _minutes() * 60
    print_machine()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with own_cluster(folder) as cluster, _served(folder, cluster) as server:
            soak = Soak(server, cluster)
            visitors = soak.run(seconds)
            soak.tell(seconds, visitors)
        log = server.log_file.read_text("utf-8", "replace")
        print(f"tracebacks in the log: {log.count('Traceback')}")


def _minutes() -> float:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--quick", action="store_true", help="two minutes")
    given = parser.parse_args()
    return 2 if given.quick else float(given.minutes)


class Soak:
    """What is done to one gunicorn, each in a thread of its own, and what that shows."""

    def __init__(self, server: Gunicorn, cluster: Cluster) -> None:
        self._master, self._cluster = psutil.Process(server.pid), cluster
        self._server = server
        self._spared = self._workers()[0]
        self._truth, self._ended = Truth(), threading.Event()
        self._judge = Judge(server, self._truth)
        self._grown = {"worker": Growth(self._spared), "master": Growth(self._master)}
        self._kills = self._outages = 0

    def run(self, seconds: float) -> str:
        """All of it for so long; what the visitors say."""
        jobs = {
            self._judge.probe: 0.2,
            self._kill: KILL_EVERY,
            self._sample: 1,
            self._outage: OUTAGE_EVERY,
        }
        threads = [
            threading.Thread(target=_every, args=(self._ended, *job)) for job in jobs.items()
        ]
        for thread in threads:
            thread.start()
        command = [sys.executable, "-c", VISITORS, str(self._server.port), str(seconds)]
        visitors = subprocess.run(command, capture_output=True, text=True, check=True)
        self._ended.set()
        for thread in threads:
            thread.join()
        return visitors.stdout.strip()

    def tell(self, seconds: float, visitors: str) -> None:
        """Print what was seen."""
        judge, wrong = self._judge, self._judge.wrong
        print(f"{seconds / 60:g} minutes, {self._kills} workers killed, {self._outages} outages")
        print(f"visitors: {visitors}")
        print(
            f"probes: {judge.right} right, {judge.late} within {LATE} s of a change, {len(wrong)} wrong"
        )
        print(f"        {dict(judge.lost)} lost; the slowest took {judge.slowest:.2f} s")
        for line in wrong[:20]:
            print(f"  wrong: {line}")
        for name, growth in self._grown.items():
            print(f"{name}: {growth.told()}")
        print(f"the spared worker lives: {self._spared.is_running()}")

    def _workers(self) -> list[psutil.Process]:
        """Oldest first."""
        return sorted(self._master.children(), key=lambda one: one.create_time())

    def _kill(self) -> None:
        others = [one for one in self._workers() if one.pid != self._spared.pid]
        os.kill(others[0].pid, signal.SIGKILL)
        self._kills += 1

    def _sample(self) -> None:
        for one in self._grown.values():
            one.sample()

    def _outage(self) -> None:
        """Stop the database, and the next time freeze it, for a while each."""
        self._outages += 1
        cluster = self._cluster
        go, come = (
            (cluster.stop, cluster.start) if self._outages % 2 else (cluster.freeze, cluster.thaw)
        )
        go()
        self._truth.becomes(False)
        self._ended.wait(OUTAGE_SECONDS)
        come()
        self._truth.becomes(True)


def _every(ended: threading.Event, job: Callable[[], None], seconds: float) -> None:
    """Do it every so many seconds, for the first time after as many."""
    next_time = time.monotonic() + seconds
    while not ended.wait(max(0.0, next_time - time.monotonic())):
        job()
        next_time = max(next_time + seconds, time.monotonic())


@contextmanager
def _served(folder: Path, cluster: Cluster) -> Iterator[Gunicorn]:
    """gunicorn, when it is up."""
    environ = {"SOAK_URL": cluster.url, "BOOTCHECK_SKIP": "database.tables-missing"}
    arguments = ("-w", str(WORKERS))
    with gunicorn(folder, APP, *arguments, conf=CONF, environ=environ) as server:
        server.wait_for("/healthz", 200)
        yield server


if __name__ == "__main__":
    main()
