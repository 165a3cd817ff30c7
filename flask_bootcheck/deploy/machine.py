"""The machine a deploy will run on, and values worked out as on it."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


class Unknown(Exception):
    """What cannot be worked out, and its line."""

    def __init__(self, what: str, line: int) -> None:
        super().__init__(what)
        self.what = what
        self.line = line


@dataclass(frozen=True)
class Machine:
    """Where the deploy will run: its CPUs, the variables that are set, and those that the platform
    sets to something only it knows (``PORT``)."""

    cpus: int
    environ: Mapping[str, str] = field(default_factory=dict)
    injected: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Known:
    """A value, the line that says it, and whether it was counted from the CPUs."""

    value: Any
    line: int
    of_cpus: bool = False


#: Stands before the name of a variable that Python has filled in; a dollar there is only a dollar.
FILLED_IN = "\ue000"


@dataclass(frozen=True, slots=True)
class Hidden:
    """The text that a platform puts into a variable, such as ``PORT``: there, but not known."""

    name: str

    def __str__(self) -> str:
        return f"{FILLED_IN}{self.name}"


def shown(text: object) -> str:
    """A plain value as text, with such variables as a shell writes them; empty for a list and the
    like, which may hold itself many times over."""
    return str(text).replace(FILLED_IN, "$") if is_plain(text) else ""


def is_plain(value: object) -> bool:
    """Whether it is a text, a number or nothing, and so as large as it looks."""
    return value is None or isinstance(value, str | int | float | Hidden)


Names = Mapping[str, Known | Unknown | ast.FunctionDef]
