"""What a look at the board costs with 128 workers. It is taken at most once a second.

    python benchmarks/board.py [--quick]

128 processes that only wait have a slot each, with the report of a worker whose app has a database:
28 boot checks and 5 LIVE ones that pass. Between two looks 26 of them post again, as in an instance
in which each worker is asked once in the TTL of five seconds.
"""

from __future__ import annotations

import os
import signal
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from common import Line, is_quick, print_lines, print_machine

from flask_bootcheck.board import Board, Slot, State
from flask_bootcheck.findings import Report, Result, Stage, Status
from flask_bootcheck.processes import start_time
from flask_bootcheck.snapshot import take_snapshot

WORKERS, TTL = 128, 5.0
POSTS = round(WORKERS / TTL)
LIMIT_MS = 1.0


def main() -> None:
    """Measure and print."""
    looks = 20 if is_quick(__doc__) else 200
    print_machine()
    with waiting(WORKERS) as pids:
        board = Board.anonymous()
        for index, pid in enumerate(pids):
            post(board, index, pid)
        board["used_slots"] = WORKERS
        scan = [timed(board.live_slots) for _ in range(looks)]
        look = [timed(lambda: take_snapshot(board, TTL, None, None)) for _ in range(looks)]
        busy = []
        for number in range(looks):
            for index in range(POSTS):
                place = (number * POSTS + index) % WORKERS
                post(board, place, pids[place])
            busy.append(timed(lambda: take_snapshot(board, TTL, None, None)))
    print_lines(
        [
            Line(f"the board scanned, {WORKERS} workers", statistics.median(scan), "ms", LIMIT_MS),
            Line("the same, and what they report merged", statistics.median(look), "ms"),
            Line(f"the same after {POSTS} of them posted", statistics.median(busy), "ms"),
        ]
    )


def post(board: Board, index: int, pid: int) -> None:
    """What a worker would."""
    now = time.time()
    stages = [Stage.APP] * 28 + [Stage.LIVE] * 5
    report = Report(
        tuple(
            Result(f"area.check-{number}", Status.PASS, stage, time=now, note="seen")
            for number, stage in enumerate(stages)
        )
    )
    started = start_time(pid) or 0
    board.post(index, Slot(pid, started, State.READY, index, WORKERS, report=report))


def timed(call: Callable[[], object]) -> float:
    """Milliseconds of one call."""
    began = time.perf_counter()
    call()
    return (time.perf_counter() - began) * 1e3


@contextmanager
def waiting(count: int) -> Iterator[list[int]]:
    """The pids of so many processes."""
    pids: list[int] = []
    try:
        for _ in range(count):
            pid = os.fork()
            if not pid:
                signal.pause()
                os._exit(0)
            pids.append(pid)
        yield pids
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


if __name__ == "__main__":
    main()
