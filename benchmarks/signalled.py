"""A contained server that is sent signals, and what became of its workers."""

from __future__ import annotations

import json
import os
import re
import signal
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from contained import Contained

SECONDS = 60
STEADY_SECONDS = 1.5
#: In the log when a worker was measured, at the start and in each reload.
DECIDED = "Handling signal: bootcheck"
TOKEN = "benchmark"  # noqa: S105 - protects nothing
CPU_GROUPS = Path("/sys/fs/cgroup/cpu")
#: Half a CPU, in microseconds: of the longest periods there are, which make the longest stalls.
QUOTA = {"cpu.cfs_period_us": 1_000_000, "cpu.cfs_quota_us": 500_000}


@dataclass(frozen=True)
class Outcome:
    """``counts`` are the workers before and after each signal, ``most`` how many were ever seen that
    no reload had sent home, ``problem`` why the run did not come to its end."""

    counts: tuple[int, ...]
    kills: int
    ended: int
    most: int
    problem: str

    def broken(self, asked: int) -> str:
        """Each promise that was not kept."""
        said = {
            self.problem: bool(self.problem),
            f"{self.kills} killed": self.kills > 0,
            f"{self.ended} ended": self.ended > 0,
            "another number": len(set(self.counts)) > 1,
            f"{self.most} of {asked} asked": self.most > asked,
        }
        return ", ".join(text for text, is_so in said.items() if is_so)


class Run:
    """One server, and what is seen of it."""

    def __init__(self, server: Contained) -> None:
        self._server, self._master = server, server.group.pids()[0]
        self._doomed: set[int] = set()
        self._most = self._decisions = 0
        self._is_over = threading.Event()

    def go(self, signals: Sequence[signal.Signals], busy: bool) -> Outcome:
        """Start, and send the signals one after the other."""
        watching = threading.Thread(target=self._watch)
        watching.start()
        counts, problem = [], ""
        try:
            counts.append(self._settle())
            for number in signals:
                if busy:
                    self._server.request(200, SECONDS)
                    self._server.collect(SECONDS)
                self._send(number)
                counts.append(self._settle())
            self._server.request(100, SECONDS)
        except TimeoutError as error:
            problem = str(error)
        finally:
            self._is_over.set()
            watching.join()
        born = set(map(int, re.findall(r"Booting worker with pid: (\d+)", self._log)))
        kills, ended = self._server.group.oom_kills(), born - self._live - self._doomed
        return Outcome(tuple(counts), kills, len(ended), self._most, problem)

    @property
    def _live(self) -> set[int]:
        """The master's children."""
        with suppress(OSError):
            children = Path(f"/proc/{self._master}/task/{self._master}/children").read_text()
            return set(map(int, children.split()))
        return set()

    @property
    def _log(self) -> str:
        return self._server.log.read_text("utf-8", "replace")

    def _watch(self) -> None:
        while not self._is_over.wait(0.01):
            self._most = max(self._most, len(self._live - self._doomed))

    def _send(self, number: signal.Signals) -> None:
        """A person's signal, until it was heard; after a reload, until the old workers are gone."""
        old = self._live if number == signal.SIGHUP else set()
        self._doomed |= old
        self._decisions = self._log.count(DECIDED) if old else -1
        name = f"Handling signal: {number.name[3:].lower()}"
        heard = self._log.count(name)
        os.kill(self._master, number)
        until(lambda: self._log.count(name) > heard, f"{number.name} not heard")
        until(lambda: not old & self._live, "an old worker does not end")

    def _settle(self) -> int:
        """How many run, once the governor has decided and as many as shall have been ready for a
        while: between its decision and the first fork the quota may stop it."""
        since = time.monotonic()

        def is_steady() -> bool:
            nonlocal since
            if not self._is_settled():
                since = time.monotonic()
            return time.monotonic() - since > STEADY_SECONDS

        until(is_steady, "not settled")
        return len(self._live)

    def _is_settled(self) -> bool:
        if self._log.count(DECIDED) <= self._decisions:  # its first workers are measured
            return False
        status, body = self._server.get("/healthz", {"Authorization": f"Bearer {TOKEN}"})
        workers = json.loads(body)["workers"] if status == 200 else {"ready": 0}
        return 0 < workers["ready"] == workers["target"] == len(self._live - self._doomed)


def throttle(pids: Sequence[int]) -> None:
    """Hold these, and what they fork, to half a CPU."""
    group = CPU_GROUPS / f"bootcheck-{os.getpid()}"
    group.mkdir()
    for name, value in [*QUOTA.items(), *(("cgroup.procs", pid) for pid in pids)]:
        (group / name).write_text(str(value))


def unthrottle() -> None:
    """When they have ended."""
    with suppress(FileNotFoundError):
        (CPU_GROUPS / f"bootcheck-{os.getpid()}").rmdir()


def until(look: Callable[[], object], what: str) -> None:
    """Wait for it.

    :raises TimeoutError: with what was waited for.
    """
    deadline = time.monotonic() + SECONDS
    while not look():
        if time.monotonic() > deadline:
            raise TimeoutError(what)
        time.sleep(0.02)
