"""The governor's promise, in a memory cgroup that the kernel enforces: nobody is killed.

    python benchmarks/never_killed.py [--case hup] [--kind sync] [--share preload] [--mib 256]

A row a cell: the workers before and after each signal. Requests and a full collection come before it.
``hup``: three reloads. ``ttin``: two SIGTTIN. ``alarm``: a start and a reload of three workers under a
quota of half a CPU, which stops whoever looks for up to 0.7 s. The promises: no kill, no worker ended
but by a reload, as many after as before, never more than asked; exit code 1 where one is broken. It
needs memory cgroups (``alarm``: v1's cpu, too); eventlet runs in the environment of STORY_PYTHON, and
KEEP_LOGS names a folder for the logs of broken runs.
"""

from __future__ import annotations

import argparse
import itertools
import os
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import astuple, dataclass
from pathlib import Path

from common import print_machine
from contained import MIB, Contained, clean_environ
from signalled import TOKEN, Outcome, Run, throttle, unthrottle, until

sys.path.append(str(Path(__file__).parent.parent))

from tests.servers.apps import GROWING

KINDS = {
    "sync": (),
    "gthread": ("--threads", "4"),
    "gevent": ("-k", "gevent"),
    "eventlet": ("-k", "eventlet"),
}
ASKED = {"hup": 97, "ttin": 97, "alarm": 3}
SIGNALS = {"hup": [signal.SIGHUP] * 3, "ttin": [signal.SIGTTIN] * 2, "alarm": [signal.SIGHUP]}


@dataclass(frozen=True)
class Cell:
    """What runs; ``share`` is ``plain`` or ``preload``."""

    case: str
    kind: str
    share: str
    mib: int


def run(cell: Cell) -> Outcome:
    """Once, in groups of its own."""
    story = os.environ.get("STORY_PYTHON", sys.executable)
    python = story if cell.kind == "eventlet" else sys.executable
    preload = ["--preload"] if cell.share == "preload" else []
    arguments = ["--workers", str(ASKED[cell.case]), "--timeout", "120", *KINDS[cell.kind]]
    with tempfile.TemporaryDirectory() as name:
        folder, app = Path(name) / "run", Path(name) / "app"
        folder.mkdir()
        app.mkdir()
        (app / "main.py").write_text(GROWING)
        environ = clean_environ(BOOTCHECK_TOKEN=TOKEN, BOOTCHECK_TTL="1", HOME=name)
        limit, served = cell.mib * MIB, [*arguments, *preload, "main:app"]
        with Contained(served, folder, environ, limit, True, app, python) as server:
            until(server.group.pids, "nothing runs")
            if cell.case == "alarm":
                throttle(server.group.pids())
            outcome = Run(server).go(SIGNALS[cell.case], busy=cell.case != "alarm")
            if outcome.broken(ASKED[cell.case]) and (kept := os.environ.get("KEEP_LOGS")):
                log = Path(kept) / "-".join(map(str, (*astuple(cell), time.time_ns())))
                log.write_bytes(server.log.read_bytes())
        unthrottle()
        return outcome


def row(cell: Cell, outcomes: Sequence[Outcome]) -> str:
    """A cell and what became of it, in one line."""
    asked = ASKED[cell.case]
    steps = [list(step) for step in zip(*(o.counts for o in outcomes), strict=False)]
    counts = " -> ".join("..".join(map(str, sorted({min(s), max(s)}))) for s in steps)
    kills, ended = sum(o.kills for o in outcomes), sum(o.ended for o in outcomes)
    most = f"{max(o.most for o in outcomes)}/{asked}"
    broken = "; ".join(sorted({said for o in outcomes if (said := o.broken(asked))}))
    name = f"{cell.case:6} {cell.kind:9} {cell.share:8} {cell.mib:4} {len(outcomes):3}"
    return f"{name}  {counts:30} {kills:5} {ended:5} {most:>6}  {broken or 'kept'}"


def main() -> None:
    """Run the cells, each so many times, and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--case", nargs="+", choices=SIGNALS, default=[*SIGNALS])
    parser.add_argument("--kind", nargs="+", choices=KINDS, default=[*KINDS])
    parser.add_argument("--share", nargs="+", default=["plain", "preload"])
    parser.add_argument("--mib", nargs="+", type=int, default=[256, 512])
    parser.add_argument("--times", type=int, default=3, help="runs of each cell")
    parser.add_argument("--at-once", type=int, default=1, help="runs at a time")
    options = parser.parse_args()
    print_machine()
    print(f"{'':35} {'workers before and after':30} kills ended   most  promises", flush=True)
    cells = itertools.product(options.case, options.kind, options.share, options.mib)
    is_kept = True
    with ProcessPoolExecutor(options.at_once) as pool:
        queued = [
            (cell, [pool.submit(run, cell) for _ in range(options.times)])
            for cell in itertools.starmap(Cell, cells)
        ]
        for cell, futures in queued:
            outcomes = [future.result() for future in futures]
            is_kept &= not any(outcome.broken(ASKED[cell.case]) for outcome in outcomes)
            print(row(cell, outcomes), flush=True)
    sys.exit(not is_kept)


if __name__ == "__main__":
    main()
