"""Import a module apart: in a child of the process that has loaded the app, so that it finds what it
would find there, and nothing happens to the app. The child is killed when it has told, or is late.
"""

from __future__ import annotations

import importlib
import json
import os
import select
import signal
import time
import warnings
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NoReturn

from .imports import Failure, make_failure
from .serving import servers_refused


@dataclass(frozen=True, slots=True)
class Attempt:
    """What became of it: ``blueprints`` are the names of those that the module has then;
    ``finished`` is false when it hung or the process died, which may be for being a child."""

    finished: bool
    blueprints: tuple[str, ...] = ()
    failure: Failure | None = None


def import_apart(module: str, root: Path, seconds: float) -> Attempt:
    """Import a module in a child, for at most so long."""
    reader, writer = os.pipe()
    with warnings.catch_warnings():
        # The app may have threads, which a child has not. It is why a hang proves nothing.
        warnings.simplefilter("ignore", DeprecationWarning)
        pid = os.fork()
    if pid == 0:
        _be_child(writer, module, root)
    os.close(writer)
    try:
        said = _read_line(reader, time.monotonic() + seconds)
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(reader)
    return _attempt(module, json.loads(said)) if said else Attempt(finished=False)


def _attempt(module: str, said: dict[str, Any]) -> Attempt:
    if "error" not in said:
        return Attempt(True, tuple(said["blueprints"]))
    kinds = frozenset(said["kinds"])
    return Attempt(
        True, failure=Failure(module, kinds, said["error"], said["where"], said["missing"])
    )


def _be_child(writer: int, module: str, root: Path) -> NoReturn:
    """Import, tell, and die without any of the app's goodbyes."""
    try:
        os._exit = _exit_softly
        said = _try_import(module, root)
        os.write(writer, json.dumps(said).encode() + b"\n")
    finally:
        os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("a killed process goes on")


def _try_import(module: str, root: Path) -> dict[str, Any]:
    try:
        with servers_refused(_die, root):
            found = importlib.import_module(module)
    except BaseException as error:
        failure = make_failure(module, error, root)
        return {**asdict(failure), "kinds": sorted(failure.kinds)}
    values = list(vars(found).values())
    return {"blueprints": [str(value.name) for value in values if _is_blueprint(value)]}


def _is_blueprint(value: Any) -> bool:
    """Or what becomes one: a namespace of flask-restx."""
    names = {kind.__name__ for kind in type(value).__mro__}
    return bool(names & {"Blueprint", "Namespace"}) and hasattr(value, "name")


def _die(_name: str, _place: str) -> NoReturn:
    """A server that a module starts when it is imported would run on, and says nothing of it."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("a killed process goes on")


def _exit_softly(status: int) -> NoReturn:
    """A child that is gone at once would look as if it had crashed."""
    raise SystemExit(status)


def _read_line(reader: int, deadline: float) -> bytes:
    """A line, empty when it does not come in time. Not to the end of the pipe: what the child has
    started may hold that open."""
    line = b""
    while not line.endswith(b"\n"):
        ready, _, _ = select.select([reader], [], [], max(0.0, deadline - time.monotonic()))
        chunk = os.read(reader, 65536) if ready else b""
        if not chunk:
            return b""
        line += chunk
    return line
