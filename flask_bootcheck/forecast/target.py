"""The app to be measured, found as the trial finds it: ``main``, ``main:create_app``, behind a
middleware. What is wrapped around it is imported, and so measured, but not called."""

from __future__ import annotations

import json
import os
from pathlib import Path

from ..trial.load import load_app
from ..trial.serving import HINT, message_of, servers_refused
from .worker import REFUSED, TARGET, write

#: What gunicorn does not fork another worker after.
_BOOT_ERROR = 3


def _refuse(name: str, place: str) -> None:
    """The app starts a server while it is imported: say so, and end, whatever it would catch."""
    write(REFUSED, json.dumps({"message": message_of(name, place), "hint": HINT}))
    os._exit(_BOOT_ERROR)


with servers_refused(_refuse, Path.cwd()):
    _, app = load_app(os.environ[TARGET])
