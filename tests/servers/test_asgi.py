"""Flask under workers that call ASGI: wrapped it is watched, plain it is a finding."""

from __future__ import annotations

import pytest

from .apps import INSTALL
from .conftest import Serve
from .server import until

pytestmark = pytest.mark.server

FLAG = ("-c", "python:flask_bootcheck.gunicorn.conf")
#: The app, and whether it knows us.
SHOP = """
from flask import Flask
{0}
shop = Flask("shop")
{1}

@shop.get("/")
def index():
    return "the shop"

"""
KNOWS = SHOP.format("from flask_bootcheck import BootCheck", "BootCheck(shop)")
STRANGER = SHOP.format("", "")
WRAPPED = "from asgiref.wsgi import WsgiToAsgi; app = WsgiToAsgi(shop)\n"
PLAIN = "app = shop\n"
CLASSES = pytest.mark.parametrize("worker_class", ["asgi", "uvicorn_worker.UvicornWorker"])
WAYS = pytest.mark.parametrize(
    ("shop", "conf", "flag"),
    [(KNOWS, INSTALL, ()), (STRANGER, "", FLAG), (KNOWS, "", ())],
    ids=["way 1", "way 2", "way 3"],
)


@CLASSES
@WAYS
@pytest.mark.parametrize("preload", [(), ("--preload",)], ids=["forked", "preload"])
def test_an_app_that_is_wrapped_answers_for_all_workers(
    serve: Serve, worker_class, shop, conf, flag, preload
):
    access = ("--access-logfile", "-")
    server = serve(
        shop + WRAPPED, *flag, "-k", worker_class, "-w", "2", *preload, *access, conf=conf
    )

    answer = server.health_when(lambda answer: answer.status == 200 and answer.ready == 2)
    assert answer.failing == set()
    assert {"blueprints.missing", "server.class-needs-asgi"} <= set(answer.data["checks"])
    assert server.get("/?query").body == b"the shop"
    until(lambda: "GET /?query" in server.log, 5, server)
    assert "GET /healthz" not in server.log, "a probe, in gunicorn's access log or uvicorn's"


@CLASSES
@WAYS
def test_a_plain_flask_app_is_told_in_the_log_for_no_request_can_be_answered(
    serve: Serve, worker_class, shop, conf, flag
):
    server = serve(shop + PLAIN, *flag, "-k", worker_class, "-w", "1", conf=conf)

    until(lambda: "FAIL  server.class-needs-asgi" in server.log, 20, server)
    assert "flask.app.Flask is WSGI: every request is a 500" in server.log
    assert server.get("/").status == server.get("/healthz").status == 500


def test_an_asgi_app_that_is_not_flask_is_left_alone(serve: Serve):
    source = """
async def app(scope, receive, send):
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"not flask"})
"""
    server = serve(source, *FLAG, "-k", "asgi", "-w", "1")
    assert server.get("/healthz").body == b"not flask"
    assert "Traceback" not in server.log
