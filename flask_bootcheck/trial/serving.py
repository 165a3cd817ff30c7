"""A server that is started while the app is imported: gunicorn, which imports it, never gets the app.

``flask`` makes ``app.run()`` a no-op, and a trial that really ran it would hang until its deadline.
So what starts a server is replaced for as long as the app loads. Raising there would not do: an
``except`` of the app may swallow it.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

from .place import innermost

#: What blocks for as long as it serves: module, class or nothing, function.
_STARTS = (
    ("flask.app", "Flask", "run"),
    ("flask_socketio", "SocketIO", "run"),
    ("werkzeug.serving", "", "run_simple"),
    ("socketserver", "BaseServer", "serve_forever"),
    ("waitress", "", "serve"),
    ("gevent.baseserver", "BaseServer", "serve_forever"),
    ("eventlet.wsgi", "", "server"),
    ("uvicorn.main", "", "run"),
    ("gunicorn.app.base", "BaseApplication", "run"),
)
#: How people call it, where that is not the name of the function.
_NAMES = {"Flask": "app.run", "SocketIO": "socketio.run"}

HINT = 'put it behind if __name__ == "__main__":'

#: Is told what would start a server, and the place in the project it is called from.
Refuse = Callable[[str, str], Any]


def message_of(name: str, place: str = "") -> str:
    """What is wrong about it, for people."""
    at = f" at {place}" if place else ""
    return f"{name}(){at} runs at import: gunicorn never gets the app"


@contextmanager
def servers_refused(refuse: Refuse, root: Path) -> Iterator[None]:
    """Call ``refuse`` in place of whatever starts a server in the thread that loads the app. What the
    app starts beside that, in a thread or a process of its own, keeps nobody waiting."""
    is_here = _Here()

    def replaced(original: Callable[..., Any], name: str) -> Callable[..., Any]:
        @wraps(original)
        def start(*args: Any, **kwargs: Any) -> Any:
            if not is_here():
                return original(*args, **kwargs)
            return refuse(name, innermost(_frames(sys._getframe(1)), root))

        return start

    execute = SourceFileLoader.exec_module
    with ExitStack() as stack:

        def exec_module(loader: SourceFileLoader, module: ModuleType) -> None:
            execute(loader, module)
            _replace(module.__name__, replaced, stack)

        for name in {module for module, _, _ in _STARTS} & {*sys.modules}:
            _replace(name, replaced, stack)
        stack.callback(setattr, SourceFileLoader, "exec_module", execute)
        SourceFileLoader.exec_module = exec_module  # type: ignore[method-assign, assignment]
        try:
            yield
        finally:
            is_here.over = True  # the app may keep what it has imported meanwhile


def _replace(
    module: str, replaced: Callable[[Callable[..., Any], str], Callable[..., Any]], stack: ExitStack
) -> None:
    for name, kind, function in _STARTS:
        if name != module:
            continue
        owner = sys.modules.get(module)
        owner = getattr(owner, kind, None) if kind else owner
        original = vars(owner).get(function) if owner is not None else None
        if original is not None:
            setattr(owner, function, replaced(original, _NAMES.get(kind, function)))
            stack.callback(setattr, owner, function, original)


class _Here:
    """Whether this is the process and the thread, the green one too, that loads the app."""

    def __init__(self) -> None:
        self.over = False
        # From before gevent or eventlet patch it: theirs tells the green threads apart.
        self._native_id = threading.get_native_id
        self._process, self._thread = os.getpid(), self._native_id()

    def __call__(self) -> bool:
        if self.over or os.getpid() != self._process or self._native_id() != self._thread:
            return False
        greenlet = sys.modules.get("greenlet")
        return greenlet is None or greenlet.getcurrent().parent is None


def _frames(frame: FrameType | None) -> Iterator[tuple[str, int]]:
    while frame is not None:
        yield frame.f_code.co_filename, frame.f_lineno
        frame = frame.f_back
