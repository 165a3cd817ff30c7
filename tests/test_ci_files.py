"""The GitHub Action and the pre-commit hook run what is there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from flask_bootcheck.cli import bootcheck
from flask_bootcheck.deploy.readers import READERS

from .helpers import clean_environ
from .test_cli_environ import DOTENV

ROOT = Path(__file__).parent.parent
FILES = Path(__file__).parent / "deploy" / "files"
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
(HOOK,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))


INSTALL, CHECK = ACTION["runs"]["steps"]


def run_step(step: dict[str, Any], folder: Path, tmp_path: Path, **given: str):
    """A step of the action in a checkout, as the runner would run it."""
    values = {
        f"inputs.{name}": entry.get("default", "") for name, entry in ACTION["inputs"].items()
    }
    values |= {f"inputs.{name}": value for name, value in given.items() if name.islower()}
    values["github.action_path"] = str(tmp_path / "action")

    def filled(text: str) -> str:
        return re.sub(r"\$\{\{ ([\w.-]+) \}\}", lambda match: values[match[1]], text)

    (tmp_path / "named").mkdir()
    (tmp_path / "named" / "python").symlink_to(sys.executable)
    script = tmp_path / "step.sh"
    script.write_text(step["run"])
    environ = {name: filled(text) for name, text in step["env"].items()}
    environ |= {name: value for name, value in given.items() if name.isupper()}
    folders = [tmp_path / "bin", Path(sys.executable).parent, tmp_path / "named"]
    path = ":".join([*map(str, folders), os.environ["PATH"]])
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
        cwd=folder / filled(step.get("working-directory", ".")),
        env={**clean_environ(), **environ, "PATH": path, "GITHUB_WORKSPACE": str(folder)},
        capture_output=True,
        text=True,
        timeout=60,
    )


def run_action(folder: Path, tmp_path: Path, **given: str):
    """The step that checks."""
    return run_step(CHECK, folder, tmp_path, **given)


def test_the_action_annotates_the_story(tmp_path: Path) -> None:
    done = run_action(FILES / "story-before", tmp_path)
    assert done.returncode == 1, done.stderr
    assert "::error file=gunicorn_start.py,line=19,title=server.class-unavailable::" in done.stdout


def test_the_action_passes_arguments_on(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(FILES / "unpinned", tmp_path / "shop"))
    done = run_action(folder, tmp_path, arguments="--fail-on never --cpus 2", output="a b.txt")
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert "::warning file=requirements.txt" in (folder / "a b.txt").read_text()


def test_no_input_of_the_action_is_a_command(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(FILES / "unpinned", tmp_path / "shop"))
    trace = tmp_path / "trace"
    done = run_action(folder, tmp_path, arguments=f"; touch {trace} $(touch {trace})", app="`x`")
    assert done.returncode == 2
    assert not trace.exists()


# -- a checkout of anybody -------------------------------------------------------------------------

#: Modules that Python, pip, Flask and we import, or would if they were there.
MODULES = ["flask", "click", "json", "yaml", "werkzeug", "rich", "tomlkit", "packaging", "psutil"]
MODULES += ["dockerfile_parse", "flask_bootcheck", "gunicorn", "sitecustomize", "usercustomize"]
MODULES += ["site", "os", "re", "typing", "encodings", "logging", "main", "app", "wsgi", "pip"]
MODULES += ["setuptools", "hatchling", "dotenv", "readline", "stand_in", "backend"]
EVIL = "import os\nopen({trace!r}, 'a').write(__file__ + '\\n')\n"


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    """What any code of the checkout would make."""
    return tmp_path / "trace"


@pytest.fixture
def checkout(tmp_path: Path, trace: Path) -> Path:
    """A project that does not deploy, with code in it that would be run."""
    folder = Path(shutil.copytree(FILES / "story-before", tmp_path / "checkout"))
    evil = EVIL.format(trace=str(trace))
    for name in MODULES:
        (folder / f"{name}.py").write_text(evil)
    for name in ("pip", "flask"):
        (folder / name).mkdir()
        (folder / name / "__init__.py").write_text(evil)
        (folder / name / "__main__.py").write_text(evil)
    metadata = folder / "evil-1.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: evil\nVersion: 1\n")
    (metadata / "entry_points.txt").write_text("[flask.commands]\nx = main:app\n")
    (folder / "evil.pth").write_text(f"import os; open({str(trace)!r}, 'a')\n")
    for name in (".env", ".flaskenv"):
        (folder / name).write_text("BOOTCHECK_SKIP=deploy,server,workers,memory,database,app\n")
    for name in (".bashrc", ".bash_profile", ".profile"):
        (folder / name).write_text(f"touch {trace}\n")
    return folder


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """In place of this one, for the step that installs: without anything to download."""
    folder = tmp_path / "action"
    folder.mkdir()
    (folder / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    )
    (folder / "backend.py").write_text(BACKEND)
    return folder


BACKEND = """
import zipfile

