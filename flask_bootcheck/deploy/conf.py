"""A gunicorn conf: which file it is, and what it says."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from .evaluate import dotted
from .machine import Known, Unknown
from .options import READ
from .plan import Place, Trouble
from .project import Project, Setting
from .python_file import read_python
from .run_conf import run_conf
from .source import Unreadable, locate, read_text

CONF = "gunicorn.conf.py"
#: Our own conf loads the user's.
_OURS = "python:flask_bootcheck."
_USERS = "BOOTCHECK_GUNICORN_CONF"


@dataclass(frozen=True, slots=True)
class Conf:
    """What a conf says, whether our governor is in it, and whether that is all it may say."""

    settings: dict[str, Setting] = field(default_factory=dict)
    troubles: tuple[Trouble, ...] = ()
    governed: bool = False
    complete: bool = True
    unknown: tuple[Trouble, ...] = ()


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
    if hidden is None or project.execute:
        return Conf(settings, (), governed)
    reason = "what this sets cannot be worked out without running it"
    return Conf(settings, (), governed, complete=False, unknown=(Trouble(hidden, reason),))


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
