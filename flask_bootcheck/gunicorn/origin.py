"""Where the worker count that gunicorn has was set, for a person who wants to change it."""

from __future__ import annotations

import ast
import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from .userconf import VARIABLE

_ARGUMENTS = "GUNICORN_CMD_ARGS"
_DEFAULT = "gunicorn.conf.py"


def count_origin(conf: str) -> str:
    """``file:line``, or the name of a variable, or "the command line"; empty when nobody set it.

    In gunicorn's own order: what is asked first wins.

    :param conf: what gunicorn was given with ``-c``.
    """
    if _sets_workers(sys.argv[1:]):
        return "the command line"
    if _sets_workers(_split(os.environ.get(_ARGUMENTS, ""))):
        return _ARGUMENTS
    if conf.startswith("python:flask_bootcheck."):
        conf = os.environ.get(VARIABLE, "") or _DEFAULT
    path = Path(conf.removeprefix("file:"))
    return _line_in(path) or ("WEB_CONCURRENCY" if "WEB_CONCURRENCY" in os.environ else "")


def _split(text: str) -> list[str]:
    """As gunicorn does; what is not well-formed is gunicorn's to tell."""
    try:
        return shlex.split(text)
    except ValueError:
        return []


def _sets_workers(arguments: Sequence[str]) -> bool:
    return any(
        argument.startswith("--workers") or (argument[:2] == "-w" and argument[1] != "-")
        for argument in arguments
    )


def _line_in(path: Path) -> str:
    """Where a conf assigns ``workers``; the last one counts."""
    try:
        tree = ast.parse(path.read_text("utf-8"))
    except (OSError, SyntaxError, ValueError):
        return ""
    lines = [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and node.id == "workers" and isinstance(node.ctx, ast.Store)
    ]
    return f"{path.name}:{max(lines)}" if lines else ""
