"""What gunicorn would run with, worked out offline: nothing is bound, forked or imported.

In a subprocess, since a conf is code: it may print, patch, or exit.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..boot import Server
from .arguments import VARIABLE
from .describe import describe_configuration

_SECONDS = 10
_CONF = "gunicorn.conf.py"


def resolve_server(environ: Mapping[str, str], root: Path) -> Server | None:
    """The server as the conf and the environment describe it.

    :returns: ``None`` when gunicorn is not installed, nothing here configures it, or its
        configuration cannot be read.
    """
    places = [_CONF] if (root / _CONF).exists() else []
    places += [VARIABLE] if environ.get(VARIABLE) else []
    if not places or importlib.util.find_spec("gunicorn") is None:
        return None
    command = [sys.executable, "-m", __name__]
    try:
        done = subprocess.run(
            command, cwd=root, env=dict(environ), capture_output=True, timeout=_SECONDS, check=True
        )
        return Server(name="gunicorn", where=" and ".join(places), **json.loads(done.stdout))
    except (OSError, subprocess.SubprocessError, ValueError, TypeError):
        return None


def _main() -> None:
    from gunicorn.app.wsgiapp import WSGIApplication

    class Offline(WSGIApplication):  # type: ignore[misc, unused-ignore]
        """gunicorn's own reading of argv, environment and conf, without an app."""

        def load(self) -> Any:
            """Never called: only the configuration is asked for."""

    answer = os.dup(1)
    os.dup2(2, 1)  # what the conf prints is not the answer
    sys.argv = ["gunicorn", "offline:app"]
    cfg = Offline("%(prog)s [OPTIONS] [APP_MODULE]").cfg
    os.write(answer, json.dumps(describe_configuration(cfg)).encode())


if __name__ == "__main__":
    _main()
