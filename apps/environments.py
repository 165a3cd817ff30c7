"""An environment of its own for an app of others, made the first time it is asked for."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path
from typing import Protocol

from .table import APPS

ROOT = Path(__file__).parent.parent
PROJECTS = Path(__file__).parent / "projects"
#: Where they are kept between two runs.
CACHE = ROOT / ".venvs" / "apps"
_INSTALL_SECONDS = 900
_STAMP = ".installed"


class Installed(Protocol):
    """What an environment is made for."""

    @property
    def name(self) -> str:
        """Of the app."""

    @property
    def packages(self) -> tuple[str, ...]:
        """What is installed beside ours."""


def python_of(app: Installed, cache: Path = CACHE) -> str:
    """The Python of the app's environment; a change of its pins makes it anew.

    :raises subprocess.CalledProcessError: when something cannot be installed.
    """
    folder = _folder(app, cache)
    python, stamp = str(folder / "bin" / "python"), folder / _STAMP
    if not stamp.exists() or stamp.read_text("utf-8") != _pins(app):
        print(f"installing {app.name} into {folder}", file=sys.stderr, flush=True)
        _install(app, folder, python)
        stamp.write_text(_pins(app), "utf-8")
    return python


def lock(app: Installed, cache: Path = CACHE) -> None:
    """Pin what the package index gives today for the app's own pins."""
    constraints = _constraints(app)
    constraints.unlink(missing_ok=True)
    constraints.parent.mkdir(exist_ok=True)
    freeze = [python_of(app, cache), "-m", "pip", "freeze", "--exclude-editable"]
    found = subprocess.run(freeze, check=True, capture_output=True, text=True).stdout
    head = f"# Written by 'python -m apps.environments {app.name}'.\n"
    constraints.write_text(head + found, "utf-8")
    (_folder(app, cache) / _STAMP).write_text(_pins(app), "utf-8")


def _folder(app: Installed, cache: Path) -> Path:
    return cache / f"{app.name}-{sys.version_info[0]}.{sys.version_info[1]}"


def _constraints(app: Installed) -> Path:
    """The file that pins all that the app brings; may not be there yet."""
    return PROJECTS / app.name / "constraints.txt"


def _pins(app: Installed) -> str:
    constraints = _constraints(app)
    pinned = constraints.read_text("utf-8") if constraints.exists() else ""
    return "\n".join((*app.packages, pinned))


def _install(app: Installed, folder: Path, python: str) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
    pip = [python, "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    constraints = _constraints(app)
    pinned = ["-c", str(constraints)] if constraints.exists() else []
    needed = ["-e", f"{ROOT}[gunicorn]", *app.packages]
    subprocess.run([*pip, *pinned, *needed], check=True, timeout=_INSTALL_SECONDS)


def main() -> None:
    """Pin the apps named, or all of them."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME")
    names = parser.parse_args().names
    for app in APPS:
        if not names or app.name in names:
            lock(app)


if __name__ == "__main__":
    main()
