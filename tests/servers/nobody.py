"""What a server needs that the user ``nobody`` runs."""

from __future__ import annotations

import atexit
import os
import pwd
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import flask_bootcheck

from ..helpers import missing

#: Large, and no server needs them.
NO_SERVERS = shutil.ignore_patterns("mypy*", "material", "mkdocs*", "hypothesis", "babel", "ruff*")


@cache
def python_path() -> str:
    """What a Python outside of our environment needs to find the same packages; copied where ``nobody``
    may not look into a folder above them, such as a clone in ``mktemp -d``."""
    ours, packages = Path(flask_bootcheck.__file__).parent, Path(sysconfig.get_paths()["purelib"])
    if _is_open(ours) and _is_open(packages):
        return os.pathsep.join([str(ours.parent), str(packages)])
    made = Path(tempfile.mkdtemp(prefix="bootcheck-"))
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    made.chmod(0o755)
    shutil.copytree(ours, made / "ours" / ours.name, copy_function=_link)
    shutil.copytree(packages, made / "packages", copy_function=_link, ignore=NO_SERVERS)
    return os.pathsep.join([str(made / "ours"), str(made / "packages")])


def _is_open(path: Path) -> bool:
    return all(parent.stat().st_mode & 0o001 for parent in path.parents)


def _link(source: str, target: str) -> None:
    """A copy that takes no time, on one file system."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


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
    environ = {"PYTHONPATH": python_path()}
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
