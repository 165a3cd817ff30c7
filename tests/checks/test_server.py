"""Is the server the app asks for there?"""

from __future__ import annotations

import importlib.util

import pytest

from flask_bootcheck.boot import Server
from flask_bootcheck.checks import server as module
from flask_bootcheck.checks.server import (
    class_and_app_agree,
    concurrency_is_a_number,
    eventlet_shuts_down,
    patched_before_imported,
    worker_class_is_there,
)
from flask_bootcheck.findings import Status

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


def gunicorn(version="27.0.1", worker_class="sync", **details):
    return make_boot(server=Server("gunicorn", version, worker_class, **details))


@pytest.mark.parametrize(
    ("version", "worker_class", "has_socket", "is_told"),
    [
        ("25.0.3", "eventlet", False, False),
        ("25.1.0", "eventlet", True, True),
        ("25.3.0", "eventlet", True, True),
        ("25.3.0", "gunicorn.workers.geventlet.EventletWorker", True, True),
        ("25.3.0", "eventlet", False, False),
        ("25.3.0", "gevent", True, False),
        ("26.0.0", "eventlet", True, False),
        ("", "eventlet", True, False),
    ],
)
def test_eventlet_beside_a_control_socket_is_a_warning(version, worker_class, has_socket, is_told):
    """It boots and serves; only its end is not clean. From 26 on it is not there at all."""
    boot = gunicorn(version, worker_class, control_socket=has_socket, where="gunicorn.conf.py")
    found = findings_of(eventlet_shuts_down, boot)
    assert [f.status is Status.WARN and "--no-control-socket" in f.hint for f in found] == [
        True
    ] * is_told


@pytest.mark.parametrize(
    ("interface", "expected", "is_told"),
    [
        ("wsgi", "wsgi", False),
        ("asgi", "asgi", False),
        ("asgi", "wsgi", True),
        ("wsgi", "asgi", False),
        ("asgi", None, False),
    ],
)
def test_a_wsgi_app_called_by_asgi_fails(interface, expected, is_told):
    boot = gunicorn(
        worker_class="asgi", interface=interface, expected=expected, application="flask.app.Flask"
    )
    found = findings_of(class_and_app_agree, boot)
    assert [finding.status for finding in found] == [Status.FAIL] * is_told
    if is_told:
        assert "asgi calls ASGI, flask.app.Flask is WSGI" in found[0].message


@pytest.mark.parametrize(
    ("is_late", "modules", "said"),
    [
        (False, [], None),
        (
            True,
            [],
            "patched after --preload imported the app; what blocks in them blocks the worker",
        ),
        (
            False,
            [("shop.cart", "time.sleep")],
            "patched after modules were imported; what blocks in them blocks the worker: "
            "shop.cart (time.sleep)",
        ),
        (
            True,
            [(f"shop.m{n}", "time.sleep") for n in range(7)],
            "patched after --preload imported the app; what blocks in them blocks the worker: "
            + ", ".join(f"shop.m{n} (time.sleep)" for n in range(5))
            + " and 2 more",
        ),
    ],
    ids=["in time", "preload", "modules", "both"],
)
def test_a_patch_that_came_late_is_told_with_the_modules_it_has_missed(
    monkeypatch, is_late, modules, said
):
    monkeypatch.setattr(module, "is_patched", lambda: True)
    monkeypatch.setattr(module, "modules_patched_late", lambda: iter(modules))
    found = findings_of(patched_before_imported, gunicorn(patched_late=is_late))
    assert [(f.message, f.status) for f in found] == [(said, Status.WARN)] * (said is not None)


def test_where_nothing_is_patched_nothing_is_late(monkeypatch):
    monkeypatch.setattr(module, "modules_patched_late", pytest.fail)
    assert findings_of(patched_before_imported, gunicorn()) == []
