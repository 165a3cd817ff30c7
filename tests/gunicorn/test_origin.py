"""Where the worker count was set, in gunicorn's own order."""

from __future__ import annotations

from pathlib import Path

import pytest

from flask_bootcheck.gunicorn.origin import count_origin


@pytest.fixture
def conf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A conf that asks for workers, and a gunicorn that was told nothing else."""
    monkeypatch.setattr("sys.argv", ["gunicorn", "main:app"])
    for name in ("GUNICORN_CMD_ARGS", "WEB_CONCURRENCY", "BOOTCHECK_GUNICORN_CONF"):
        monkeypatch.delenv(name, raising=False)
    path = tmp_path / "gunicorn.conf.py"
    path.write_text("import os\nworkers = 4\nif os.environ:\n    workers = 97\n")
    return path


def test_a_conf_is_named_with_the_last_line_that_assigns(conf: Path) -> None:
    """The one that counts."""
    assert count_origin(str(conf)) == "gunicorn.conf.py:4"


@pytest.mark.parametrize("argument", ["-w", "-w97", "--workers", "--workers=97"])
def test_the_command_line_wins(conf: Path, monkeypatch: pytest.MonkeyPatch, argument: str) -> None:
    """Over everything, in each of its spellings."""
    monkeypatch.setattr("sys.argv", ["gunicorn", argument, "97", "main:app"])
    monkeypatch.setenv("GUNICORN_CMD_ARGS", "--workers 3")
    assert count_origin(str(conf)) == "the command line"


def test_the_arguments_in_the_environment_win_over_a_conf(
    conf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other options there set nothing."""
    monkeypatch.setenv("GUNICORN_CMD_ARGS", "--timeout 5")
    assert count_origin(str(conf)) == "gunicorn.conf.py:4"
    monkeypatch.setenv("GUNICORN_CMD_ARGS", "--timeout 5 --workers 3")
    assert count_origin(str(conf)) == "GUNICORN_CMD_ARGS"


def test_under_way_2_it_is_the_users_own_conf(conf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not ours, which gunicorn was given."""
    monkeypatch.setenv("BOOTCHECK_GUNICORN_CONF", str(conf))
    assert count_origin("python:flask_bootcheck.gunicorn.conf") == "gunicorn.conf.py:4"


def test_web_concurrency_is_the_last_resort(conf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And nobody at all is nothing."""
    conf.write_text("timeout = 5\n")
    assert count_origin(str(conf)) == ""
    monkeypatch.setenv("WEB_CONCURRENCY", "97")
    assert count_origin(str(conf)) == "WEB_CONCURRENCY"
