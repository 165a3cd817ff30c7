"""The operators, functions and spellings that :mod:`~flask_bootcheck.deploy.evaluate` knows."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable
from typing import Any

CPU_COUNTS = frozenset(
    [
        "cpu_count",
        "multiprocessing.cpu_count",
        "mp.cpu_count",
        "os.cpu_count",
        "os.process_cpu_count",
        "process_cpu_count",
        "psutil.cpu_count",
        "joblib.cpu_count",
    ]
)
AFFINITY = frozenset(["os.sched_getaffinity", "sched_getaffinity"])
GETTERS = frozenset(["os.environ.get", "environ.get", "os.getenv", "getenv"])
BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda a, b: a in b,
    ast.NotIn: lambda a, b: a not in b,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
}
UNARY: dict[type[ast.unaryop], Callable[[Any], Any]] = {
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Not: operator.not_,
}
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "int": int,
    "float": float,
    "str": str,
    "bool": bool,
    "min": min,
    "max": max,
    "round": round,
    "abs": abs,
    "len": len,
    "math.floor": math.floor,
    "math.ceil": math.ceil,
}
