"""What a server needs that the user ``nobody`` runs."""

from __future__ import annotations

import os
import pwd
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import flask_bootcheck

from ..helpers import missing

#: What a Python outside of our environment needs to find the same packages.
PYTHONPATH = os.pathsep.join(
    [str(Path(flask_bootcheck.__file__).parents[1]), sysconfig.get_paths()["purelib"]]
)


@pytest.fixture
def nobodys_python() -> str:
    """A Python that the user ``nobody`` can run, with our packages: ours may be in root's home."""
    if os.geteuid() != 0:
        pytest.skip("only root may change the user of its workers")
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    for python in (sys.executable, f"/usr/bin/python{version}", f"/usr/local/bin/python{version}"):
        if _nobody_can_import(python):
            return python
    missing(f"no Python {version} here, or no folder of our packages, that nobody can read")
    raise AssertionError


def _nobody_can_import(python: str) -> bool:
    command = [python, "-c", "import flask_bootcheck.extension, flask, gunicorn, psutil"]
    environ = {"PYTHONPATH": PYTHONPATH}
    try:
        done = subprocess.run(command, user="nobody", cwd="/", env=environ, capture_output=True)
    except OSError:
        return False
    return done.returncode == 0


@pytest.fixture
def nobodys_folder() -> Iterator[Path]:
    """A folder that the user ``nobody`` can read, and write to."""
    with tempfile.TemporaryDirectory(prefix="bootcheck-") as folder:
        os.chown(folder, pwd.getpwnam("nobody").pw_uid, -1)
        yield Path(folder)
