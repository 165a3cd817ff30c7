"""What a configuration and a complete worker say of their server."""

from __future__ import annotations

import json

import gunicorn
import pytest
from flask import Flask

from flask_bootcheck.gunicorn import describe as module
from flask_bootcheck.gunicorn.describe import describe, describe_configuration

CONF = "python:flask_bootcheck.gunicorn.conf"


@pytest.fixture(autouse=True)
def _started_plainly(monkeypatch):
    monkeypatch.setattr("sys.argv", ["gunicorn", "main:app"])
    monkeypatch.delenv("GUNICORN_CMD_ARGS", raising=False)


def test_the_server_is_described_without_importing_its_worker_class(worker, seat):
    """That of eventlet patches the process."""
    worker.cfg.set("worker_class", "no.such.Class")
    worker.cfg.set("workers", 5)
    worker.wsgi = Flask("shop")
    server = describe(worker, seat)
    assert (server.name, server.version) == ("gunicorn", gunicorn.__version__)
    assert (server.worker_class, server.workers) == ("no.such.Class", 5)
    assert (server.interface, server.application, server.expected) == (
        "wsgi",
        "flask.app.Flask",
        "wsgi",
    )


def test_a_configuration_is_plain_enough_to_come_from_another_process(worker):
    said = describe_configuration(worker.cfg)
    assert json.loads(json.dumps(said)) == said
    assert said["control_socket"] == hasattr(worker.cfg, "control_socket_disable")


@pytest.mark.parametrize("is_named", [True, False], ids=["named", "not named"])
@pytest.mark.parametrize("is_installed", [True, False], ids=["installed", "not installed"])
@pytest.mark.parametrize("is_hooked", [True, False], ids=["hooked", "not hooked"])
def test_why_nobody_governs_where_that_was_asked_for(
    worker, seat, monkeypatch, is_hooked, is_installed, is_named
):
    if is_named:
        monkeypatch.setenv("GUNICORN_CMD_ARGS", f"-c {CONF}")
    worker.cfg.set("config", "theirs.py")
    seat.is_hooked, seat.is_installed = is_hooked, is_installed
    server = describe(worker, seat)
    assert server.conf == "theirs.py"
    expected = "replaced" if is_installed else "outvoted" if is_named else ""
    assert server.ungoverned == ("" if is_hooked else expected)


@pytest.mark.parametrize("is_preloaded", [True, False], ids=["preload", "forked"])
@pytest.mark.parametrize("was_patched", [True, False], ids=["before", "after"])
def test_a_patch_after_the_fork_is_late_when_the_app_was_there_before(
    worker, seat, monkeypatch, is_preloaded, was_patched
):
    monkeypatch.setattr(module, "is_patched", lambda: True)
    worker.cfg.set("preload_app", is_preloaded)
    seat.was_patched = was_patched
    assert describe(worker, seat).patched_late == (is_preloaded and not was_patched)
