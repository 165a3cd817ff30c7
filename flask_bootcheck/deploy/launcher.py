"""A Python program that does nothing but start gunicorn: a command line can take its place."""

from __future__ import annotations

import ast
import re
import shlex
from pathlib import Path

from .evaluate import dotted
from .machine import Machine, shown
from .python_file import find_start, read_python
from .source import Unreadable, read_text, words_in

#: How a start command runs such a program; behind a wrapper, or with arguments, it does more.
_RUNS = re.compile(r"(?:exec\s+)?python[\d.]*\s+(?:-u\s+)?(?:\./)?([\w./-]+\.py)")
_MODULES = frozenset(["multiprocessing", "os", "shlex", "subprocess", "sys", "__future__"])
_READS = frozenset(
    words_in("""
multiprocessing.cpu_count cpu_count os.cpu_count os.environ.get os.getenv environ.get getenv
int str float bool max min round len list sys.exit
""")
)
_STARTS = re.compile(r"(?:os\.)?exec[lv]p?e?|(?:subprocess\.)?(?:run|call|check_call)")


def launched(root: Path, command: str, machine: Machine) -> str | None:
    """The command line that ``python start.py`` comes to; ``None`` where it is no such program, does
    more than start gunicorn, or where that is not known."""
    named = _RUNS.fullmatch(command)
    if named is None:
        return None
    try:
        program = read_python(read_text(root / named[1]), machine)
    except Unreadable:
        return None
    start = find_start(program, machine)
    if start is None or start.unknown is not None or start.in_shell or not start.words:
        return None
    if not _starts_only(program.tree):
        return None
    return " ".join(_quoted(shown(word.value)) for word in start.words)


def _quoted(word: str) -> str:
    """``$PORT`` is what the platform sets, and to be expanded."""
    return word if re.fullmatch(r"[\w.:/=-]*\$PORT", word) else shlex.quote(word)


def _starts_only(tree: ast.Module) -> bool:
    nodes = [*ast.walk(tree)]
    calls = [node.func for node in nodes if isinstance(node, ast.Call)]
    starts = [func for func in calls if _STARTS.fullmatch(dotted(func))]
    return len(starts) == 1 and not any(map(_does_more, nodes))


def _does_more(node: ast.AST) -> bool:
    if isinstance(node, ast.Call):
        name = dotted(node.func)
        return not (name == "main" or name in _READS or _STARTS.fullmatch(name))
    if isinstance(node, ast.Import):
        return not {alias.name for alias in node.names} <= _MODULES
    if isinstance(node, ast.ImportFrom):
        return node.module not in _MODULES
    if isinstance(node, ast.Assign | ast.AugAssign):
        return _sets_elsewhere(node)
    return isinstance(node, ast.For | ast.While | ast.Try | ast.With | ast.Delete | ast.Raise)


def _sets_elsewhere(node: ast.Assign | ast.AugAssign) -> bool:
    """``os.environ["X"] = ...``, which the server would inherit."""
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return not all(isinstance(target, ast.Name | ast.Tuple) for target in targets)
