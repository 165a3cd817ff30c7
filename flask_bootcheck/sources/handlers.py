"""Who swallows an error: the ``try`` around a line that catches it, and what it does then."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

_Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
#: What does nothing, in the body of a handler.
_IDLE = ast.Pass | ast.Continue | ast.Break


@dataclass(frozen=True, slots=True)
class Handler:
    """The ``try`` or ``with suppress()`` in a line that catches an error. ``silent``: it does
    nothing then, so that nobody ever hears of it."""

    line: int
    silent: bool


def handler_of(source: str, line: int, kinds: Collection[str]) -> Handler | None:
    """What catches an error of these classes that a line raises, in the function or the module that
    the line is in."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return None
    for node in reversed(list(_around(tree, line))):
        if isinstance(node, ast.Try):
            caught = next((each for each in node.handlers if _catches(each.type, kinds)), None)
            if caught is not None and not _raises(caught):
                return Handler(node.lineno, all(map(_is_idle, caught.body)))
        elif any(_is_suppress(item.context_expr, kinds) for item in node.items):
            return Handler(node.lineno, silent=True)
    return None


def imports_in(source: str, package: str) -> Iterator[tuple[str, int]]:
    """Every module that the source of a module of ``package`` may import, with the line: for ``from
    a import b`` both ``a`` and ``a.b``."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = _base(node, package)
            yield base, node.lineno
            yield from ((f"{base}.{alias.name}", node.lineno) for alias in node.names)


def _base(node: ast.ImportFrom, package: str) -> str:
    parents = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
    return ".".join([*parents, *([node.module] if node.module else [])])


def _around(tree: ast.AST, line: int) -> Iterator[ast.Try | ast.With]:
    """From the outside in: what stands around a line, within its function."""
    found: list[ast.Try | ast.With] = []
    node: ast.AST | None = tree
    while node is not None:
        if isinstance(node, _Function):
            found.clear()
        elif isinstance(node, ast.Try | ast.With) and _holds(node.body, line):
            found.append(node)
        node = next((n for n in ast.iter_child_nodes(node) if _holds(_body(n), line)), None)
    yield from found


def _body(node: ast.AST) -> list[ast.AST]:
    """What has lines of a node: a ``case`` has none of its own."""
    return [*node.body] if isinstance(node, ast.match_case) else [node]


def _holds(nodes: Iterable[ast.AST], line: int) -> bool:
    return any(getattr(n, "lineno", 0) <= line <= getattr(n, "end_lineno", -1) for n in nodes)


def _catches(type_: ast.expr | None, kinds: Collection[str]) -> bool:
    if type_ is None:
        return True
    types = type_.elts if isinstance(type_, ast.Tuple) else [type_]
    return any(_name(kind) in kinds for kind in types)


def _raises(handler: ast.ExceptHandler) -> bool:
    return any(isinstance(node, ast.Raise) for node in ast.walk(handler))


def _is_idle(node: ast.stmt) -> bool:
    if isinstance(node, ast.Return):
        return node.value is None or getattr(node.value, "value", node) is None
    return isinstance(node, _IDLE) or (
        isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    )


def _is_suppress(node: ast.expr, kinds: Collection[str]) -> bool:
    return (
        isinstance(node, ast.Call)
        and _name(node.func) == "suppress"
        and any(_name(kind) in kinds for kind in node.args)
    )


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
