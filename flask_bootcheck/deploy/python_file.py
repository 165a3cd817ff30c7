"""What a Python file says of gunicorn: a conf, or a start script. Read as a syntax tree, never run."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from .evaluate import Evaluator, dotted
from .machine import Hidden, Known, Machine, Unknown, shown
from .source import Lines, Unreadable, parse_python

Names = dict[str, "Known | Unknown | ast.FunctionDef"]


@dataclass
class PythonFile:
    """The names a file has at its end, and its tree."""

    tree: ast.Module
    names: Names = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Start:
    """A gunicorn that a script starts: ``words`` each with the line that says it, or the ``options``
    of an application of its own."""

    line: int
    words: tuple[Known, ...] = ()
    options: dict[str, Known | Unknown] = field(default_factory=dict)
    in_shell: bool = False
    unknown: Unknown | None = None


def read_python(text: str, machine: Machine) -> PythonFile:
    """A file's names, as far as they can be worked out.

    :raises Unreadable: with the line of a syntax error.
    """
    try:
        tree = parse_python(text)
    except SyntaxError as error:
        raise Unreadable(error.msg or "syntax error", Lines(text).nearest(error.lineno)) from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise Unreadable(str(error) or "nested too deep") from None
    file = PythonFile(tree)
    try:
        _run(tree.body, file.names, machine)
    except RecursionError:
        raise Unreadable("nested too deep") from None
    return file


def _run(body: list[ast.stmt], names: Names, machine: Machine) -> None:
    for statement in body:
        if isinstance(statement, ast.Assign):
            for target in statement.targets:
                _assign(target, statement.value, names, machine)
        elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
            _assign(statement.target, statement.value, names, machine)
        elif isinstance(statement, ast.AugAssign):
            left = ast.copy_location(_load(statement.target), statement)
            sum_ = ast.BinOp(left, statement.op, statement.value)
            _assign(statement.target, ast.copy_location(sum_, statement), names, machine)
        elif isinstance(statement, ast.FunctionDef):
            names[statement.name] = statement
        elif isinstance(statement, ast.If):
            _branch(statement, names, machine)
        elif isinstance(statement, ast.Try | ast.With):
            _run(statement.body, names, machine)
        elif isinstance(statement, ast.For | ast.While | ast.Delete | ast.Match):
            _forget(statement, names)


def _load(target: ast.expr) -> ast.expr:
    return ast.Name(target.id, ast.Load()) if isinstance(target, ast.Name) else target


def _assign(target: ast.expr, value: ast.expr, names: Names, machine: Machine) -> None:
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        for left, right in zip(target.elts, value.elts, strict=False):
            _assign(left, right, names, machine)
    elif isinstance(target, ast.Name):
        try:
            found = Evaluator(names, machine).value(value)
            names[target.id] = Known(found.value, target.lineno, found.of_cpus)
        except Unknown as unknown:
            names[target.id] = Unknown(unknown.what, target.lineno)
    elif not isinstance(target, ast.Attribute | ast.Subscript):
        _forget(target, names)


def _branch(statement: ast.If, names: Names, machine: Machine) -> None:
    """One side where the test can be worked out; else what either side sets is not known."""
    if is_main_guard(statement.test):
        _run(statement.body, names, machine)
        return
    try:
        taken = bool(Evaluator(names, machine).value(statement.test).value)
        _run(statement.body if taken else statement.orelse, names, machine)
    except Unknown:
        _forget(statement, names)


def is_main_guard(test: ast.expr) -> bool:
    """``__name__ == "__main__"``."""
    return any(isinstance(n, ast.Name) and n.id == "__name__" for n in ast.walk(test))


def _forget(node: ast.AST, names: Names) -> None:
    for found in ast.walk(node):
        if isinstance(found, ast.Name) and isinstance(found.ctx, ast.Store | ast.Del):
            names[found.id] = Unknown(f"{found.id} is set in a branch", found.lineno)


_LISTS = frozenset(["run", "call", "check_call", "check_output", "Popen"])
_VARARGS = frozenset(["execl", "execlp", "execle", "execlpe"])
_ARGV = frozenset(["execv", "execvp", "execvpe", "execve"])
_TEXTS = frozenset(["system", "popen"])


def find_start(file: PythonFile, machine: Machine) -> Start | None:
    """The gunicorn that a script starts, ``None`` when it starts none that can be seen."""
    for node, names in _calls(file, machine):
        start = _start_of(node, names, machine)
        if start is not None:
            return start
    return _argv(file, machine) or _application(file, machine)


def _calls(file: PythonFile, machine: Machine) -> Iterator[tuple[ast.Call, Names]]:
    """Every call, with the names of its function where it is in one."""
    for scope in [*_functions(file.tree), file.tree]:
        names = dict(file.names)
        if isinstance(scope, ast.FunctionDef):
            for argument in ast.walk(scope.args):
                if isinstance(argument, ast.arg):
                    names[argument.arg] = Unknown(argument.arg, argument.lineno)
            _run(scope.body, names, machine)
        yield from ((node, names) for node in ast.walk(scope) if isinstance(node, ast.Call))


def _functions(tree: ast.Module) -> list[ast.FunctionDef]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]


def _start_of(node: ast.Call, names: Names, machine: Machine) -> Start | None:
    name = dotted(node.func).rpartition(".")[2]
    if name in _LISTS and node.args:
        return _words(node, node.args[0], names, machine)
    if name in _ARGV and len(node.args) > 1:
        return _words(node, node.args[1], names, machine)
    if name in _VARARGS and len(node.args) > 1:
        words = ast.copy_location(ast.List(node.args[1:], ast.Load()), node)
        return _words(node, words, names, machine)
    if name in _TEXTS and node.args:
        return _words(node, node.args[0], names, machine)
    return None


def _words(node: ast.Call, words: ast.expr, names: Names, machine: Machine) -> Start | None:
    if isinstance(words, ast.List | ast.Tuple):
        return _list(node, words, names, machine)
    try:
        found = Evaluator(names, machine).value(words)
    except Unknown as unknown:
        return _if_gunicorn(words, Start(node.lineno, unknown=unknown))
    if isinstance(found.value, list):
        items = tuple(found.value)
        return Start(node.lineno, items) if items and "gunicorn" in shown(items[0].value) else None
    if isinstance(found.value, str) and "gunicorn" in found.value:
        return Start(node.lineno, (found,), in_shell=True)
    return None


def _list(
    node: ast.Call, words: ast.List | ast.Tuple, names: Names, machine: Machine
) -> Start | None:
    """Each word by itself, so that one that is not known does not hide the others."""
    known: list[Known] = []
    missing: Unknown | None = None
    for item in words.elts:
        try:
            known.append(Evaluator(names, machine).value(item))
        except Unknown as unknown:
            missing = missing or unknown
            known.append(Known(Hidden(unknown.what), unknown.line))
    if not any("gunicorn" in shown(word.value) for word in known[:6]):
        return None
    return Start(node.lineno, tuple(known), unknown=missing)


def _if_gunicorn(node: ast.expr, start: Start) -> Start | None:
    texts = (n.value for n in ast.walk(node) if isinstance(n, ast.Constant))
    return start if any("gunicorn" in str(text) for text in texts) else None


def _argv(file: PythonFile, machine: Machine) -> Start | None:
    """``sys.argv = ["gunicorn", ...]``, then ``wsgiapp.run()``."""
    for node in ast.walk(file.tree):
        if not (isinstance(node, ast.Assign) and isinstance(node.value, ast.List)):
            continue
        if dotted(node.targets[0]) == "sys.argv":
            call = ast.copy_location(ast.Call(node.targets[0], [], []), node)
            return _list(call, node.value, dict(file.names), machine)
    return None


def _application(file: PythonFile, machine: Machine) -> Start | None:
    """``class X(BaseApplication)``, with ``options = {...}`` as gunicorn's documentation has it."""
    if not any(_is_application(node) for node in ast.walk(file.tree)):
        return None
    for node in ast.walk(file.tree):
        if isinstance(node, ast.Dict) and _keys(node) & {"workers", "bind", "worker_class"}:
            return Start(node.lineno, options=_options(node, file.names, machine))
    return _set_one_by_one(file, machine)


