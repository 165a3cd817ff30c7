"""Servers that are not gunicorn: how each is started, and where it says that it listens."""

from __future__ import annotations

import re
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from .server import Server, until

_LISTENING = re.compile(
    r"(?:[Ss]erving on|[Rr]unning on|bound to TCP address) (?:http://)?127\.0\.0\.1:(\d+)"
)
_UWSGI = (
    *(str(Path(sys.executable).with_name("uwsgi")), "--http-socket", "127.0.0.1:0"),
    *("--module", "main:app", "--need-app", "--master", "--die-on-term", "--enable-threads"),
)


@dataclass(frozen=True)
class Kind:
    """``name`` is how BootCheck calls it, empty where it is unknown; ``several`` are the arguments
    for two processes; ``files`` are of the project, beside ``main.py``."""

    command: tuple[str, ...]
    name: str = ""
    several: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)


def _module(text: str, **details: object) -> Kind:
    return Kind((sys.executable, "-m", *text.split()), **details)  # type: ignore[arg-type]


_ASGI = {
    "asgi.py": "from asgiref.wsgi import WsgiToAsgi\nimport main\napp = WsgiToAsgi(main.app)\n"
}
#: Without watchdog the reloader looks at the files itself: a busy machine loses inotify's events.
_STAT = {"watchdog.py": "raise ImportError\n"}
_RUN = {"run.py": "import main\nmain.app.run(port=0)\n"}

KINDS = {
    "waitress": _module("waitress --listen 127.0.0.1:0 main:app", name="waitress"),
    "uwsgi": Kind(_UWSGI, "uwsgi", ("--processes", "2")),
    "app.run": Kind((sys.executable, "run.py"), "werkzeug", files=_RUN),
    "flask run": _module("flask --app main run --port 0", name="werkzeug"),
    "flask run --debug": _module(
        "flask --app main run --port 0 --debug", name="werkzeug", files=_STAT
    ),
    "uvicorn": _module("uvicorn asgi:app --port 0", several=("--workers", "2"), files=_ASGI),
    "hypercorn": _module(
        "hypercorn asgi:app --bind 127.0.0.1:0", several=("--workers", "2"), files=_ASGI
    ),
}

#: A new process for each request.
FORKING = Kind(
    (sys.executable, "run.py"),
    files={"run.py": "import main\nmain.app.run(port=0, threaded=False, processes=2)\n"},
)
#: For everybody who can reach this machine.
OPEN = Kind(
    (sys.executable, "run.py"), files={"run.py": "import main\nmain.app.run('0.0.0.0', 0)\n"}
)


class OtherServer(Server):
    """One of them with the app in a folder."""

    def __init__(self, folder: Path, kind: Kind, *arguments: str, **environ: str) -> None:
        # What it says is in the log at once. Whether the machine has a limit shall not matter.
        always = {"PYTHONUNBUFFERED": "1", "BOOTCHECK_MEMORY_LIMIT": "64G"}
        self._start(folder, [*kind.command, *arguments], {**always, **environ})

    @cached_property
    def port(self) -> int:
        """The port it listens on; uvicorn names it before it does."""
        port = int(until(lambda: _LISTENING.search(self.log), 20, self)[1])
        until(lambda: _accepts(port), 20, self)
        return port

    @property
    def workers(self) -> list[int]:
        """Its processes that serve; multiprocessing has one of its own."""
        return [pid for pid in super().workers if "resource_tracker" not in _command(pid)]


def _accepts(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except ConnectionRefusedError:
        return False
    return True


def _command(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text("utf-8", "replace")
