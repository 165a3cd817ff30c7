"""The trial: boot the app in a subprocess to look at it.

There it may hang, exit or crash: that becomes a finding with the place, not the end of us. The
subprocess is :mod:`flask_bootcheck.trial.__main__`; it writes what it finds, a line of JSON each,
to a pipe of its own, so that nothing the app prints gets into it.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any, Literal

from ..boot import LoadError, Trial
from ..errors import BootCheckError, UsageError
from ..findings import Report
from ..lock.file import Lock, parse_lock
from .place import place_in_dump

_LAST_LINES = 5
#: The checks have deadlines of their own; this is for what is around them.
_CHECK_SECONDS = 60.0
#: How long the watchdog in the subprocess has for saying where it hangs.
_DUMP_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Order:
    """What to try: ``target`` as for ``flask --app``, empty for Flask's own search. ``plan`` is as if
    where the deploy files are looked at for; ``lock`` asks for what there is to lock, in place of
    checks. ``serves_itself``: the app is not imported by a server, it starts one."""

    target: str
    boot_timeout: float
    live: bool = True
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    plan: Mapping[str, Any] = field(default_factory=dict)
    lock: bool = False
    serves_itself: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of it; there is no ``report`` and no ``lock`` when the app did not load."""

    trial: Trial
    report: Report | None = None
    lock: Lock | None = None


def run_trial(order: Order, environ: Mapping[str, str], root: Path) -> Outcome:
    """Boot the app in a subprocess in ``root`` and run its checks there.

    :raises UsageError: when no app is named and none is found, or a check that is not there.
    :raises BootCheckError: when we ourselves have failed.
    """
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as dump:
        reader, writer = os.pipe()
        started = time.monotonic()
        process = _start(order, started, environ, root, output, dump, writer)
        os.close(writer)
        try:
            said = _Said(order, started)
            for line in _lines(reader, said.deadline):
                said.take(json.loads(line))
                if said.outcome is not None or said.error is not None:
                    break  # what the app has forked may hold the pipe open
        finally:
            _end(process)
            os.close(reader)
        if said.outcome is not None:
            return said.outcome
        error = said.error or _death(said, process.returncode, dump, root, time.monotonic())
        error = replace(error, last_lines=_tail(output))
        return Outcome(Trial(said.target, time.monotonic() - started, error))


class _Said:
    """What the subprocess has said so far."""

    def __init__(self, order: Order, started: float) -> None:
        self.target = order.target
        self.during: Literal["import", "factory"] = "import"
        self.doing = "loading"
        self.timeout = order.boot_timeout
        self.error: LoadError | None = None
        self.outcome: Outcome | None = None
        self._until = started + order.boot_timeout + _DUMP_SECONDS

    def deadline(self) -> float:
        """Monotonic seconds after which the subprocess is not waited for."""
        return self._until

    def is_late(self, now: float) -> bool:
        """Whether it was the deadline that ended it."""
        return now >= self._until

    def take(self, said: dict[str, Any]) -> None:
        """One line of the subprocess."""
        if "usage" in said:
            raise UsageError(said["usage"])
        if "crash" in said:
            raise BootCheckError(
                f"flask-bootcheck itself failed while it looked at the app: {said['crash']}; "
                "please report it"
            )
        if "factory" in said:
            self.during = "factory"
        if "exit" in said:
            self.error = LoadError(during=self.during, **said["exit"])
        if "loaded" in said:
            self.target, self.doing = said["loaded"], "being checked"
            self._until = time.monotonic() + _CHECK_SECONDS
        if "lock" in said:
            trial = Trial(self.target, said["seconds"])
            self.outcome = Outcome(trial, lock=parse_lock(said["lock"]))
        if "report" in said:
            trial = Trial(self.target, said["seconds"])
            self.outcome = Outcome(trial, Report.from_data(said["report"]))


def _start(
    order: Order,
    started: float,
    environ: Mapping[str, str],
    root: Path,
    output: IO[bytes],
    dump: IO[bytes],
    writer: int,
) -> subprocess.Popen[bytes]:
    asked = {
        "target": order.target,
        "deadline": started + order.boot_timeout,
        "live": order.live,
        "only": order.only,
        "skip": order.skip,
        "lock": order.lock,
        "serves_itself": order.serves_itself,
        "plan": {**order.plan},
        "dump": dump.fileno(),
        "answer": writer,
    }
    return subprocess.Popen(
        [sys.executable, "-m", __name__, json.dumps(asked)],
        cwd=root,
        env={**environ, "BOOTCHECK_TRIAL": "1"},
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        pass_fds=(writer, dump.fileno()),
        start_new_session=True,
    )


def _lines(reader: int, deadline: Callable[[], float]) -> Iterator[bytes]:
    """Whole lines from a pipe, until it ends or time is up."""
    rest = b""
    while (left := deadline() - time.monotonic()) > 0:
        ready, _, _ = select.select([reader], [], [], left)
        if not ready:
            return
        chunk = os.read(reader, 65536)
        if not chunk:
            return
        *lines, rest = (rest + chunk).split(b"\n")
        yield from lines


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the subprocess and what it has started, once it has had a moment to end by itself."""
    with suppress(subprocess.TimeoutExpired):
        process.wait(timeout=_DUMP_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _death(said: _Said, code: int, dump: IO[bytes], root: Path, now: float) -> LoadError:
    """It has said nothing more: it hangs, or was killed."""
    dump.seek(0)
    where = place_in_dump(dump.read().decode("utf-8", "replace"), root)
    if said.is_late(now) and said.doing == "loading":
        return LoadError(
            said.during,
            f"the app has not loaded after {said.timeout:g} s",
            where,
            "what waits for the network at import belongs into a function, with a timeout; "
            "a slow boot may be given more with --boot-timeout",
        )
    ended = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
    return LoadError(said.during, f"the process ended with {ended} while {said.doing}", where)


def _tail(output: IO[bytes]) -> tuple[str, ...]:
    output.seek(0)
    lines = [line.strip() for line in output.read().decode("utf-8", "replace").splitlines()]
    return tuple([line for line in lines if line][-_LAST_LINES:])
