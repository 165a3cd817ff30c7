"""Requests of all sorts, straight into the WSGI callable. Over a socket: ``servers/test_fuzz.py``."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from flask import Flask
from hypothesis import example, given, settings
from hypothesis import strategies as st

from flask_bootcheck import BootCheck
from flask_bootcheck.endpoint import Endpoint

from .helpers import examples
from .watched import TOKEN, ask, health, health_when, is_settled, make_app

#: In all that only the token opens.
SECRET = "nobody-shall-know"
OURS = [f"{path}{slash}" for path in ("/healthz", "/readyz", "/livez") for slash in ("", "/")]
PUBLIC = {"status", "checks"}
THEIRS = [b"not ours"]

paths = st.one_of(
    st.sampled_from(OURS),
    st.sampled_from(OURS).flatmap(
        lambda path: st.sampled_from(
            [f"{path}/", f"/{path}", f"{path}/..", f"/x/..{path}", f"{path}\0", f"{path};x=1",
             f"{path}?x=1", path.upper(), path[1:], f"{path}%2f", f"/.{path}", f"{path}\n",
             f"http://h{path}", path.replace("z", "\xe7"), path * 500]
        )
    ),
    st.text(max_size=40),
)  # fmt: skip
methods = st.one_of(
    st.sampled_from(
        ["GET", "HEAD", "POST", "OPTIONS", "get", "Head", "GET ", "", "PRI", "M" * 9999]
    ),
    st.text(max_size=10),
)
tokens = st.one_of(
    st.just(f"Bearer {TOKEN}"),
    st.sampled_from([f"Basic {TOKEN}", f"Bearer {TOKEN}x", "Bearer", "\xff" * 9000, TOKEN]),
    st.text(max_size=40),
)
odd: st.SearchStrategy[Any] = st.one_of(
    st.none(), st.integers(), st.binary(max_size=9), st.just([]), st.just({})
)
environs = st.fixed_dictionaries(
    {},
    optional={
        "PATH_INFO": st.one_of(paths, odd),
        "REQUEST_METHOD": st.one_of(methods, odd),
        "HTTP_AUTHORIZATION": st.one_of(tokens, odd),
        "HTTP_HOST": st.one_of(st.text(max_size=20), odd),
        "HTTP_ACCEPT": st.one_of(st.sampled_from(["*/*", "text/html", "q" * 9999]), odd),
        "QUERY_STRING": st.one_of(st.text(max_size=20), odd),
        "CONTENT_LENGTH": st.one_of(st.sampled_from(["", "5", "-1", "x" * 99]), odd),
        "SCRIPT_NAME": st.one_of(st.sampled_from(["", "/shop"]), odd),
        "wsgi.input": odd,
        "wsgi.version": odd,
    },
)


def _inner(_environ: Any, start_response: Any) -> Iterable[bytes]:
    """Stands for the app: what comes here was none of our business."""
    start_response("404 Not Found", [])
    return THEIRS


@pytest.fixture(scope="module")
def app() -> Flask:
    """Something is wrong with it that nobody shall know."""
    bootcheck = BootCheck()

    @bootcheck.check("database.unreachable-too")
    def tell() -> None:
        raise RuntimeError(f"no answer from {SECRET}")

    app = make_app(bootcheck, blueprints=SECRET, ttl=600)
    health_when(app, is_settled)
    return app


@pytest.fixture(scope="module")
def endpoint(app: Flask) -> Endpoint:
    """Our layer alone."""
    wsgi = Endpoint(_inner, app.extensions["bootcheck"])
    assert call(wsgi, {"PATH_INFO": "/healthz", "REQUEST_METHOD": "GET"})[0] == 503
    return wsgi


@pytest.fixture(autouse=True)
def _no_trouble(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Nothing is logged for a request."""
    caplog.set_level(logging.WARNING)
    yield
    assert not caplog.records


def call(wsgi: Any, environ: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body."""
    said: list[Any] = []
    body = b"".join(wsgi(dict(environ), lambda *args: said.append(args)))
    ((status, headers),) = said
    return int(status.split()[0]), dict(headers), body


@settings(max_examples=examples(1000))
@given(environs)
@example({})
@example({"PATH_INFO": "/healthz"})
@example({"PATH_INFO": []})
@example({"PATH_INFO": "/healthz", "REQUEST_METHOD": []})
def test_whatever_comes_in_the_answer_is_one_of_ours_and_tells_nothing(endpoint, environ):
    status, headers, body = call(endpoint, environ)
    path, method = environ.get("PATH_INFO"), environ.get("REQUEST_METHOD")
    if not (isinstance(path, str) and path in OURS):
        assert (status, body) == (404, THEIRS[0])
        return
    if method not in ("GET", "HEAD"):
        assert (status, body, headers["Allow"]) == (405, b"", "GET, HEAD")
        return
    assert status == (200 if path.startswith(("/livez",)) else 503)
    assert set(headers) <= {"Content-Type", "Content-Length", "Cache-Control", "Retry-After"}
    assert SECRET not in str(headers)
    if method == "HEAD":
        assert body == b""
        body = call(endpoint, {**environ, "REQUEST_METHOD": "GET"})[2]
    assert int(headers["Content-Length"]) == len(body)
    given = environ.get("HTTP_AUTHORIZATION")
    if given == f"Bearer {TOKEN}" and not path.startswith("/livez"):
        assert SECRET.encode() in body
    else:
        assert SECRET.encode() not in body
        assert set(json.loads(body)) <= PUBLIC
    assert call(endpoint, {"PATH_INFO": "/healthz", "REQUEST_METHOD": "GET"})[0] == 503


@settings(max_examples=examples(300))
@given(paths, methods, tokens, st.text(max_size=20), st.binary(max_size=50))
def test_with_flask_behind_it_nothing_but_our_503_is_a_5xx(app, path, method, token, host, body):
    environ = {
        "PATH_INFO": path.encode("utf-8", "replace").decode("latin-1"),
        "REQUEST_METHOD": method,
        "HTTP_AUTHORIZATION": token,
        "HTTP_HOST": host,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
    }
    status, headers, said = call(app.wsgi_app, environ)
    assert status < 500 or (status == 503 and path in OURS)
    if token != f"Bearer {TOKEN}":
        assert SECRET.encode() not in said
        assert SECRET not in str(headers)
    assert ask(app).status_code == health(app).status_code == 503
