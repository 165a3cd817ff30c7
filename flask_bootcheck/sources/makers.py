"""What a module does when it is imported, by its syntax tree: which blueprints it makes, and whether
it is rather a script, or the module of another app."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

#: Where a file cannot be parsed, its text says it well enough.
_IN_TEXT = re.compile(r"^[^#\n]*\b(?:\w*Blueprint|Namespace)\(", re.MULTILINE)
_NAMED = re.compile(r"""\(\s*(?:name\s*=\s*)?["'](?P<name>[\w.-]+)["']""")
#: Calls of a module that do nothing to the world.
_HARMLESS = frozenset({"logging", "warnings"})

_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Made:
    """A blueprint that a module makes when it is imported; its name where it is written there."""

    line: int
    name: str = ""
    variable: str = ""


@dataclass(frozen=True, slots=True)
class Module:
    """What is seen in a file. ``acts`` is true when importing it may do more than define things;
    ``error`` is the line where its syntax is wrong."""

    made: tuple[Made, ...] = ()
    makes_app: bool = False
    is_script: bool = False
    acts: bool = False
    error: SyntaxError | None = field(default=None, compare=False)


def read_module(source: str, name: str = "") -> Module:
    """What the source of a module says. Only one that speaks of blueprints or apps is parsed."""
    if not any(word in source for word in ("Blueprint", "Namespace", "Flask(")):
        return Module()
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError) as error:
        wrong = error if isinstance(error, SyntaxError) else SyntaxError(str(error))
        return Module(_made_in_text(source), "Flask(" in source, error=wrong)
    return _Reader(tree, name).module


def _made_in_text(source: str) -> tuple[Made, ...]:
    found = []
    for match in _IN_TEXT.finditer(source):
        named = _NAMED.match(source, match.end() - 1)
        found.append(Made(source.count("\n", 0, match.end()) + 1, named["name"] if named else ""))
    return tuple(found)


class _Reader:
    """One look at a tree: imports first, then what runs."""

    def __init__(self, tree: ast.Module, name: str) -> None:
        self._own = name.partition(".")[0]
        nodes = list(executed(tree))
        self._origins = dict(_imports(nodes))
        self._classes = {n.name: n for n in nodes if isinstance(n, ast.ClassDef)}
        self._variables = {id(value): variable for value, variable in _assigned(nodes)}
        calls = [node for node in nodes if isinstance(node, ast.Call)]
        made = [self._made(call) for call in calls if self._is_maker(call.func)]
        self.module = Module(
            made=tuple(sorted(made, key=lambda each: each.line)),
            makes_app=any(isinstance(n, ast.Call) and self._is_app(n.func) for n in ast.walk(tree)),
            is_script=any(is_main_guard(node) for node in nodes),
            acts=any(self._acts(node, {each.variable for each in made}) for node in tree.body),
        )

    def _made(self, call: ast.Call) -> Made:
        given = [*call.args[:1], *(k.value for k in call.keywords if k.arg == "name")]
        names = [n.value for n in given if isinstance(n, ast.Constant) and isinstance(n.value, str)]
        return Made(call.lineno, names[0] if names else "", self._variables.get(id(call), ""))

    def _is_maker(self, function: ast.expr, depth: int = 0) -> bool:
        module, name = self._origin(function)
        if module is None:
            made_here = self._classes.get(name)
            bases = made_here.bases if made_here is not None and depth < 5 else []
            return any(self._is_maker(base, depth + 1) for base in bases)
        root = module.partition(".")[0]
        if name == "Namespace":
            return root in ("flask_restx", "flask_restplus")
        own = not root or root == self._own
        return name.endswith("Blueprint") and (own or root.startswith(("flask", "apiflask")))

    def _is_app(self, function: ast.expr) -> bool:
        module, name = self._origin(function)
        return bool(module) and name in ("Flask", "APIFlask", "OpenAPI")

    def _origin(self, function: ast.expr) -> tuple[str | None, str]:
        """The module a name is from, empty for one of the package's own, and its name there."""
        if isinstance(function, ast.Name):
            known = self._origins.get(function.id)
            star = None if function.id in self._classes else self._origins.get("*")
            return known or (star[0] if star else None, function.id)
        if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
            module, _ = self._origins.get(function.value.id, (None, ""))
            return module, function.attr if module is not None else ""
        return None, ""

    def _acts(self, node: ast.stmt, made: set[str]) -> bool:
        """A bare call that is not on a blueprint of this module, or a loop without an end."""
        if isinstance(node, ast.While | ast.Raise):
            return True
        if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)):
            return False
        root = node.value.func
        while isinstance(root, ast.Attribute | ast.Call):
            root = root.value if isinstance(root, ast.Attribute) else root.func
        return not (isinstance(root, ast.Name) and root.id in made | _HARMLESS)


def executed(tree: ast.AST) -> Iterator[ast.AST]:
    """The nodes that run when a module is imported: no bodies of functions, and nothing that is for
    type checkers or for a script alone."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, _Function):
            arguments = node.args
            defaults = (*arguments.defaults, *arguments.kw_defaults)
            waiting += [*node.decorator_list, *(each for each in defaults if each is not None)]
        elif isinstance(node, ast.If) and (is_main_guard(node) or _is_for_types(node.test)):
            waiting += node.orelse
        elif not isinstance(node, ast.Lambda):
            waiting += ast.iter_child_nodes(node)


def is_main_guard(node: ast.AST) -> bool:
    """``if __name__ == "__main__"``."""
    return (
        isinstance(node, ast.If)
        and isinstance(node.test, ast.Compare)
        and any(isinstance(n, ast.Name) and n.id == "__name__" for n in ast.walk(node.test))
    )


def _is_for_types(test: ast.expr) -> bool:
    name = test.attr if isinstance(test, ast.Attribute) else getattr(test, "id", "")
    return name == "TYPE_CHECKING"


def _imports(nodes: list[ast.AST]) -> Iterator[tuple[str, tuple[str, str]]]:
    """Each imported name, with its module and its name there; a module is its own name."""
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.asname or alias.name.partition(".")[0], (alias.name, "")
        elif isinstance(node, ast.ImportFrom):
            module = "" if node.level else node.module or ""
            for alias in node.names:
                yield alias.asname or alias.name, (module, alias.name)


def _assigned(nodes: list[ast.AST]) -> Iterator[tuple[ast.expr, str]]:
    """Each value that is given a plain name."""
    for node in nodes:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        value = getattr(node, "value", None)
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(value, ast.expr):
            yield from ((value, target.id) for target in targets if isinstance(target, ast.Name))
