"""Feeds the readers of deploy files what nobody would write, guided by coverage.

    pip install atheris && python tools/fuzz_readers.py -max_total_time=600 [corpus]

Each input is read as every kind of file, and once as a whole project. A crash is anything but
``Unreadable``; a hang is more than 5 seconds. What it finds belongs into tests/deploy/found/.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["flask_bootcheck.deploy"]):
    from flask_bootcheck.deploy.pins import gunicorn_pin, read_dependencies
    from flask_bootcheck.deploy.readers import READERS
    from flask_bootcheck.deploy.reading import Asked, read_plan
    from flask_bootcheck.deploy.source import Unreadable, decode

NAMES = [file for reader in READERS for file in reader.files]
OTHERS = [
    "gunicorn.conf.py",
    "start.py",
    "start.sh",
    "requirements.txt",
    "pyproject.toml",
    "uv.lock",
]
OTHERS += ["Pipfile.lock"]
#: Each start command leads to the files above.
COMMAND = "web: bash start.sh\nscript: python start.py\n"


def read_as_each(data: bytes) -> None:
    """Every reader by itself."""
    try:
        text = decode(data)
    except Unreadable:
        return
    for reader in READERS:
        try:
            reader.read(reader.files[0], text)
        except Unreadable:
            continue


def read_as_project(root: Path, name: str, data: bytes) -> None:
    """A project with this one file, and commands that lead to it."""
    path = root / name
    path.parent.mkdir(exist_ok=True)
    procfile = root / "Procfile"
    procfile.write_text(COMMAND)
    path.write_bytes(data)
    try:
        for platform in ("", "heroku"):
            read_plan(root, Asked(platform=platform))
        gunicorn_pin(read_dependencies(root))
    finally:
        path.unlink()
        procfile.unlink(missing_ok=True)


def main() -> None:
    """Run until it is told to stop."""
    scratch = tempfile.TemporaryDirectory(prefix="fuzz")
    root = Path(scratch.name)
    every = [*NAMES, *OTHERS]

    def one(data: bytes) -> None:
        if not data:
            return
        read_as_each(data[1:])
        read_as_project(root, every[data[0] % len(every)], data[1:])

    atheris.Setup([*sys.argv, "-timeout=5", "-max_len=2048"], one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
