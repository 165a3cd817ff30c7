"""``flask bootcheck init railway`` as a person runs it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask.cli import ScriptInfo

from flask_bootcheck.cli import bootcheck

FILES = Path(__file__).parent / "deploy" / "files"
CONFIG = """\
# ours
[build]
builder = 'RAILPACK'
watchPatterns = ['a/**']

[deploy]
startCommand = 'gunicorn -w 2 main:app'  # two
healthcheckPath = '/up'
healthcheckTimeout = 400
preDeployCommand = ['flask db upgrade']
restartPolicyType = 'ALWAYS'
"""


@pytest.fixture(autouse=True)
def unheard(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of our environment is heard."""
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


def code_of(folder: Path) -> str:
    return (folder / ".railway" / "railway.py").read_text()


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
    assert "--workers 8 --worker-class eventlet main:app" in code_of(folder)
    assert deploy(folder, "--memory-limit", "512M").stdout.splitlines()[-1].startswith("PASS")


def test_nothing_is_written_that_was_not_wanted(story: Path) -> None:
    before = snapshot(story)
    done = init(story, answer="n\n")
    assert done.returncode == 1
    assert '+        healthcheck="/health",' in done.stdout
    assert "write this?" in done.stdout
    assert snapshot(story) == before


def test_what_no_file_can_say_is_said(story: Path) -> None:
    toml = story / "railway.toml"
    toml.write_text(
        "[deploy]\nstartCommand='python gunicorn_start.py'\nhealthcheckPath='/health'\n"
    )
    done = init(story, answer="y\n")
    assert done.returncode == 0
    assert "by hand: `railway config plan`, read it" in done.stderr
    assert "Healthcheck Path /health, Healthcheck Timeout 300" in done.stderr
    assert "`flask bootcheck forecast --save` says how many fit" in done.stderr


def test_what_config_as_code_said_is_kept(tmp_path: Path) -> None:
    """Railway's own migration drops these into comments."""
    (tmp_path / "main.py").write_text("app = 1\n")
    (tmp_path / "railway.toml").write_text(CONFIG)
    done = init(tmp_path, "--yes")
    assert done.returncode == 0
    assert "--- railway.toml" in done.stdout
    assert "+++ /dev/null" in done.stdout
    assert not (tmp_path / "railway.toml").exists()
    code = code_of(tmp_path)
    compile(code, "railway.py", "exec")
    assert 'start="gunicorn -w 2 main:app",' in code
    assert 'healthcheck="/up",' in code
    assert "healthcheckTimeout=400," in code
    assert 'preDeploy=["flask db upgrade"],' in code
    assert '"watchPatterns": ["a/**"],' in code
    assert '"restartPolicyType": "ALWAYS",' in code


def test_what_nobody_knows_of_config_as_code_is_said_and_not_moved(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("app = 1\n")
    more = "zebra = 1\n[variables]\nA = '1'\n[environments.pr.deploy]\nnumReplicas = 1\n"
    (tmp_path / "railway.toml").write_text(CONFIG + more)
    done = init(tmp_path, "--yes")
    assert not {"zebra", "variables"} & set(code_of(tmp_path).replace('"', " ").split())
    by_hand = [line for line in done.stderr.splitlines() if "is not moved" in line]
    assert [line.split()[2] for line in by_hand] == [
        "railway.toml:13:",
        "railway.toml:12:",
        "railway.toml:15:",
    ]


def test_what_existing_code_does_not_have_is_said(tmp_path: Path) -> None:
    """It may say the same in ways that only its author knows, so nothing is put into it."""
    (tmp_path / "main.py").write_text("app = 1\n")
    (tmp_path / "railway.toml").write_text(CONFIG)
    (tmp_path / ".railway").mkdir()
    (tmp_path / ".railway" / "railway.py").write_text('service("web", build={})\n')
    done = init(tmp_path, "--yes")
    assert not (tmp_path / "railway.toml").exists()
    assert 'start="gunicorn -w 2 main:app"' in code_of(tmp_path)
    assert 'preDeploy=["flask db upgrade"]' in done.stderr
    assert "restartPolicyType" in done.stderr
    assert "build=" not in done.stderr


def test_the_builder_of_config_as_code_decides_what_is_read(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("app = 1\n")
    (tmp_path / "railway.json").write_text('{"build": {"builder": "NIXPACKS"}}')
    (tmp_path / "nixpacks.toml").write_text('[start]\ncmd = "gunicorn -w 3 main:app"\n')
    assert init(tmp_path, "--yes").returncode == 0
    assert 'start="gunicorn -w 3 main:app"' in code_of(tmp_path)
    assert (tmp_path / "nixpacks.toml").exists()
    before = snapshot(tmp_path)
    assert init(tmp_path, "--yes").returncode == 0
    assert snapshot(tmp_path) == before


def test_a_project_without_any_file(tmp_path: Path) -> None:
    done = init(tmp_path, "--yes")
    assert done.returncode == 2
    assert "flask --app main:app bootcheck init railway" in done.stderr
    (tmp_path / "shop.py").write_text("app = 1\n")
    assert init(tmp_path, "--yes", app="shop:app").returncode == 0
    code = code_of(tmp_path)
    assert 'start="gunicorn --bind 0.0.0.0:$PORT --workers 1 shop:app"' in code


def test_a_file_that_cannot_be_read_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("app = 1\n")
    (tmp_path / "railway.toml").write_text("[deploy\n")
    before = snapshot(tmp_path)
    done = init(tmp_path, "--yes")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert snapshot(tmp_path) == before


def test_files_with_any_line_ends_are_aligned_where_they_should_be(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("app = 1\n@app.get('/healthz')\ndef health(): ...\n")
    (tmp_path / "requirements.txt").write_bytes(b"Flask\x0c\rgunicorn\reventlet\r")
    (tmp_path / ".railway").mkdir()
    code = b'#\xe2\x80\xa8\r"""\r"""\rservice(\'web\', start=\'gunicorn main:app\')\r'
    (tmp_path / ".railway" / "railway.py").write_bytes(code)
    assert init(tmp_path, "--yes").returncode == 0
    assert (tmp_path / "requirements.txt").read_bytes() == b"Flask\x0c\rgunicorn<28\reventlet\r"
    written = (tmp_path / ".railway" / "railway.py").read_bytes()
    assert b"service('web', healthcheckTimeout=300, healthcheck=\"/healthz\", start=" in written
    assert written.count(b"\r") == code.count(b"\r")


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("app = 1\n")
    (tmp_path / ".railway").write_text("a file where a folder should be")
    done = init(tmp_path, "--yes")
    assert done.returncode == 2
    assert ".railway/railway.py: " in done.stderr
