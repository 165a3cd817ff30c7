"""gunicorn's arguments: which conf it was told to take, in its own order.

The command line wins over ``GUNICORN_CMD_ARGS``; of several ``-c`` the last one counts.
"""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterator, Sequence

VARIABLE = "GUNICORN_CMD_ARGS"
#: How way 2 is asked for.
OUR_CONF = "python:flask_bootcheck.gunicorn.conf"
#: That one, and the one by which a forecast measures.
_OURS = "python:flask_bootcheck."


def command_line() -> list[str]:
    """What gunicorn was started with."""
    return sys.argv[1:]


def from_environment() -> list[str]:
    """What ``GUNICORN_CMD_ARGS`` adds. What is not well-formed is gunicorn's to tell."""
    try:
        return shlex.split(os.environ.get(VARIABLE, ""))
    except ValueError:
        return []


def confs(arguments: Sequence[str]) -> Iterator[str]:
    """Every conf that is named, in order."""
    rest = iter(arguments)
    for argument in rest:
        if argument in {"-c", "--config"}:
            yield from (value for value in [next(rest, "")] if value)
        elif argument.startswith("--config="):
            yield argument.removeprefix("--config=")
        elif argument.startswith("-c") and not argument.startswith("--"):
            yield argument.removeprefix("-c")


def their_conf() -> str:
    """The conf that gunicorn would have taken were ours not named; empty for its default."""
    for arguments in (command_line(), from_environment()):
        theirs = [conf for conf in confs(arguments) if not conf.startswith(_OURS)]
        if theirs:
            return theirs[-1]
    return ""


def ours_is_named() -> bool:
    """Whether anybody asked for way 2; another ``-c`` may have won all the same."""
    return any(OUR_CONF in confs(given) for given in (command_line(), from_environment()))
