"""WSGI or ASGI: what a worker calls, and what it is given."""

from __future__ import annotations

import functools
from types import SimpleNamespace

import pytest
from asgiref.wsgi import WsgiToAsgi
from flask import Flask
from gunicorn.util import make_fail_app

from flask_bootcheck.gunicorn.interface import (
    application_of,
    interface_expected_by,
    interface_of,
    load_error_of,
)

APP = Flask("shop")
WRAPPED = WsgiToAsgi(APP)


async def asgi(scope, receive, send):
    """An ASGI application."""


class OldAsgi:
    """ASGI 2: made for each connection."""

    def __init__(self, scope):
        pass

    async def __call__(self, receive, send):
        pass


def made_in(package, **attributes):
    """A worker whose class comes from a package."""
    base = type("Base", (), {"__module__": package, **attributes})
    return type("Custom", (base,), {})()


@pytest.mark.parametrize(
    ("worker", "interface"),
    [
        (SimpleNamespace(wsgi=APP), "wsgi"),
        (SimpleNamespace(asgi=asgi), "asgi"),
        (made_in("gunicorn.workers.sync", wsgi=APP), "wsgi"),
        (made_in("uvicorn.workers", wsgi=WRAPPED), "asgi"),
        (made_in("uvicorn_worker._workers", wsgi=WRAPPED), "asgi"),
        (made_in("uvicorn.workers", wsgi=APP, CONFIG_KWARGS={"interface": "wsgi"}), "wsgi"),
    ],
    ids=["plain", "gunicorn asgi", "sync", "uvicorn", "uvicorn-worker", "uvicorn for wsgi"],
)
def test_a_worker_calls_by_one_interface(worker, interface):
    assert interface_of(worker) == interface
    assert application_of(worker) in (APP, asgi, WRAPPED)


@pytest.mark.parametrize(
    ("application", "interface"),
    [
        (APP, "wsgi"),
        (APP.wsgi_app, "wsgi"),
        (lambda environ, start: [], "wsgi"),
        (None, "wsgi"),
        (asgi, "asgi"),
        (functools.partial(asgi), "asgi"),
        (functools.partial(functools.partial(asgi)), "asgi"),
        (functools.partial(APP.wsgi_app), "wsgi"),
        (WRAPPED, "asgi"),
        (OldAsgi, "asgi"),
    ],
    ids=[
        *("flask", "method", "function", "none", "coroutine"),
        *("partial", "partial of a partial", "partial of a method", "wrapped", "asgi 2"),
    ],
)
def test_an_application_wants_to_be_called_by_one(application, interface):
    assert interface_expected_by(application) == interface


def test_uvicorn_takes_no_partial_for_asgi():
    """It calls it by ASGI 2, and each request is a 500."""
    assert interface_expected_by(functools.partial(asgi), by_uvicorn=True) == "wsgi"
    assert interface_expected_by(asgi, by_uvicorn=True) == "asgi"


def test_the_place_in_the_traceback_is_relative_to_the_project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = (
        f'  File "/lib/importlib.py", line 1\n  File "{tmp_path}/shop/cart.py", line 3\n    def\n'
    )
    error = load_error_of(make_fail_app(f"{text}SyntaxError: invalid syntax\n"))
    assert error is not None
    assert (error.during, error.where) == ("import", "shop/cart.py:3")
    assert error.message == "SyntaxError: invalid syntax"


@pytest.mark.parametrize("application", [APP, None, asgi, lambda environ, start: []])
def test_what_was_loaded_has_no_error(application):
    assert load_error_of(application) is None
