"""gunicorn in the background, which leaves the process that started it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from .server import Server, until

PID_FILE = "gunicorn.pid"


class Daemon(Server):
    """``--daemon``: in a session of its own, and known by its pid file."""

    def __init__(self, folder: Path, *arguments: str, **options: Any) -> None:
        background = ("--daemon", "--pid", PID_FILE, "--log-file", "server.log")
        super().__init__(folder, *background, *arguments, **options)
        assert self.wait() == 0, self.log
        until((folder / PID_FILE).exists, 20, self)
        self.master = int((folder / PID_FILE).read_text("ascii"))
        self.process_group = os.getpgid(self.master)
