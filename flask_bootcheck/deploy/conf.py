"""A gunicorn conf: which file it is, and what it says."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from .evaluate import dotted
from .machine import Known, Unknown
from .options import READ
from .plan import Place, Trouble, UnknownKey
from .project import Project, Setting
from .python_file import read_python
from .run_conf import run_conf
from .source import Unreadable, locate, read_text

CONF = "gunicorn.conf.py"
#: Our own conf loads the user's.
_OURS = "python:flask_bootcheck."
_USERS = "BOOTCHECK_GUNICORN_CONF"
#: Names of the command line, and of slips, and the setting that they mean. gunicorn passes over a name
#: that is no setting, since a conf may use it for itself.
_MEANT = {
    "worker": "workers",
    "worker_timeout": "timeout",
    "thread": "threads",
    "binds": "bind",
    "preload": "preload_app",
    "keep_alive": "keepalive",
    "max_request": "max_requests",
    "log_level": "loglevel",
    "access_log": "accesslog",
    "access_logfile": "accesslog",
    "error_log": "errorlog",
    "error_logfile": "errorlog",
    "log_file": "errorlog",
    "log_config": "logconfig",
    "pid_file": "pidfile",
    "worker_connection": "worker_connections",
}


@dataclass(frozen=True, slots=True)
class Conf:
    """What a conf says, whether our governor is in it, and whether that is all it may say."""

    settings: dict[str, Setting] = field(default_factory=dict)
    troubles: tuple[Trouble, ...] = ()
    governed: bool = False
    complete: bool = True
    unknown: tuple[Trouble, ...] = ()
    misspelt: tuple[UnknownKey, ...] = ()


def read_conf(named: str, project: Project, folder: str, place: Place) -> Conf:
    """What the conf says: the one that is named, else ``gunicorn.conf.py`` where there is one."""
    ours = named.startswith(_OURS)
    if ours:
        named = project.machine.environ.get(_USERS, "")
    name = _conf_file(named or CONF)
    file = locate(project.root, folder, name)
    path = project.root / file
    if not file:
        said = named and not named.startswith("python:") and not name.startswith("/")
        missing = (Trouble(place, f"the conf {named} is not there"),) if said else ()
        absent = () if said or not named else (Trouble(place, f"{named} is not in this project"),)
        return Conf({}, missing, ours, complete=not named, unknown=absent)
    try:
        conf = read_python(read_text(path), project.machine)
    except Unreadable as error:
        return Conf({}, (Trouble(Place(file, error.line), error.reason),), ours)
    wanted = {*READ, "preload_app", "control_socket_disable", "wsgi_app"}
    settings = {
        name: Setting(said, file)
        for name, said in conf.names.items()
        if name in wanted and isinstance(said, Known | Unknown)
    }
    if project.execute:
        settings |= run_conf(path, project.machine, settings, file)
    governed = ours or _installs(conf.tree)
    hidden = next((Place(file, node.lineno) for node in _sets_what_is_hidden(conf.tree)), None)
    misspelt = tuple(_misspelt(conf.tree, file))
    if hidden is None or project.execute:
        return Conf(settings, (), governed, misspelt=misspelt)
    reason = "what this sets cannot be worked out without running it"
    unknown = (Trouble(hidden, reason),)
    return Conf(settings, (), governed, complete=False, unknown=unknown, misspelt=misspelt)


def _misspelt(tree: ast.Module, file: str) -> Iterator[UnknownKey]:
    """Names that are set, and used by nobody, where a setting is meant that is not set."""
    named = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    used = {node.id for node in named if not isinstance(node.ctx, ast.Store)}
    lines = {node.id: node.lineno for node in reversed(named) if isinstance(node.ctx, ast.Store)}
    for name, meant in _MEANT.items():
        if name in lines and name not in used and meant not in lines:
            yield UnknownKey(Place(file, lines[name]), name, f"gunicorn calls it {meant}")


def _sets_what_is_hidden(tree: ast.Module) -> Iterator[ast.stmt | ast.Call]:
    """``from shared import *``, ``set_defaults(globals())``, but for our own."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names):
            yield node
        elif isinstance(node, ast.Call) and dotted(node.func) not in ("install", "print"):
            given = (dotted(a.func) for a in node.args if isinstance(a, ast.Call))
            if dotted(node.func) == "exec" or {"globals", "vars", "locals"} & {*given}:
                yield node


def _installs(tree: ast.Module) -> bool:
    """``from flask_bootcheck.gunicorn import install``."""
    return any(
        isinstance(node, ast.ImportFrom) and node.module == "flask_bootcheck.gunicorn"
        for node in ast.walk(tree)
    )


def _conf_file(named: str) -> str:
    if named.startswith("python:"):
        return named.removeprefix("python:").replace(".", "/") + ".py"
    return named.removeprefix("file:")
