"""Is what a start command names a function that makes the app, and does nobody call it?"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

from .evaluate import dotted
from .source import Unreadable, parse_python, read_text

#: Finds the file of a module, ``None`` where it is not in the project.
Find = Callable[[str], Path | None]
_MOST_HOPS = 3


def factory(file: Path, module: str, name: str, find: Find) -> tuple[Path, ast.FunctionDef] | None:
    """The factory of that name in a module, followed through the imports of the project; ``None``
    where it is anything else, or not known."""
    for _ in range(_MOST_HOPS):
        bound = _binding(file, name)
        if isinstance(bound, ast.FunctionDef):
            return (file, bound) if _is_factory(bound) else None
        if not isinstance(bound, ast.ImportFrom):
            return None
        name = next(a.name for a in bound.names if (a.asname or a.name) == name)
        module = _absolute(bound, module, file)
        found = find(module) if module else None
        if found is None:
            return None
        file = found
    return None


def required(function: ast.FunctionDef) -> list[str]:
    """The arguments that a call must give."""
    given = [*function.args.posonlyargs, *function.args.args]
    positional = given[: len(given) - len(function.args.defaults)]
    keywords = zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True)
    return [a.arg for a in (*positional, *(a for a, default in keywords if default is None))]


def _binding(file: Path, name: str) -> ast.stmt | None:
    """The one statement that binds a name at the top of a module; ``None`` when there are several, or
    none, or one in a branch."""
    try:
        tree = parse_python(read_text(file))
    except (Unreadable, SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    found = [statement for statement in tree.body if name in {*_bound_by(statement)}]
    declared = (n for n in ast.walk(tree) if isinstance(n, ast.Global))
    if len(found) != 1 or any(name in node.names for node in declared):
        return None
    return found[0]


def _bound_by(statement: ast.stmt) -> Iterator[str]:
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield statement.name
        return
    for node in ast.walk(statement):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, ast.alias):
            yield node.asname or node.name.partition(".")[0]
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name


def _absolute(statement: ast.ImportFrom, module: str, file: Path) -> str:
    """The module an import names; empty where that leads out of its package."""
    if not statement.level:
        return statement.module or ""
    package = module.split(".") if file.name == "__init__.py" else module.split(".")[:-1]
    up = statement.level - 1
    if up >= len(package):
        return ""
    return ".".join([*package[: len(package) - up], *filter(None, [statement.module])])


def _is_factory(function: ast.FunctionDef) -> bool:
    """Whether it cannot serve a request itself: it cannot be called with ``environ`` and
    ``start_response``, or returns a Flask app. What is decorated may be anything."""
    if function.decorator_list:
        return False
    return not _takes_a_request(function.args, required(function)) or _returns_flask(function)


def _takes_a_request(arguments: ast.arguments, needed: list[str]) -> bool:
    most = len(arguments.posonlyargs) + len(arguments.args)
    keywords = {a.arg for a in arguments.kwonlyargs} & {*needed}
    return (most >= 2 or arguments.vararg is not None) and len(needed) <= 2 and not keywords


def _returns_flask(function: ast.FunctionDef) -> bool:
    nodes = [*_own(function)]
    made = {
        dotted(target)
        for node in nodes
        if isinstance(node, ast.Assign) and _is_flask(node.value)
        for target in node.targets
    }
    returned = [node.value for node in nodes if isinstance(node, ast.Return) and node.value]
    return bool(returned) and all(_is_flask(value) or dotted(value) in made for value in returned)


def _own(function: ast.FunctionDef) -> Iterator[ast.AST]:
    """The nodes of a function but for those of the functions in it."""
    waiting: list[ast.AST] = [*function.body]
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            waiting += ast.iter_child_nodes(node)


def _is_flask(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and dotted(node.func) in ("Flask", "flask.Flask")
