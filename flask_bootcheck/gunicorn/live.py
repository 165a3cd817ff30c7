"""Way 3: from inside the app, find the gunicorn that runs it, and get into this worker.

The app is imported by a worker, or by the master with ``--preload``: one of them is on the stack.
Everything here is guarded: where gunicorn looks different some day, the server is unknown, and no
more than that.
"""

from __future__ import annotations

import logging
import os
import sys
from types import FrameType
from typing import Any

from .seat import Attached, seat

_log = logging.getLogger("gunicorn.error")


def attach(attached: Attached) -> None:
    """Have an app watched when this process, or each that is forked of it, is a complete worker."""
    try:
        seat.add(attached)
        if seat.board is not None:  # the hooks of way 1 are in the master
            return
        worker, arbiter = find_on_stack(sys._getframe())
        if worker is not None:
            _join(worker, int(getattr(arbiter, "num_workers", 0) or 0))
        elif arbiter is not None:
            _wait_for_fork()
    except Exception as error:
        _log.warning("bootcheck: gunicorn looks different here: %s", error)


def find_on_stack(frame: FrameType | None) -> tuple[Any, Any]:
    """The gunicorn worker and master whose methods called us; ``None`` for each that did not."""
    worker = arbiter = None
    while frame is not None:
        if frame.f_globals.get("__name__", "").startswith("gunicorn."):
            owner = frame.f_locals.get("self")
            if hasattr(owner, "load_wsgi") and hasattr(owner, "age"):
                worker = worker or owner
            elif hasattr(owner, "spawn_worker"):
                arbiter = arbiter or owner
        frame = frame.f_back
    return worker, arbiter


def _join(worker: Any, target: int) -> None:
    """In a worker: take part in the board of its siblings once the app is complete."""
    if seat.joined == os.getpid():
        return
    seat.joined = os.getpid()
    from .wrap import Ours, chain_missing

    def complete(worker: Any) -> None:
        from .shared import open_shared_board
        from .siblings import Siblings

        if seat.board is None:
            seat.board = open_shared_board(worker.ppid, target)
        seat.claim(worker.age, target)
        seat.serve(worker, target, Siblings(worker.ppid))

    leave = Ours(lambda _server, worker: seat.leave(worker), 2)
    chain_missing(worker.cfg, {"post_worker_init": Ours(complete, 1), "worker_exit": leave})


def _wait_for_fork() -> None:
    """In the master, with ``--preload``: join in each worker, now and after a reload. What is put
    into the master's configuration would be gone after one."""
    from ..board import Board
    from .forking import call_in_workers

    if seat.preloaded is None:
        seat.preloaded = Board.anonymous()
        call_in_workers(_in_worker)


def _in_worker(arbiter: Any, worker: Any) -> None:
    seat.board = seat.preloaded
    seat.note_fork()
    _join(worker, int(arbiter.num_workers or 0))
    from .forking import disown_connections

    disown_connections(arbiter, worker)
