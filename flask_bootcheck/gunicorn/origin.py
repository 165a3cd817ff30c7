"""Where the worker count that gunicorn has was set, for a person who wants to change it."""

from __future__ import annotations

import ast
import os
from collections.abc import Sequence
from pathlib import Path

from .arguments import OUR_CONF, VARIABLE, command_line, from_environment
from .userconf import user_conf


def count_origin(conf: str) -> str:
    """``file:line``, or the name of a variable, or "the command line"; empty when nobody set it.

    In gunicorn's own order: what is asked first wins.

    :param conf: what gunicorn was given with ``-c``.
    """
    if _sets_workers(command_line()):
        return "the command line"
    if _sets_workers(from_environment()):
        return VARIABLE
    path = Path(user_conf() if conf == OUR_CONF else conf.removeprefix("file:"))
    return _line_in(path) or ("WEB_CONCURRENCY" if "WEB_CONCURRENCY" in os.environ else "")


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