def _set_one_by_one(file: PythonFile, machine: Machine) -> Start | None:
    """``self.cfg.set("workers", 3)``."""
    calls = [node for node in ast.walk(file.tree) if isinstance(node, ast.Call)]
    sets = [c for c in calls if dotted(c.func).endswith("cfg.set") and len(c.args) == 2]
    known = [c for c in sets if isinstance(c.args[0], ast.Constant)]
    if not known:
        return None
    keys: list[ast.expr | None] = [call.args[0] for call in known]
    options = ast.copy_location(ast.Dict(keys, [call.args[1] for call in known]), known[0])
    return Start(options.lineno, options=_options(options, file.names, machine))


def _is_application(node: ast.AST) -> bool:
    names = ("BaseApplication", "WSGIApplication", "Application")
    return isinstance(node, ast.ClassDef) and any(
        dotted(base).rpartition(".")[2] in names for base in node.bases
    )


def _keys(node: ast.Dict) -> set[str]:
    return {str(key.value) for key in node.keys if isinstance(key, ast.Constant)}


def _options(node: ast.Dict, names: Names, machine: Machine) -> dict[str, Known | Unknown]:
    found: dict[str, Known | Unknown] = {}
    for key, value in zip(node.keys, node.values, strict=True):
        if isinstance(key, ast.Constant):
            try:
                known = Evaluator(names, machine).value(value)
                found[str(key.value)] = Known(known.value, key.lineno, known.of_cpus)
            except Unknown as unknown:
                found[str(key.value)] = Unknown(unknown.what, key.lineno)
    return found
