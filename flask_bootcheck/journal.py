"""What the instance says in the log: its boot once, a failing worker, each change of status."""

from __future__ import annotations

import logging
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from .board import Board, Word
from .boot import Boot
from .findings import Report, Status
from .formats.log import boot_block, change_line, worker_block

if TYPE_CHECKING:
    from flask import Flask

_LEVELS = {Status.WARN: logging.WARNING, Status.FAIL: logging.ERROR}


def logger_of(app: Flask | None) -> logging.Logger:
    """Where we write when no server has a logger for us."""
    return app.logger if app is not None else logging.getLogger("flask_bootcheck")


class Journal:
    """Writes to a logger, or to stderr where that is switched off.

    Alembic's ``fileConfig`` disables every logger it does not know, gunicorn's among them.
    """

    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger

    def tell_worker(self, pid: int, report: Report) -> None:
        """A worker whose boot checks fail."""
        self._write(Status.FAIL, worker_block(pid, report))

    def tell_instance(self, board: Board, report: Report, boot: Boot) -> None:
        """The boot, once all were ready; after that one line when the status has changed.

        Of all workers that see it one writes: the first to note on the board that it does.
        """
        if _is_booting(boot):
            return
        if not board["announced"]:
            if _note(board, "announced", 1, report.status):
                self._write(report.status, boot_block(report, boot))
        elif int(board["logged_status"]) != report.status + 1:
            before = Status(min(max(int(board["logged_status"]) - 1, 0), Status.FAIL))
            if _note(board, "logged_status", report.status + 1, report.status):
                self._write(report.status, change_line(before, report))

    def _write(self, status: Status, text: str) -> None:
        level = _LEVELS.get(status, logging.INFO)
        if self._logger.disabled:
            with suppress(OSError, ValueError):  # a full disk, a closed file
                sys.stderr.write(f"{text}\n")
        else:
            self._logger.log(level, "%s", text)


def _is_booting(boot: Boot) -> bool:
    instance = boot.instance
    if instance is None or instance.target is None or instance.booted:
        return False
    return instance.waited <= boot.settings.boot_timeout


def _note(board: Board, word: Word, value: float, status: Status) -> bool:
    """Set a word; false when another worker was first."""
    with board.lock() as got:
        if not got or board[word] == value:
            return False
        board[word] = value
        board["logged_status"] = status + 1
        return True
