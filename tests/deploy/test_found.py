"""What fuzzing found, or would have: files that took a reader down, or for ever."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from flask_bootcheck.deploy.readers import READERS
from flask_bootcheck.deploy.reading import Asked, read_plan
from flask_bootcheck.deploy.source import Unreadable, decode

FOUND = sorted((Path(__file__).parent / "found").iterdir())


@pytest.mark.parametrize("path", FOUND, ids=lambda path: path.name)
def test_it_is_read_at_once(tmp_path, path):
    """The part of the name before ``~`` is the file it was."""
    data = path.read_bytes()
    began = time.monotonic()
    for reader in READERS:
        try:
            reader.read(reader.files[0], decode(data))
        except Unreadable:
            continue
    (tmp_path / "Procfile").write_text("web: bash start.sh\npy: python start.py\ngu: gunicorn m:x")
    (tmp_path / path.name.partition("~")[0]).write_bytes(data)
    assert read_plan(tmp_path, Asked(platform="heroku")) is not None
    assert time.monotonic() - began < 4
