"""Is the server the app asks for there?"""

from __future__ import annotations

import importlib.util

import pytest

from flask_bootcheck.boot import Server
from flask_bootcheck.checks.server import concurrency_is_a_number, worker_class_is_there

from ..helpers import findings_of, make_boot


@pytest.fixture
def installed(monkeypatch):
    """Has just these packages be installed."""

    def only(*names):
        monkeypatch.setattr(
            importlib.util, "find_spec", lambda name: name if name in names else None
        )

    return only


def look(worker_class, version="25.0.3", name="gunicorn"):
    boot = make_boot(server=Server(name, version, worker_class, where="gunicorn.conf.py"))
    return findings_of(worker_class_is_there, boot)


@pytest.mark.parametrize(
    ("worker_class", "package"),
    [
        ("eventlet", "eventlet"),
        ("egg:gunicorn#eventlet", "eventlet"),
        ("gunicorn.workers.geventlet.EventletWorker", "eventlet"),
        ("gevent", "gevent"),
        ("gevent_pywsgi", "gevent"),
        ("gunicorn.workers.ggevent.GeventWorker", "gevent"),
        ("tornado", "tornado"),
    ],
)
def test_a_worker_class_needs_its_package(installed, worker_class, package):
    installed()
    (finding,) = look(worker_class)
    assert f"needs {package}, which is not installed" in finding.message
    assert f'pip install "gunicorn[{package}]' in finding.hint
    assert finding.where == "gunicorn.conf.py"
    installed(package)
    assert look(worker_class) == []


@pytest.mark.parametrize("worker_class", ["", "sync", "gthread", "shop.workers.MyWorker"])
def test_what_gunicorn_brings_needs_nothing(installed, worker_class):
    installed()
    assert look(worker_class) == []


@pytest.mark.parametrize(
    ("version", "gone"), [("25.9", False), ("26.0.0", True), ("27.0.1", True), ("", False)]
)
def test_eventlet_is_gone_from_gunicorn_26_on(installed, version, gone):
    installed("eventlet")
    assert [f"not in gunicorn {version}" in f.message for f in look("eventlet", version)] == [
        True
    ] * gone


def test_another_server_is_not_ours_to_judge(installed):
    installed()
    assert look("gevent", name="waitress") == []


@pytest.mark.parametrize(
    ("value", "is_bad"),
    [(None, False), ("4", False), (" 4 ", False)]
    + [(bad, True) for bad in ("", "0", "-1", "four", "2.5", "$WORKERS")],
)
def test_the_concurrency_is_a_number_from_one(value, is_bad):
    environ = {} if value is None else {"WEB_CONCURRENCY": value}
    found = findings_of(concurrency_is_a_number, make_boot(environ=environ))
    assert [finding.observed for finding in found] == [value] * is_bad
