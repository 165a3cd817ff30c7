"""Files that a finding names: whose they are, and how they are shown."""

from __future__ import annotations

import re
from pathlib import Path

_PACKAGE = re.compile(r"(?:site|dist)-packages/([^/]+)")


def package_of(file: str) -> str:
    """The installed package it belongs to; empty for a file of the project's own."""
    found = _PACKAGE.search(file)
    return found[1] if found else ""


def show(file: str, root: Path) -> str:
    """Relative to the project when it is in there."""
    path = Path(file)
    return str(path.relative_to(root) if path.is_relative_to(root) else path)
