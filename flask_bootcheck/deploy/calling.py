"""What a small function of a conf returns: assignments, branches that can be decided, a return."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable

from .machine import Known, Names, Unknown

Locals = dict[str, "Known | Unknown | ast.FunctionDef"]
Evaluate = Callable[[ast.expr, Names], Known]


def returned(function: ast.FunctionDef, names: Names, evaluate: Evaluate) -> Known:
    """The value of a call without arguments.

    :raises Unknown: with the line of what cannot be worked out.
    """
    found = _run(function.body, dict(names), evaluate)
    if found is None:
        raise Unknown(f"{function.name}() returns nothing", function.lineno)
    return found


def _run(body: Iterable[ast.stmt], names: Locals, evaluate: Evaluate) -> Known | None:
    for statement in body:
        if isinstance(statement, ast.Return):
            if statement.value is None:
                raise Unknown("return", statement.lineno)
            return evaluate(statement.value, names)
        if isinstance(statement, ast.If):
            taken = evaluate(statement.test, names).value
            inner = statement.body if taken else statement.orelse
        elif isinstance(statement, ast.Try):
            inner = statement.body
        else:
            _assign(statement, names, evaluate)
            continue
        if (found := _run(inner, names, evaluate)) is not None:
            return found
    return None


def _assign(statement: ast.stmt, names: Locals, evaluate: Evaluate) -> None:
    """A docstring and a line for the log change nothing; what is no assignment is not known."""
    if isinstance(statement, ast.Expr | ast.Import | ast.ImportFrom | ast.Pass):
        return
    target = statement.targets[0] if isinstance(statement, ast.Assign) else None
    if not isinstance(statement, ast.Assign) or not isinstance(target, ast.Name):
        raise Unknown(type(statement).__name__.lower(), statement.lineno)
    try:
        found = evaluate(statement.value, names)
        names[target.id] = Known(found.value, statement.lineno, found.of_cpus)
    except Unknown as unknown:
        names[target.id] = unknown
