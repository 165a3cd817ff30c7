"""What runs inside the gunicorn that is measured."""

from __future__ import annotations

import gc
import json
import os
import re
import signal
import sys
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Any

TARGET = "BOOTCHECK_FORECAST_TARGET"
FOLDER = "BOOTCHECK_FORECAST_FOLDER"
COUNTED = "BOOTCHECK_FORECAST_COUNTED"
PLAIN = "BOOTCHECK_FORECAST_PLAIN"

#: The file in the folder that says why the app does not boot, where that is known.
REFUSED = "refused.json"

#: The file in the folder with the first exception that the app did not handle.
ERROR = "error.json"

#: Routes with these in them are not called: a request to warm an app must not change it.
_LEFT_ALONE = re.compile(
    r"log_?out|sign_?out|delete|remove|destroy|drop|purge|reset|clear|flush|shutdown|stop|kill|"
    r"restart|reboot|quit|exit|sleep|slow|stream|events|wait",
    re.IGNORECASE,
)


def listen(worker: Any) -> None:
    """Say what runs here, and collect garbage on SIGUSR2."""
    import gunicorn

    signal.signal(signal.SIGUSR2, _collect)
    with suppress(RuntimeError):  # an old Flask without blinker has no signals
        _note_errors()
    app = worker.app.wsgi()
    facts = {
        "pid": os.getpid(),
        "gunicorn": gunicorn.__version__,
        "worker_class": worker.cfg.worker_class_str,
        "threads": worker.cfg.threads,
        "preload": bool(worker.cfg.preload_app),
        "frozen": gc.get_freeze_count() > 0,
        "python": ".".join(map(str, sys.version_info[:2])),
        "routes": choose_routes(app),
        "counted": _counted(),
        "probe": _probe_of(app),
    }
    write(f"worker-{os.getpid()}.json", json.dumps(facts))


def choose_routes(app: Any) -> list[str]:
    """The app's own GET routes without parameters, less those that may change something or hang."""
    return [
        rule.rule
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ())
        and not rule.arguments
        and not rule.build_only
        and rule.endpoint != "static"
        and not _LEFT_ALONE.search(f"{rule.rule} {rule.endpoint}")
    ]


def _counted() -> str:
    """How this package is in what is measured: see ``Facts.counted``."""
    seat = sys.modules.get("flask_bootcheck.gunicorn.seat")
    if seat is not None and seat.seat.is_hooked:
        return "hooks"
    return "app" if "flask_bootcheck.extension" in sys.modules else ""


def _probe_of(app: Any) -> str:
    """The path that a platform will call, where we answer it."""
    watched = app.extensions.get("bootcheck")  # its name is in a module that may not be imported
    return watched.settings.path if watched is not None and watched.settings.enabled else ""


def _note_errors() -> None:
    """Have Flask tell of what no handler of the app has handled."""
    from flask import got_request_exception

    got_request_exception.connect(_note_error)


def _note_error(_app: Any, exception: BaseException, **_more: Any) -> None:
    from ..trial.place import place_of_error

    if not (Path(os.environ[FOLDER]) / ERROR).exists():
        told = {
            "message": f"{type(exception).__name__}: {exception}".removesuffix(": "),
            "where": place_of_error(exception, Path.cwd()),
        }
        write(ERROR, json.dumps(told))


def _collect(_number: int, _frame: FrameType | None) -> None:
    gc.collect()
    write(f"collected-{os.getpid()}", "")


def write(name: str, text: str) -> None:
    """A file appears whole or not at all."""
    path = Path(os.environ[FOLDER]) / name
    draft = path.with_suffix(".part")
    draft.write_text(text)
    draft.replace(path)
