"""``flask bootcheck init railway`` as a person runs it."""

from __future__ import annotations

import os
import shutil
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask.cli import ScriptInfo

from flask_bootcheck.cli import bootcheck
from flask_bootcheck.deploy import reading

FILES = Path(__file__).parent / "deploy" / "files"


@pytest.fixture(autouse=True)
def before_the_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """Railway still reads railway.toml, whenever this runs; nothing of our environment is heard."""
    monkeypatch.setattr(reading, "today", lambda: date(2026, 11, 24))
    for name in list(os.environ):
        if name.startswith(("BOOTCHECK_", "GUNICORN_", "WEB_CONCURRENCY")):
            monkeypatch.delenv(name)


class Done:
    """What became of a command."""

    def __init__(self, folder: Path, arguments: tuple[str, ...], answer: str, app: str) -> None:
        here = Path.cwd()
        os.chdir(folder)
        try:
            info = ScriptInfo(app_import_path=app or None)
            found = CliRunner().invoke(bootcheck, arguments, input=answer, obj=info)
        finally:
            os.chdir(here)
        assert found.exception is None or isinstance(found.exception, SystemExit)
        self.returncode, self.stdout, self.stderr = found.exit_code, found.stdout, found.stderr


def init(folder: Path, *arguments: str, answer: str = "", app: str = "") -> Done:
    return Done(folder, ("init", "railway", *arguments), answer, app)


def deploy(folder: Path, *arguments: str) -> Done:
    return Done(folder, ("deploy", *arguments), "", "")


@pytest.fixture
def story(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FILES / "story-before", tmp_path / "shop"))


def snapshot(folder: Path) -> dict[str, bytes]:
    return {str(p): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_the_story_passes_afterwards_and_a_second_run_changes_nothing(story: Path) -> None:
    done = init(story, "--yes")
    assert done.returncode == 0, done.stderr
    report = deploy(story)
    assert report.returncode == 0
    assert report.stdout.splitlines()[-1].startswith("PASS: ")
    before = snapshot(story)
    again = init(story, "--yes")
    assert again.stdout.splitlines() == ["nothing to change"]
    assert snapshot(story) == before


def test_the_workers_are_those_that_fit(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(FILES / "story-before-with-forecast", tmp_path / "shop"))
    done = init(folder, "--yes", "--memory-limit", "512M")
    assert done.returncode == 0, done.stderr
    assert "--workers 8 --worker-class eventlet main:app" in (folder / "railway.toml").read_text()
    assert deploy(folder, "--memory-limit", "512M").stdout.splitlines()[-1].startswith("PASS")


def test_nothing_is_written_that_was_not_wanted(story: Path) -> None:
    before = snapshot(story)
    done = init(story, answer="n\n")
    assert done.returncode == 1
    assert '+        healthcheck="/health",' in done.stdout
    assert "write this?" in done.stdout
    assert snapshot(story) == before


def test_what_no_file_can_say_is_said(story: Path) -> None:
    done = init(story, answer="y\n")
    assert done.returncode == 0
    assert "by hand: `railway config plan`, read it" in done.stderr
    assert "Healthcheck Path /health, Healthcheck Timeout 300" in done.stderr
    assert "`flask bootcheck forecast --save` says how many fit" in done.stderr


def test_what_config_as_code_said_is_kept(tmp_path: Path) -> None:
    """Railway's own migration drops these into comments."""
    (tmp_path / "main.py").write_text("app = 1\n")
    (tmp_path / "railway.toml").write_text(
        "# ours\n[build]\nbuilder = 'RAILPACK'\nwatchPatterns = ['a/**']\n\n[deploy]\n"
        "startCommand = 'gunicorn -w 2 main:app'  # two\npreDeployCommand = ['flask db upgrade']\n"
        "restartPolicyType = 'ALWAYS'\n"
    )
    assert init(tmp_path, "--yes").returncode == 0
    code = (tmp_path / ".railway" / "railway.py").read_text()
    compile(code, "railway.py", "exec")
    assert "preDeploy=['flask db upgrade']," in code
    assert "\"watchPatterns\": ['a/**']," in code
    assert '"restartPolicyType": "ALWAYS",' in code
    toml = (tmp_path / "railway.toml").read_text()
    assert toml.startswith("# ours\n[build]\nbuilder = 'RAILPACK'\n")
    assert "startCommand = 'gunicorn -w 2 main:app'  # two\n" in toml


def test_a_project_without_any_file(tmp_path: Path) -> None:
    done = init(tmp_path, "--yes")
    assert done.returncode == 2
    assert "flask --app main:app bootcheck init railway" in done.stderr
    (tmp_path / "shop.py").write_text("app = 1\n")
    assert init(tmp_path, "--yes", app="shop:app").returncode == 0
    code = (tmp_path / ".railway" / "railway.py").read_text()
    assert 'start="gunicorn --bind 0.0.0.0:$PORT --workers 1 shop:app"' in code


def test_a_file_that_cannot_be_read_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("app = 1\n")
    (tmp_path / "railway.toml").write_text("[deploy\n")
    before = snapshot(tmp_path)
    done = init(tmp_path, "--yes")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert snapshot(tmp_path) == before


@pytest.mark.parametrize(
    "case",
    [
        "disagree-toml-and-json",
        "environments",
        "files-a-dockerfile-hides",
        "known-keys-and-comments",
        "nixpacks-under-nixpacks",
        "several-railway-services",
        "disagree-railpack-variable",
        "monorepo-with-chdir",
        "target-is-a-factory",
    ],
)
def test_a_second_run_never_changes_anything(tmp_path: Path, case: str) -> None:
    folder = Path(shutil.copytree(FILES / case, tmp_path / "shop"))
    done = init(folder, "--yes")
    assert done.returncode == 0, done.stderr
    before = snapshot(folder)
    assert "nothing to change" in init(folder, "--yes").stdout
    assert snapshot(folder) == before


def test_what_is_read_no_more_is_removed(story: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "today", lambda: date(2026, 12, 1))
    assert init(story, "--yes").returncode == 0
    assert not (story / "railway.toml").exists()
    assert 'start="gunicorn' in (story / ".railway" / "railway.py").read_text()
    assert deploy(story).stdout.splitlines()[-1].startswith("PASS: ")
    assert "nothing to change" in init(story, "--yes").stdout


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("app = 1\n")
    (tmp_path / ".railway").write_text("a file where a folder should be")
    done = init(tmp_path, "--yes")
    assert done.returncode == 2
    assert ".railway/railway.py: " in done.stderr
