"""Modules that were there before gevent or eventlet."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from flask_bootcheck.patching import is_patched, modules_patched_late

from .helpers import story_python

PATCHES = {
    "gevent": "from gevent import monkey; monkey.patch_all()",
    "eventlet": "import eventlet; eventlet.monkey_patch()",
}
#: Of a project: one that keeps what blocks by name, one that asks its module each time, one that has
#: something else under such a name.
FILES = {
    "keeps.py": "from time import sleep\n",
    "asks.py": "import time, socket, select\ndef sleep(): time.sleep(1)\n",
    "other.py": "sleep = socket = select = None\n",
}


@pytest.fixture(params=PATCHES)
def patched(request, tmp_path):
    """Runs lines in a process that one of them patches, at the place of PATCH."""
    python = sys.executable if request.param == "gevent" else story_python()
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)

    def run(code):
        code = code.replace("PATCH", PATCHES[request.param])
        tell = (
            "from flask_bootcheck.patching import *; print(is_patched(), *modules_patched_late())"
        )
        path = f"import sys; sys.path[:0] = {[str(tmp_path), str(Path(__file__).parents[1])]}"
        command = [python, "-W", "ignore", "-c", f"{path}\n{code}\n{tell}"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    return run


def test_a_module_that_keeps_what_blocks_from_before_is_named(patched):
    assert patched("import keeps, asks, other\nPATCH") == "True ('keeps', 'time.sleep')"


def test_patched_first_nothing_is_late(patched):
    assert patched("PATCH\nimport keeps, asks, other, flask, sqlalchemy") == "True"


def test_in_a_plain_process_nothing_is_patched():
    assert not is_patched()
    assert list(modules_patched_late()) == []
