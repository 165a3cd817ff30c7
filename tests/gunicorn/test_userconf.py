"""The user's own conf, loaded by ours."""

from __future__ import annotations

import sys

import pytest

from flask_bootcheck.gunicorn.arguments import OUR_CONF
from flask_bootcheck.gunicorn.userconf import VARIABLE, load_user_conf


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """The working folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.delenv("GUNICORN_CMD_ARGS", raising=False)
    monkeypatch.setattr("sys.argv", ["gunicorn", "main:app"])
    return tmp_path


def test_without_a_conf_there_is_nothing():
    assert load_user_conf() == {}


def test_the_default_is_gunicorns_own(folder):
    (folder / "gunicorn.conf.py").write_text("workers = 3\n_private = 1\n")
    assert load_user_conf() == {"workers": 3}


def test_hooks_keep_what_they_stand_on(folder):
    text = "_n = 0\ndef on_starting(server):\n    global _n\n    _n += 1\n    return _n\n"
    (folder / "gunicorn.conf.py").write_text(text)
    hook = load_user_conf()["on_starting"]
    assert [hook(None), hook(None)] == [1, 2]


@pytest.mark.parametrize("prefix", ["", "file:"])
def test_another_one_is_named_in_the_environment(folder, monkeypatch, prefix):
    (folder / "gunicorn.conf.py").write_text("workers = 3\n")
    (folder / "deploy.py").write_text("workers = 5\n")
    monkeypatch.setenv(VARIABLE, f"{prefix}deploy.py")
    assert load_user_conf() == {"workers": 5}


def test_it_may_be_a_module(folder, monkeypatch):
    (folder / "their_gunicorn_conf.py").write_text("workers = 7\n")
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setenv(VARIABLE, "python:their_gunicorn_conf")
    assert load_user_conf()["workers"] == 7
    del sys.modules["their_gunicorn_conf"]


def test_each_time_it_is_read_anew(folder, monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", True)  # a cached one knows whole seconds only
    conf = folder / "gunicorn.conf.py"
    conf.write_text("workers = 3\n")
    load_user_conf()
    conf.write_text("workers = 4\n")
    assert load_user_conf() == {"workers": 4}


def test_one_that_is_named_and_missing_is_the_error_gunicorn_gives(monkeypatch):
    monkeypatch.setenv(VARIABLE, "gone.py")
    with pytest.raises(RuntimeError, match=r"'gone\.py' doesn't exist"):
        load_user_conf()


def test_what_a_conf_raises_ends_the_start_as_without_us(folder, capsys):
    (folder / "gunicorn.conf.py").write_text("raise KeyError('PORT')\n")
    with pytest.raises(SystemExit) as raised:
        load_user_conf()
    assert raised.value.code == 1
    said = capsys.readouterr().err
    assert "Failed to read config file: gunicorn.conf.py" in said
    assert "KeyError: 'PORT'" in said


def test_another_conf_beside_ours_is_the_users(folder, monkeypatch):
    """gunicorn takes the last one; without us it would have been that one."""
    (folder / "gunicorn.conf.py").write_text("workers = 3\n")
    (folder / "theirs.py").write_text("workers = 5\n")
    monkeypatch.setattr("sys.argv", ["gunicorn", "-c", "theirs.py", "-c", OUR_CONF, "main:app"])
    assert load_user_conf() == {"workers": 5}
    monkeypatch.setattr("sys.argv", ["gunicorn", "-c", OUR_CONF, "main:app"])
    monkeypatch.setenv("GUNICORN_CMD_ARGS", "-c theirs.py")
    assert load_user_conf() == {"workers": 5}


def test_it_runs_under_the_name_gunicorn_gives_it(folder):
    (folder / "gunicorn.conf.py").write_text("proc_name = __name__\n")
    assert load_user_conf() == {"proc_name": "__config__"}
