"""What ``flask`` adds to the environment, and nothing that we start may see."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import click
import pytest

from flask_bootcheck import cli_environ
from flask_bootcheck.boot import LoadError
from flask_bootcheck.cli_environ import LeftOut, environ_of_the_shell, left_out

from .helpers import finding_of
from .test_cli import Project

#: As much of python-dotenv as ``flask`` calls.
DOTENV = """
import os
def find_dotenv(name, usecwd=False):
    return os.path.abspath(name) if os.path.isfile(name) else ""
def dotenv_values(path, encoding=None):
    with open(path) as file:
        return dict(line.strip().split("=", 1) for line in file if "=" in line)
def load_dotenv(path, encoding=None):
    for name, value in dotenv_values(path).items():
        os.environ.setdefault(name, value)
"""

TELLS = """
import json, os
from flask import Flask
json.dump(dict(os.environ), open("seen.json", "w"))
app = Flask(__name__)
"""


class WithDotenv(Project):
    """A project in whose environment python-dotenv is installed."""

    def run_apart(self, *arguments: str, **how: Any) -> subprocess.CompletedProcess[str]:
        """What the shell had is known of a process of its own alone."""
        return super().run_apart(*arguments, PYTHONPATH=str(self.folder / "lib"), **how)

    def seen(self) -> dict[str, str]:
        """The environment that the app was given."""
        seen: dict[str, str] = json.loads((self.folder / "seen.json").read_text())
        return seen


@pytest.fixture
def project(tmp_path: Path) -> WithDotenv:
    (tmp_path / "lib").mkdir()
    made = WithDotenv(tmp_path)
    made.write("lib/dotenv.py", DOTENV)
    made.write("shop.py", TELLS)
    return made


@pytest.mark.parametrize("file", [".env", ".flaskenv"])
@pytest.mark.parametrize("command", ["run", "lock"])
def test_the_app_sees_neither_the_mark_nor_the_file(
    project: WithDotenv, file: str, command: str
) -> None:
    project.write(file, "SHOP_KEY=abc\nFLASK_DEBUG=1\n")
    done = project.run_apart(command)
    assert done.returncode == 0, done.stderr
    assert not {"FLASK_RUN_FROM_CLI", "SHOP_KEY", "FLASK_DEBUG"} & project.seen().keys()
    assert done.stderr.startswith(f"{file} ")
    assert "SHOP_KEY;" in done.stderr


def test_what_is_exported_is_seen_though_a_file_has_it(project: WithDotenv) -> None:
    """Also with the very value of the file."""
    project.write(".env", "SHOP_KEY=abc\nSHOP_NAME=zq\n")
    done = project.run_apart(SHOP_KEY="abc", SHOP_NAME="mine")
    assert (project.seen()["SHOP_KEY"], project.seen()["SHOP_NAME"]) == ("abc", "mine")
    assert done.stderr == ""


@pytest.mark.parametrize("by", ["option", "variable"])
def test_a_file_that_is_asked_for_is_given_to_the_app(project: WithDotenv, by: str) -> None:
    project.write(".env", "SHOP_KEY=default\nOTHER=default\n")
    project.write("trial.env", "SHOP_KEY=given\n")
    option = ["--env-file", "trial.env"] if by == "option" else []
    environ = {"FLASK_ENV_FILE": "trial.env"} if by == "variable" else {}
    done = project.run_apart(before=option, **environ)
    assert project.seen()["SHOP_KEY"] == "given"
    assert "OTHER" not in project.seen()
    assert "OTHER;" in done.stderr


def test_flask_app_in_a_file_chooses_the_app(project: WithDotenv) -> None:
    """It is for the command; the app is not given it."""
    project.write(".flaskenv", "FLASK_APP=shop\n")
    done = project.run_apart(app="")
    assert (done.returncode, done.stderr) == (0, "")
    assert "FLASK_APP" not in project.seen()


def test_our_own_settings_in_a_file_are_not_heeded(project: WithDotenv) -> None:
    """They would not be in production, where they are a gate."""
    project.write("shop.py", "raise RuntimeError('down')\n")
    project.write(".env", "BOOTCHECK_SKIP=app\nFLASK_BOOTCHECK_RUN_FAIL_ON=never\n")
    assert project.run_apart().returncode == 1


def test_a_conf_that_is_run_sees_neither(project: WithDotenv) -> None:
    project.write(".env", "SHOP_KEY=abc\n")
    project.write("Procfile", "web: gunicorn shop:app\n")
    project.write(
        "gunicorn.conf.py",
        "import json, os\njson.dump(dict(os.environ), open('seen.json', 'w'))\n"
        "workers = len(os.environ)\n",
    )
    assert project.run_apart("deploy", "--exec").returncode == 0
    assert not {"FLASK_RUN_FROM_CLI", "SHOP_KEY"} & project.seen().keys()


def test_a_variable_that_only_the_file_has_is_what_the_hint_names(project: WithDotenv) -> None:
    project.write("shop.py", "import os\n\nkey = os.environ['SHOP_KEY']\n")
    project.write(".env", "SHOP_KEY=abc\n")
    done = project.run_apart("--format", "json")
    finding = finding_of(done.stdout, "app.import-failed")
    assert done.returncode == 1
    assert finding["where"] == "shop.py:3"
    assert finding["hint"].startswith(".env ")
    assert "SHOP_KEY" in finding["hint"]


ERROR = LoadError("import", "RuntimeError: no SHOP_KEY", hint="own hint")


@pytest.mark.parametrize(
    ("files", "hint"),
    [
        ({}, "own hint"),
        (
            {"SHOP_KEY": ".env", "OTHER": ".flaskenv"},
            ".env is not loaded in production: set SHOP_KEY in the service's variables",
        ),
        (
            {"SHOP": ".env", "KEY": ".flaskenv"},
            "own hint; .env and .flaskenv are not loaded, as in production; not set: SHOP, KEY",
        ),
    ],
    ids=["nothing left out", "named", "not named"],
)
def test_an_error_is_explained_by_what_was_left_out(files: dict[str, str], hint: str) -> None:
    explained = LeftOut(files).explain(ERROR)
    assert explained is not None
    assert explained.hint == hint


def test_where_the_shell_is_not_known_the_value_of_the_file_is_taken_for_the_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No system that says what a process was started with; what differs is nobody's but the shell's."""
    monkeypatch.setattr(cli_environ, "_initial_environ", lambda: None)
    values = {"SHOP_KEY": (".env", "abc"), "OTHER": (".env", "abc"), "UNSET": (".env", None)}
    monkeypatch.setattr(cli_environ, "_values_of_files", lambda: values)
    monkeypatch.setenv("SHOP_KEY", "abc")
    monkeypatch.setenv("OTHER", "mine")
    before = dict(os.environ)
    ctx = click.Context(click.Group("flask"))
    with environ_of_the_shell(ctx):
        assert "SHOP_KEY" not in os.environ
        assert os.environ["OTHER"] == "mine"
        assert left_out(ctx).files == {"SHOP_KEY": ".env"}
    assert dict(os.environ) == before
