"""What holds of whatever a deploy file says. For the tests, and for ``tools/fuzz_readers.py``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from flask_bootcheck.deploy.plan import DeployPlan, Place, Said
from flask_bootcheck.deploy.readers import READERS, Read
from flask_bootcheck.deploy.reading import Asked, read_plan
from flask_bootcheck.deploy.source import Unreadable, decode

#: Commands that lead to the files of :data:`LED_TO`.
COMMANDS = "web: bash start.sh\npy: python start.py\ngu: gunicorn main:x\n"
LED_TO = ["gunicorn.conf.py", "start.py", "start.sh", "main.py", "requirements.txt"]
LED_TO += ["pyproject.toml", "uv.lock", "poetry.lock", "Pipfile", "Pipfile.lock"]
PLATFORMS = ("", "railway", "render", "fly", "heroku", "docker")


def lines_in(data: bytes) -> int:
    """How many lines an editor shows."""
    try:
        text = decode(data)
    except Unreadable:
        text = data.decode("latin-1")
    lines = re.split(r"\r\n|\r|\n", text)
    return max(1, len(lines) - (not lines[-1]))


def places_in(thing: Any) -> Iterator[Place]:
    """Every place in a tree of dataclasses."""
    if isinstance(thing, Place):
        yield thing
    elif is_dataclass(thing):
        for field in fields(thing):
            yield from places_in(getattr(thing, field.name))
    elif isinstance(thing, tuple | list):
        for item in thing:
            yield from places_in(item)


def read_each(data: bytes) -> None:
    """Every reader reads it, or says why not and where; each place is a line of the file."""
    try:
        text = decode(data)
    except Unreadable as error:
        _must_be_there("", error.line, lines_in(data))
        return
    for reader in READERS:
        read_with(reader.read, reader.files[0], text)


def read_with(read: Read, file: str, text: str) -> Said | Unreadable:
    """What one reader says, or the reason why it cannot."""
    last = lines_in(text.encode())
    try:
        said = read(file, text)
    except Unreadable as error:
        _must_be_there(file, error.line, last)
        return error
    assert said.file == file
    for place in places_in(said):
        assert place.file == file
        _must_be_there(file, place.line, last)
    return said


def _must_be_there(file: str, line: int, last: int) -> None:
    assert 0 <= line <= last, f"{file}:{line}, and there are {last}"


def plan_with(root: Path, file: str, data: bytes, platforms: Sequence[str] = PLATFORMS) -> None:
    """A project with this file has a plan on each platform, and its places are there."""
    (root / "Procfile").write_text(COMMANDS)
    path = root / file
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    for platform in platforms:
        plan = read_plan(root, Asked(platform=platform))
        assert plan is not None
        places_lie_in_their_files(root, plan)


def places_lie_in_their_files(root: Path, plan: DeployPlan) -> None:
    """No place of a plan points beyond its file, nor to a line of what is no file."""
    for place in places_in(plan):
        path = root / place.file
        last = lines_in(path.read_bytes()) if place.file and path.is_file() else 0
        _must_be_there(place.file, place.line, last)
