"""A worker's end under ``--preload``."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import atexit, sys
from flask_bootcheck.gunicorn.leaving import keep_shared

log = open("log", "w")
closed = open("log.closed", "w")
closed.close()

class Freed:
    def __del__(self):
        print("freed", flush=True)

held = Freed()
log.write("not flushed yet")
atexit.register(lambda: print("exit handler", flush=True))
{keep}
sys.exit(3)
"""


def run(folder, keep):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(keep=keep)],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout.split("\n")[:-1], done.stderr


def test_nothing_is_freed_and_all_else_is_as_ever(tmp_path):
    """What is freed is written to, and a page that is written to is shared no more."""
    assert run(tmp_path, "") == (3, ["exit handler", "freed"], "")
    (tmp_path / "log").unlink()
    assert run(tmp_path, "keep_shared()") == (3, ["exit handler"], "")
    assert (tmp_path / "log").read_text() == "not flushed yet"


def test_what_no_module_has_may_be_named(tmp_path):
    assert run(tmp_path, "kept = [held]; del held; keep_shared(kept); del kept")[1] == [
        "exit handler"
    ]
