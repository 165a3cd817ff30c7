"""Is the server the app asks for there?"""

from __future__ import annotations

import importlib.util

import pytest
from flask import Flask

from flask_bootcheck.boot import Server
from flask_bootcheck.checks import server as module
from flask_bootcheck.checks.server import (
    class_and_app_agree,
    concurrency_is_a_number,
    eventlet_shuts_down,
    patched_before_imported,
    server_is_for_visitors,
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
    assert [f" {version}: " in f.message for f in look("eventlet", version)] == [True] * gone


@pytest.mark.parametrize(
    ("version", "is_there"), [("23.0.0", False), ("24.0.0", True), ("27.0.1", True), ("", True)]
)
def test_asgi_is_in_gunicorn_from_24_on(installed, version, is_there):
    installed()
    messages = [finding.message for finding in look("asgi", version)]
    expected = f"worker class asgi is not in gunicorn {version}: it came in 24"
    assert messages == [expected] * (not is_there)


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
    expected = f"WEB_CONCURRENCY is {value!r}, expected a whole number from 1"
    assert [finding.message for finding in found] == [expected] * is_bad


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


@pytest.mark.parametrize(
    ("name", "file"), [("gunicorn", "gunicorn.conf.py"), ("gevent", "what starts the server")]
)
def test_the_hint_names_the_file_that_this_server_starts_with(monkeypatch, name, file):
    monkeypatch.setattr(module, "is_patched", lambda: True)
    monkeypatch.setattr(module, "modules_patched_late", lambda: iter([("shop.cart", "time.sleep")]))
    (finding,) = findings_of(patched_before_imported, make_boot(server=Server(name)))
    assert finding.hint.endswith(f"as the first line of {file}")


def test_where_nothing_is_patched_nothing_is_late(monkeypatch):
    monkeypatch.setattr(module, "modules_patched_late", pytest.fail)
    assert findings_of(patched_before_imported, gunicorn()) == []


RAILWAY = {"RAILWAY_SERVICE_ID": "x"}


def look_at_the_server(address, environ, debug, name="werkzeug", development=True):
    app = Flask("app")
    app.debug = debug
    server = Server(name, address=address, development=development)
    return findings_of(server_is_for_visitors, make_boot(environ=environ, app=app, server=server))


@pytest.mark.parametrize(
    ("address", "environ", "debug", "said"),
    [
        ("0.0.0.0", {}, False, "serves on 0.0.0.0"),
        ("192.168.1.7", {}, False, "serves on 192.168.1.7"),
        ("::", {}, False, "serves on ::"),
        ("0.0.0.0", RAILWAY, False, "serves on 0.0.0.0, on railway"),
        ("0.0.0.0", RAILWAY, True, "serves on 0.0.0.0, on railway"),
        ("127.0.0.1", RAILWAY, False, "serves on railway"),
        ("container-7", {"DYNO": "web.1"}, False, "serves on heroku"),
    ],
)
def test_a_development_server_is_named_where_it_has_visitors(address, environ, debug, said):
    (finding,) = look_at_the_server(address, environ, debug)
    assert finding.status.label == "warn"
    assert finding.message == f"the development server of werkzeug {said}"
    assert "gunicorn --bind" in finding.hint


@pytest.mark.parametrize(
    ("address", "environ", "debug"),
    [
        ("127.0.0.1", {}, False),
        ("127.0.0.1", {}, True),
        ("::1", {}, False),
        ("localhost", {}, False),
        ("/", {}, False),  # a unix socket
        ("", {}, False),
        ("0.0.0.0", {}, True),  # a phone in the same network
        ("127.0.0.1", RAILWAY, True),  # railway run flask run --debug
    ],
)
def test_it_is_right_on_the_machine_of_a_developer(address, environ, debug):
    assert look_at_the_server(address, environ, debug) == []


@pytest.mark.parametrize("name", ["gunicorn", "waitress", "uwsgi"])
def test_a_server_for_visitors_is_no_finding(name):
    assert look_at_the_server("0.0.0.0", RAILWAY, False, name, development=False) == []
