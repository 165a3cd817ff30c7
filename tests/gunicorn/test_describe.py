"""What a configuration and a complete worker say of their server."""

from __future__ import annotations

import json

import gunicorn
import pytest
from flask import Flask

from flask_bootcheck.gunicorn import describe as module
from flask_bootcheck.gunicorn.describe import describe, describe_configuration


def test_the_server_is_described_without_importing_its_worker_class(worker):
    """That of eventlet patches the process."""
    worker.cfg.set("worker_class", "no.such.Class")
    worker.cfg.set("workers", 5)
    worker.wsgi = Flask("shop")
    server = describe(worker, ungoverned="", was_patched=False)
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


@pytest.mark.parametrize("is_preloaded", [True, False], ids=["preload", "forked"])
@pytest.mark.parametrize("was_patched", [True, False], ids=["before", "after"])
def test_a_patch_after_the_fork_is_late_when_the_app_was_there_before(
    worker, monkeypatch, is_preloaded, was_patched
):
    monkeypatch.setattr(module, "is_patched", lambda: True)
    worker.cfg.set("preload_app", is_preloaded)
    server = describe(worker, ungoverned="", was_patched=was_patched)
    assert server.patched_late == (is_preloaded and not was_patched)
