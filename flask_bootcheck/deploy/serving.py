"""The server that a Python script starts itself, by the calls in its syntax tree."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from .evaluate import dotted
from .python_file import PythonFile

#: Servers by the package they come from, and the calls that start them.
_CALLS = {
    "waitress": ("serve", "serve_paste", "create_server"),
    "uvicorn": ("run", "Server"),
    "hypercorn": ("serve", "run"),
    "granian": ("serve", "Granian"),
    "gevent": ("serve_forever",),
    "eventlet": ("server",),
    "tornado": ("listen",),
    "bjoern": ("run", "listen"),
    "cheroot": ("start", "safe_start"),
    "cherrypy": ("start", "quickstart"),
    "aiohttp": ("run_app",),
    "wsgiref": ("make_server", "serve_forever"),
}
_APPS = frozenset(["app", "application", "server", "flask_app", "webapp", "api"])
_MAKERS = re.compile(r"(?:\w+\.)*(?:Flask|(?:create|make|get|build|init)(?:_\w*)?_?app\w*|create)")
_COMMANDS = frozenset(["run", "runserver"])


def server_in(file: PythonFile, arguments: Sequence[str]) -> str:
    """Its name, ``flask`` for the development server, ``socketio`` for that of Flask-SocketIO; empty
    where none is seen.

    :param arguments: what the script is given: ``runserver``.
    """
    packages = {*_packages(file.tree)}
    calls = [node for node in ast.walk(file.tree) if isinstance(node, ast.Call)]
    for call in calls:
        name = _name(call)
        for package, starting in _CALLS.items():
            if name in starting and package in packages and not _is_app_run(call, file.tree):
                return package
    for call in calls:
        if _name(call) == "run" and _receiver(call) == "socketio":
            return "socketio"
        if _name(call) in ("run_simple", "run_server") or _is_app_run(call, file.tree):
            return "flask"
    by_command = any(_name(call) in ("FlaskGroup", "Manager", "ScriptInfo") for call in calls)
    return "flask" if by_command and _COMMANDS & {*arguments} else ""


def _packages(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.partition(".")[0]


def _name(call: ast.Call) -> str:
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else dotted(function)


def _receiver(call: ast.Call) -> str:
    return dotted(call.func.value) if isinstance(call.func, ast.Attribute) else ""


def _is_app_run(call: ast.Call, tree: ast.Module) -> bool:
    """``app.run()``, ``create_app().run()``, or of a name that such a call gave."""
    if not isinstance(call.func, ast.Attribute) or call.func.attr != "run":
        return False
    if isinstance(call.func.value, ast.Call):
        return _makes(call.func.value)
    name = _receiver(call)
    return name.rpartition(".")[2] in _APPS or name in {*_made(tree)}


def _makes(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and _MAKERS.fullmatch(dotted(node.func)) is not None


def _made(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and _makes(node.value):
            yield from (dotted(target) for target in node.targets)
