"""Where an app is at home: the folder that its module is imported from."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def home_of(app: Flask) -> Path | None:
    """The folder from which the app's module is imported: the one that holds ``main.py``, or the
    package. ``None`` when it is not known."""
    file = getattr(sys.modules.get(app.import_name), "__file__", None)
    if not isinstance(file, str):
        return None
    path = Path(os.path.normpath(Path(file).absolute()))
    if path.name == "__init__.py":
        path = path.parent
    for _ in range(app.import_name.count(".") + 1):
        path = path.parent
    return path


def folders_of(app: Flask) -> list[Path]:
    """Where a file that belongs to a project may lie: in the folder we are in, where a server is
    started as a rule, or that of the app."""
    home = home_of(app)
    return [Path.cwd(), *([home] if home is not None else [])]
