"""Files that a finding names: whose they are, and how they are shown."""

from __future__ import annotations

from pathlib import Path


def is_installed(file: str) -> bool:
    """Whether it is of an installed package, and not the project's own."""
    return "site-packages" in file or "dist-packages" in file


def show(file: str, root: Path) -> str:
    """Relative to the project when it is in there."""
    path = Path(file)
    return str(path.relative_to(root) if path.is_relative_to(root) else path)
