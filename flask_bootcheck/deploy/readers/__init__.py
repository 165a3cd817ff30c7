"""The deploy files we read, a line each. A reader is a function from a text to what it says.

Nothing of a project is executed here, and a reader knows no platform's rules and no checks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..plan import Said
from . import (
    dockerfile,
    fly,
    nixpacks,
    procfile,
    railpack,
    railway,
    railway_code,
    railway_python,
    render,
)

Read = Callable[[str, str], Said]


@dataclass(frozen=True, slots=True)
class Reader:
    """The files of one kind: their names, relative to the project, and the function that reads one."""

    name: str
    files: tuple[str, ...]
    read: Read


READERS = (
    Reader("railway", ("railway.toml",), railway.read_toml),
    Reader("railway", ("railway.json",), railway.read_json),
    Reader("railway-code", (".railway/railway.py",), railway_python.read),
    Reader("railway-code", (".railway/railway.ts", ".railway/railway.go"), railway_code.read),
    Reader("nixpacks", ("nixpacks.toml",), nixpacks.read),
    Reader("railpack", ("railpack.json",), railpack.read),
    Reader("procfile", ("Procfile",), procfile.read),
    Reader("dockerfile", ("Dockerfile",), dockerfile.read),
    Reader("fly", ("fly.toml",), fly.read),
    Reader("render", ("render.yaml",), render.read),
)
