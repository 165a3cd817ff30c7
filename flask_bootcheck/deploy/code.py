"""What a project's code has, for ``init``: an app to start, a view at a path. Read, not imported."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..sources.folder import module_name, python_files, read_source
from .source import parse_python

_FIRST = ("main", "wsgi", "app")
_APPS = ("app", "application")
_FACTORIES = ("create_app", "make_app")
#: ``app.config["BOOTCHECK_PATH"] = "/health"``, or a key of a dictionary, or a class.
_OWN = re.compile(r"\bBOOTCHECK_PATH[\"']?\]?\s*[=:]\s*[\"'](/[^\"'\s]*)[\"']")
_PATHS = frozenset(["route", "get", "add_url_rule", "add_resource"])


@dataclass(frozen=True, slots=True)
class Code:
    """``paths`` are the rules of its routes, ``prefixes`` what may stand before them. ``wired``: it
    makes a ``BootCheck``; ``own_path`` is where it has that answer, if it says."""

    paths: frozenset[str] = frozenset()
    prefixes: frozenset[str] = frozenset()
    wired: bool = False
    own_path: str = ""

    def answers(self, path: str) -> bool:
        """Whether a route is at this path."""
        wanted = path.partition("?")[0].rstrip("/") or "/"
        return any(
            (prefix.rstrip("/") + rule).rstrip("/") == wanted.rstrip("/")
            for rule in self.paths
            for prefix in ("", *self.prefixes)
        )


def read_code(root: Path) -> Code:
    """What the Python files of a project say."""
    paths, prefixes, wired, own = set[str](), set[str](), False, ""
    for path in python_files(root):
        text = read_source(path)
        said = _OWN.search(text)
        own = own or (said[1] if said else "")
        for call in _calls(text):
            name = _name(call)
            given = {k.arg: k.value for k in call.keywords if k.arg}
            if name == "BootCheck":
                wired = True
                own = own or next(_texts([given["path"]] if "path" in given else []), "")
            if name in _PATHS or name[:1].isupper():  # HealthCheck(app, "/health")
                paths |= {text for text in _texts(call.args) if text.startswith("/")}
            prefixes |= {*_texts([given["url_prefix"]] if "url_prefix" in given else [])}
    return Code(frozenset(paths), frozenset(prefixes), wired, own)


def find_target(root: Path, module: str = "") -> str:
    """``main:app`` or ``shop:create_app()``, of a project that says nowhere what starts it; empty
    where there is none, or none can be told."""
    named = {module_name(path, root): path for path in python_files(root)}
    names = [module] if module else sorted(named, key=_rank)
    for name in names:
        if name in named and (found := _app_in(_body(read_source(named[name])))):
            return f"{name}:{found}"
    return ""


def _rank(module: str) -> tuple[int, int, str]:
    first = _FIRST.index(module) if module in _FIRST else len(_FIRST)
    return first, module.count("."), module


def _app_in(body: list[ast.stmt]) -> str:
    made = {
        target.id
        for statement in body
        if isinstance(statement, ast.Assign | ast.AnnAssign)
        for target in (
            statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        )
        if isinstance(target, ast.Name)
    }
    for name in _APPS:
        if name in made:
            return name
    for statement in body:
        if isinstance(statement, ast.FunctionDef) and statement.name in _FACTORIES:
            given = statement.args
            needed = len(given.posonlyargs) + len(given.args) - len(given.defaults)
            if needed == 0 and None not in given.kw_defaults:
                return f"{statement.name}()"
    return ""


def _body(text: str) -> list[ast.stmt]:
    try:
        return parse_python(text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []


def _calls(text: str) -> Iterator[ast.Call]:
    for statement in _body(text):
        yield from (node for node in ast.walk(statement) if isinstance(node, ast.Call))


def _name(call: ast.Call) -> str:
    func = call.func
    return func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")


def _texts(nodes: list[ast.expr]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