def build_wheel(folder, config_settings=None, metadata_directory=None):
    with zipfile.ZipFile(f"{folder}/stand_in-1-py3-none-any.whl", "w") as wheel:
        wheel.writestr("stand_in.py", "")
        info = "stand_in-1.dist-info"
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\\nName: stand-in\\nVersion: 1\\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\\nTag: py3-none-any\\n")
        wheel.writestr(f"{info}/RECORD", "")
    return "stand_in-1-py3-none-any.whl"
"""
#: What a workflow may set for its tests.
PATHS = pytest.mark.parametrize("path", ["", ".", "{checkout}"], ids=["none", "here", "whole"])


@PATHS
@pytest.mark.usefixtures("package")
def test_the_action_installs_itself_and_runs_nothing_of_the_checkout(
    checkout: Path, trace: Path, tmp_path: Path, path: str
) -> None:
    site = tmp_path / "site"
    given = {"PYTHONPATH": path.format(checkout=checkout), "PIP_TARGET": str(site)}
    done = run_step(INSTALL, checkout, tmp_path, HOME=str(tmp_path), **given)
    assert done.returncode == 0, done.stderr
    assert (site / "stand_in.py").exists()
    assert not trace.exists(), trace.read_text()


@PATHS
@pytest.mark.parametrize("target", ["", "main:app"])
def test_the_action_looks_at_a_checkout_and_runs_nothing_of_it(
    checkout: Path, trace: Path, tmp_path: Path, path: str, target: str
) -> None:
    done = run_action(checkout, tmp_path, app=target, PYTHONPATH=path.format(checkout=checkout))
    assert done.returncode == 1, done.stderr
    assert "::error file=gunicorn_start.py,line=19,title=server.class-unavailable::" in done.stdout
    assert not trace.exists(), trace.read_text()


@pytest.mark.parametrize("command", [["-m", "flask"], ["-m", "pip"], ["-c", "import json"]])
def test_the_checkout_is_a_trap(checkout: Path, trace: Path, command: list[str]) -> None:
    subprocess.run([sys.executable, *command], cwd=checkout, env=clean_environ(), timeout=60)
    assert trace.exists()


@pytest.mark.parametrize("command", ["deploy", "list"])
def test_no_variable_of_the_checkout_switches_a_check_off(
    checkout: Path, tmp_path: Path, command: str
) -> None:
    """Where python-dotenv is installed; other commands take what is there, as Flask does."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "packages").mkdir()
    (tmp_path / "packages" / "dotenv.py").write_text(DOTENV)
    (tmp_path / "packages" / "told.py").write_text(
        f"import atexit, os\n@atexit.register\ndef tell():\n"
        f"    open({str(tmp_path / 'told')!r}, 'a').write(os.environ.get('BOOTCHECK_SKIP', ''))\n"
    )
    python = tmp_path / "bin" / "python"
    program = f"import sys, runpy; sys.path.append({str(tmp_path / 'packages')!r}); import told; "
    program += (
        "sys.argv = sys.argv[1:]; runpy.run_module('flask', run_name='__main__', alter_sys=True)"
    )
    # It is called as python -P -m flask ...
    python.write_text(f'#!/bin/sh\nshift 2\nexec "{sys.executable}" -P -c "{program}" "$@"\n')
    python.chmod(0o755)
    done = run_action(checkout, tmp_path, command=command)
    assert bool((tmp_path / "told").read_text()) == (command != "deploy"), done.stderr


def test_the_action_boots_an_app_in_its_checkout(tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "parts.py").write_text("NAME = 'shop'\n")
    (folder / "main.py").write_text(
        "from flask import Flask\nimport parts\napp = Flask(parts.NAME)\n"
    )
    done = run_action(folder, tmp_path, command="run", app="main", format="json")
    assert done.returncode == 0, done.stderr
    assert '"app.import-failed"' in done.stdout


def test_the_action_says_which_python_it_needs(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "action").mkdir()
    python = tmp_path / "bin" / "python"  # of a version that refuses -P
    python.write_text('#!/bin/sh\ncase "$1" in -I) exit 1;; *) exit 64;; esac\n')
    python.chmod(0o755)
    done = run_step(INSTALL, tmp_path, tmp_path)
    assert done.returncode == 2
    assert done.stdout.startswith("::error::flask-bootcheck needs Python 3.11 or newer")


def test_the_hook_runs_nothing_of_the_checkout(checkout: Path, trace: Path) -> None:
    flask = Path(sys.executable).with_name("flask")
    done = subprocess.run(
        [str(flask), *HOOK["entry"].split()[1:]],
        cwd=checkout,
        env=clean_environ(),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1, done.stderr
    assert "server.class-unavailable" in done.stdout
    assert not trace.exists(), trace.read_text()


def test_the_hook_runs_a_command_that_is_there() -> None:
    assert HOOK["entry"].split()[:2] == ["flask", "bootcheck"]
    assert HOOK["entry"].split()[2] in bootcheck.commands


@pytest.mark.parametrize("file", [file for reader in READERS for file in reader.files])
def test_the_hook_looks_when_a_deploy_file_changes(file: str) -> None:
    assert re.search(HOOK["files"], file)


@pytest.mark.parametrize("file", ["README.md", "shop/models.py", "docs/fly.toml.md"])
def test_the_hook_leaves_other_changes_alone(file: str) -> None:
    assert not re.search(HOOK["files"], file)
