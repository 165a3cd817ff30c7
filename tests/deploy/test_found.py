"""What fuzzing found, or would have: files that took a reader down, or for ever."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from .safely import plan_with, read_each

FOUND = sorted((Path(__file__).parent / "found").iterdir())


@pytest.mark.parametrize("path", FOUND, ids=lambda path: path.name)
def test_it_is_read_at_once(tmp_path, path):
    """The part of the name before ``~`` is the file it was, with ``+`` for a slash."""
    data = path.read_bytes()
    began = time.monotonic()
    read_each(data)
    plan_with(tmp_path, path.name.partition("~")[0].replace("+", "/"), data)
    assert time.monotonic() - began < 20
