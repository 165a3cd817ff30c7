"""The Python files of a project, without what is not the app: dependencies, tests, scripts."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

#: More than this is no project of one app; the rest is not looked at.
MOST_FILES = 5000
MOST_BYTES = 1_000_000
MOST_SECONDS = 5.0

_FOREIGN_FOLDERS = re.compile(
    r"__pycache__|node_modules|(site|dist)-packages|.*\.(egg|dist)-info|build|dist|bin|docs?|"
    r"v?env|virtualenv|_?vendor(ed)?|third_?party|extern|tests?|testing|migrations|alembic|"
    r"examples?|samples?|scripts?|tools|benchmarks|\..*",
    re.IGNORECASE,
)
_FOREIGN_FILES = re.compile(
    r"test_.*|.*_test|tests?|conftest|setup|manage|noxfile|fabfile|gunicorn.*\.conf|__main__"
)


def python_files(folder: Path) -> Iterator[Path]:
    """The modules below a folder, by name, as far as the bounds go."""
    deadline = time.monotonic() + MOST_SECONDS
    seen = 0
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if _is_ours(Path(place, name)))
        for name in sorted(files):
            seen += 1
            if seen > MOST_FILES or time.monotonic() > deadline:
                return
            path = Path(place, name)
            if path.suffix == ".py" and not _FOREIGN_FILES.fullmatch(path.stem):
                yield path


def read_source(path: Path) -> str:
    """The text of a file; empty when it cannot be read or is too long to be written by hand."""
    try:
        if path.stat().st_size > MOST_BYTES:
            return ""
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""


def module_name(path: Path, home: Path) -> str:
    """How a file is imported from a folder, empty when it cannot be."""
    relative = path.relative_to(home).with_suffix("")
    parts = relative.parts[:-1] if relative.name == "__init__" else relative.parts
    return ".".join(parts) if all(part.isidentifier() for part in parts) else ""


def _is_ours(folder: Path) -> bool:
    return not (_FOREIGN_FOLDERS.fullmatch(folder.name) or (folder / "pyvenv.cfg").exists())
