"""Way 2: ``-c python:flask_bootcheck.gunicorn.conf``."""

from __future__ import annotations

import importlib
import sys
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from gunicorn.app.wsgiapp import WSGIApplication
from gunicorn.config import Config

from flask_bootcheck.gunicorn.userconf import VARIABLE

NAME = "flask_bootcheck.gunicorn.conf"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch, seat):
    """The working folder; the module is forgotten before and after."""
    monkeypatch.chdir(tmp_path)
    # Taken when gunicorn was imported, which for a server is its start.
    monkeypatch.setattr("gunicorn.config.Chdir.default", str(tmp_path))
    for name in (VARIABLE, "BOOTCHECK_ENABLED", "GUNICORN_CMD_ARGS", "WEB_CONCURRENCY"):
        monkeypatch.delenv(name, raising=False)
    sys.modules.pop(NAME, None)
    yield tmp_path
    sys.modules.pop(NAME, None)


def load() -> dict[str, Any]:
    return vars(importlib.import_module(NAME))


def configured(monkeypatch) -> Config:
    """What gunicorn makes of the flag."""
    monkeypatch.setattr(sys, "argv", ["gunicorn", "-c", f"python:{NAME}", "main:app"])
    return WSGIApplication("%(prog)s [OPTIONS] [APP_MODULE]").cfg


def test_gunicorn_takes_it_and_what_the_users_own_conf_says(folder, monkeypatch):
    (folder / "gunicorn.conf.py").write_text("workers = 5\nthreads = 3\n")
    cfg = configured(monkeypatch)
    assert (cfg.workers, cfg.threads) == (5, 3)
    assert cfg.nworkers_changed.__module__ == "flask_bootcheck.gunicorn.wrap"


def test_nothing_of_its_own_is_a_setting(monkeypatch):
    """gunicorn reads every name of the module."""
    cfg = configured(monkeypatch)
    default = Config()
    hooks = {name for name, setting in default.settings.items() if callable(setting.get())}
    changed = {n for n, s in cfg.settings.items() if s.get() != default.settings[n].get()}
    assert changed - hooks <= {"config", "default_proc_name"}


def test_the_users_hooks_run_first(folder):
    (folder / "gunicorn.conf.py").write_text(
        "def on_starting(server):\n    server.log.lines.append('theirs')\n"
    )
    names = load()
    server = SimpleNamespace(log=SimpleNamespace(lines=[]))
    names["on_starting"](server)
    assert server.log.lines == ["theirs"]


def test_after_sighup_the_users_conf_is_read_again(folder, monkeypatch):
    """gunicorn imports the module again, from the cache."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)  # a cached one knows whole seconds only
    conf = folder / "gunicorn.conf.py"
    conf.write_text("workers = 5\n")
    cfg = configured(monkeypatch)
    server = SimpleNamespace(cfg=cfg, log=SimpleNamespace(error=print))
    for number, hook in enumerate(("on_starting", "on_reload"), 6):
        getattr(cfg, hook)(server)
        conf.write_text(f"workers = {number}\n")
        cfg = configured(monkeypatch)
        assert cfg.workers == number


def test_a_conf_that_has_installed_us_already_is_not_chained_twice(folder, seat, worker, board):
    """Way 1 and way 2 at once."""
    (folder / "gunicorn.conf.py").write_text(
        "from flask_bootcheck.gunicorn import install\ninstall(globals(), memory_limit='512M')\n"
    )
    names = load()
    seat.board = board
    names["post_fork"](None, worker)
    assert board["used_slots"] == 1


def test_an_app_that_never_heard_of_us_is_wired_in_its_worker(monkeypatch, seat, worker, board):
    monkeypatch.setattr("flask_bootcheck.extension.attach", seat.add)
    names = load()
    import flask_bootcheck.gunicorn.conf  # noqa: F401 - it is the one under test

    app = Flask("stranger")
    names["_seat"].adopt(app)
    assert "bootcheck" in app.extensions


def test_switched_off_it_is_the_users_conf_and_no_more(folder, monkeypatch):
    monkeypatch.setenv("BOOTCHECK_ENABLED", "0")
    (folder / "gunicorn.conf.py").write_text("workers = 5\n")
    cfg = configured(monkeypatch)
    assert cfg.workers == 5
    assert cfg.nworkers_changed.__module__ == "gunicorn.config"
