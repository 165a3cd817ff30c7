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

from .test_cli import clean_environ

ROOT = Path(__file__).parent.parent
FILES = Path(__file__).parent / "deploy" / "files"
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
(HOOK,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))


def run_action(folder: Path, tmp_path: Path, **inputs: str):
    """The step of the action that checks, as the runner would run it."""
    step = ACTION["runs"]["steps"][-1]
    values = {name: entry.get("default", "") for name, entry in ACTION["inputs"].items()} | inputs
    environ = {
        name: re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", lambda m: values[m[1]], text)
        for name, text in step["env"].items()
    }
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").symlink_to(sys.executable)
    path = f"{Path(sys.executable).parent}:{tmp_path / 'bin'}:{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-e", "-c", step["run"]],
        cwd=folder,
        env={**clean_environ(), **environ, "PATH": path, "GITHUB_WORKSPACE": str(folder)},
        capture_output=True,
        text=True,
        timeout=60,
    )


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


def test_the_hook_runs_a_command_that_is_there() -> None:
    assert HOOK["entry"].split()[:2] == ["flask", "bootcheck"]
    assert HOOK["entry"].split()[2] in bootcheck.commands


@pytest.mark.parametrize("file", [file for reader in READERS for file in reader.files])
def test_the_hook_looks_when_a_deploy_file_changes(file: str) -> None:
    assert re.search(HOOK["files"], file)


@pytest.mark.parametrize("file", ["README.md", "shop/models.py", "docs/fly.toml.md"])
def test_the_hook_leaves_other_changes_alone(file: str) -> None:
    assert not re.search(HOOK["files"], file)
