"""The Flask app behind what a server calls."""

from __future__ import annotations

import functools
from unittest.mock import MagicMock

import pytest
from asgiref.wsgi import WsgiToAsgi
from flask import Flask, current_app
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.middleware.shared_data import SharedDataMiddleware

from flask_bootcheck.gunicorn.unwrap import find_flask

APP = Flask("shop")


class Named:
    """Keeps what it wraps under some name."""

    def __init__(self, name, wrapped):
        setattr(self, name, wrapped)


class Slots:
    __slots__ = ()


class Touchy:
    """Raises whatever one looks for."""

    def __getattr__(self, name):
        raise RuntimeError("working outside of application context")


class Endless:
    """Wraps another of its kind, and so on."""

    @property
    def app(self):
        return Endless()


def decorated(app):
    @functools.wraps(app)
    def call(environ, start_response):
        return app(environ, start_response)

    return call


def by_name(environ, start_response):
    """Written by hand in the module of the app."""
    return APP(environ, start_response)


def closed_over(app):
    def call(environ, start_response):
        return app(environ, start_response)

    return call


class ByName:
    """Written by hand, with the app as a name of the module."""

    __slots__ = ()

    def __call__(self, environ, start_response):
        return APP(environ, start_response)


def not_found(environ, start_response):
    """The root of a dispatcher without one."""


class Subclass(Flask):
    pass


SUBCLASS = Subclass("sub")


@pytest.mark.parametrize(
    ("wsgi", "found"),
    [
        (APP, APP),
        (SUBCLASS, SUBCLASS),
        (APP.wsgi_app, APP),
        (ProxyFix(APP), APP),
        (ProxyFix(APP.wsgi_app), APP),
        (ProxyFix(SharedDataMiddleware(ProxyFix(APP), {})), APP),
        (DispatcherMiddleware(APP, {"/other": SUBCLASS}), APP),
        (decorated(APP), APP),
        (by_name, APP),
        (closed_over(APP), APP),
        (closed_over(ProxyFix(closed_over(APP))), APP),
        (ByName(), APP),
        (functools.partial(closed_over(APP), "environ"), APP),
        (DispatcherMiddleware(not_found, {"/shop": APP}), APP),
        (WsgiToAsgi(APP), APP),
        (Named("somewhere_else", ProxyFix(APP)), APP),
        (Named("application", APP), APP),
        (Named("wsgi_app", Named("_app", APP)), APP),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_app_is_found_behind_its_middleware(wsgi, found):
    assert find_flask(wsgi) is found


def ring():
    """Middleware that wraps itself."""
    one = Named("app", None)
    vars(one)["app"] = Named("app", one)
    return one


@pytest.mark.parametrize(
    "wsgi",
    [
        None,
        Slots(),
        ring(),
        Endless(),
        Touchy(),
        MagicMock(),
        lambda environ, start: [],
        current_app,
    ],
    ids=["none", "slots", "ring", "endless", "touchy", "mock", "function", "unbound proxy"],
)
def test_what_is_no_flask_app_is_none(wsgi):
    assert find_flask(wsgi) is None


def test_an_app_deeper_than_anyone_stacks_middleware_is_not_looked_for():
    wsgi = Named("app", APP)
    for _ in range(50):
        wsgi = Named("app", wsgi)
    assert find_flask(wsgi) is None
