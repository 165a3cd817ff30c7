"""An app that can be broken while its server runs, and what a server is after that."""

from __future__ import annotations

import os
import re
import signal
import sys
from pathlib import Path

import pytest

from ..servers.apps import INSTALL, PLAIN
from ..servers.server import Server, children, members, until

WAYS = pytest.mark.parametrize("conf", [INSTALL, ""], ids=["way 1", "way 3"])
FLAG = ("-c", "python:flask_bootcheck.gunicorn.conf")
#: Each boot does first what stands in the file ``broken``.
BREAKABLE = (
    """
from pathlib import Path

if Path("broken").exists():
    exec(Path("broken").read_text())
"""
    + PLAIN
)
#: What may stand there.
EXITS = "import os; os._exit(1)"
LEAVES = "import sys; sys.exit('no key')"
RAISES = "raise RuntimeError('of the app')"
#: Long enough for a probe to see that a worker is missing.
SLOWLY = "import time; time.sleep(1.5)"
HANGS = "import time\nwhile Path('broken').exists(): time.sleep(0.05)"
#: ``python -m gunicorn`` cannot start its successor after USR2, the command can.
COMMAND = Path(sys.executable).with_name("gunicorn")

#: The last frame of a traceback, when it is in our code.
_OURS = re.compile(r'  File "[^"]*flask_bootcheck/[^"]*", line .*\n(?:    .*\n)*(?! )')
_CHANGE = re.compile(r"bootcheck: (\w+ -> \w+)")


def breaks(server: Server, how: str) -> None:
    """From now on each boot does this first."""
    (server.log_file.parent / "broken").write_text(how, "utf-8")


def repair(server: Server) -> None:
    """From now on the app boots."""
    (server.log_file.parent / "broken").unlink()


def kill(server: Server, number: signal.Signals = signal.SIGKILL) -> int:
    """Send the oldest worker a signal; returns its pid."""
    worker = server.workers[0]
    os.kill(worker, number)
    return worker


def is_gone(pid: int) -> bool:
    """Whether a process was reaped."""
    return not Path(f"/proc/{pid}").exists()


def changes(server: Server) -> list[str]:
    """The changes of status in its log, in order: each is told once."""
    return _CHANGE.findall(server.log)


def has_no_traceback_of_ours(server: Server) -> bool:
    """Whatever happened to it. What a hook of the user's raises goes through our code, no more."""
    return not _OURS.search(server.log) and "bootcheck: our part" not in server.log


def ends(server: Server, code: int = 0) -> None:
    """It ends by itself, or has, and nobody is left."""
    assert server.wait() == code, server.log
    until(lambda: not members(server.process_group), 5, server)
    assert has_no_traceback_of_ours(server), server.log


def ends_when_told(server: Server) -> None:
    """As a platform ends it."""
    server.signal(signal.SIGTERM)
    ends(server)


def successor(server: Server) -> int:
    """The master that USR2 starts, when it has forked its workers."""
    before = {server.master, *server.workers}
    count = len(server.workers)
    server.signal(signal.SIGUSR2)
    (new,) = until(lambda: [pid for pid in server.workers if pid not in before], 20, server)
    until(lambda: len(children(new)) == count, 20, server)
    return new
