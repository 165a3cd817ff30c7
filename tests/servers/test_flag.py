"""Way 2, one flag, on apps that never heard of us, however they are started and wrapped."""

from __future__ import annotations

import signal

import pytest

from .apps import INSTALL, PLAIN
from .conftest import Serve
from .server import TOKEN, until

pytestmark = pytest.mark.server

FLAG = ("-c", "python:flask_bootcheck.gunicorn.conf")
NAMED = {"GUNICORN_CMD_ARGS": " ".join(FLAG)}
#: Two apps that do not know us.
STRANGERS = """
from flask import Flask

shop, blog = Flask("shop"), Flask("blog")

@shop.get("/")
def index():
    return "the shop"

@blog.get("/")
def posts():
    return "the blog"

"""
#: What stands between gunicorn and the app, and where that is then found.
WRAPPED = {
    "the app": "app = shop",
    "ProxyFix": "from werkzeug.middleware.proxy_fix import ProxyFix; app = ProxyFix(shop)",
    "its wsgi_app": (
        "from werkzeug.middleware.proxy_fix import ProxyFix\n"
        "shop.wsgi_app = ProxyFix(shop.wsgi_app); app = shop"
    ),
    "dispatcher": (
        "from werkzeug.middleware.dispatcher import DispatcherMiddleware\n"
        "app = DispatcherMiddleware(shop, {'/blog': blog})"
    ),
    "function": "def app(environ, start_response): return shop(environ, start_response)",
    "closure": (
        "def wrap(inner):\n"
        "    def call(environ, start_response): return inner(environ, start_response)\n"
        "    return call\n"
        "app = wrap(shop)"
    ),
}
#: Nobody can tell what it calls.
OPAQUE = (
    STRANGERS
    + """
class Opaque:
    __slots__ = ()
    def __call__(self, environ, start_response):
        return getattr(__import__("main"), "sh" + "op")(environ, start_response)
app = Opaque()
"""
)


@pytest.mark.parametrize("wrapping", WRAPPED.values(), ids=WRAPPED)
def test_an_app_that_never_heard_of_us_is_found_behind_what_wraps_it(serve: Serve, wrapping):
    server = serve(STRANGERS + wrapping, *FLAG, "-w", "2")

    answer = server.health_when(lambda answer: answer.status == 200)
    assert answer.ready == 2
    assert answer.failing == set()
    assert {"blueprints.missing", "endpoint.path-taken"} <= set(answer.data["checks"])
    assert "app.not-found" not in answer.warning
    assert server.get("/").body == b"the shop"


def test_mounted_below_a_prefix_the_endpoint_is_at_the_root_all_the_same(serve: Serve):
    wrapping = """
from werkzeug.middleware.dispatcher import DispatcherMiddleware

def nothing(environ, start_response):
    start_response("404 Not Found", [("Content-Length", "0")])
    return []

app = DispatcherMiddleware(nothing, {"/shop": shop, "/blog": blog})
"""
    server = serve(STRANGERS + wrapping, *FLAG, "-w", "1")

    answer = server.health_when(lambda answer: answer.status == 200)
    assert "blueprints.missing" in answer.data["checks"]
    assert server.get("/").status == 404
    assert server.get("/shop/").body == b"the shop"
    assert server.get("/blog/").body == b"the blog"


def test_where_no_app_is_found_the_server_is_answered_for_and_that_is_said(serve: Serve):
    server = serve(OPAQUE, *FLAG, "-w", "2")

    answer = server.health_when(lambda answer: answer.status == 200)
    assert (answer.ready, answer.failing) == (2, set())
    assert answer.warning >= {"app.not-found"}
    (finding,) = answer.data["checks"]["app.not-found"]
    assert "behind main.Opaque" in finding["output"]
    assert "blueprints.missing, " in finding["output"], "what is skipped is named"
    assert "blueprints.missing" not in answer.data["checks"]
    assert server.get("/").body == b"the shop"
    assert server.get("/readyz").status == server.get("/livez").status == 200


def test_a_route_of_the_app_at_our_path_keeps_it(serve: Serve):
    source = (
        STRANGERS
        + """
app = shop

@shop.get("/healthz")
def healthz():
    return "of the shop"
"""
    )
    server = serve(source, *FLAG, "-w", "1")

    assert server.get("/healthz").body == b"of the shop"
    until(lambda: "endpoint.path-taken" in server.log, 10, server)
    answer = server.get("/readyz", token=TOKEN)
    assert answer.status == 200


@pytest.mark.parametrize("theirs", ["gunicorn.conf.py", "elsewhere.py"])
def test_named_in_the_environment_it_keeps_the_users_conf_also_over_a_reload(serve: Serve, theirs):
    named = {"BOOTCHECK_GUNICORN_CONF": theirs} if theirs == "elsewhere.py" else {}
    conf = "workers = {0}\nproc_name = 'theirs'\ndef when_ready(server): print('when_ready of theirs')\n"
    server = serve(
        STRANGERS + "app = shop",
        files={theirs: conf.format(2)},
        environ=NAMED | named,
        **({"conf": conf.format(2)} if theirs == "gunicorn.conf.py" else {}),
    )
    server.health_when(lambda answer: answer.status == 200 and answer.ready == 2)
    assert "when_ready of theirs" in server.log

    (server.log_file.parent / theirs).write_text(conf.format(3))
    server.signal(signal.SIGHUP)
    answer = server.health_when(lambda answer: answer.ready == 3)
    assert answer.data["workers"]["target"] == answer.data["workers"]["configured"] == 3


def test_another_conf_on_the_command_line_beside_ours_is_loaded_first(serve: Serve):
    files = {"theirs.py": "workers = 2\n"}
    server = serve(STRANGERS + "app = shop", "-c", "theirs.py", *FLAG, files=files)
    assert server.health_when(lambda answer: answer.status == 200).ready == 2


@pytest.mark.parametrize("preload", [(), ("--preload",)], ids=["forked", "preload"])
def test_when_another_conf_wins_over_ours_the_app_says_so(serve: Serve, preload):
    """gunicorn takes the one on the command line, without a word."""
    files = {"theirs.py": "workers = 2\n"}
    server = serve(PLAIN, "-c", "theirs.py", *preload, files=files, environ=NAMED)

    answer = server.health_when(lambda answer: answer.status == 200 and answer.ready == 2)
    (finding,) = answer.data["checks"]["workers.governor-off"]
    assert finding["status"] == "warn"
    assert "-c theirs.py won over" in finding["output"]
    assert "BOOTCHECK_GUNICORN_CONF=theirs.py" in finding["hint"]


def test_when_the_conf_that_wins_has_our_line_nothing_is_off(serve: Serve):
    server = serve(PLAIN, "-c", "theirs.py", files={"theirs.py": INSTALL}, environ=NAMED)
    answer = server.health_when(lambda answer: answer.status == 200)
    assert "workers.governor-off" not in answer.warning


def test_a_file_that_does_not_parse_under_reload_fails_until_it_is_mended(serve: Serve):
    """gunicorn serves the traceback meanwhile, to everybody."""
    source = STRANGERS + "app = shop\n"
    server = serve(source + "def broken(:\n", *FLAG, "-w", "1", "--reload")

    answer = server.health_when(lambda answer: "app.import-failed" in answer.failing)
    assert answer.status == 503
    (finding,) = answer.data["checks"]["app.import-failed"]
    assert "SyntaxError" in finding["output"]
    assert finding["where"] == f"main.py:{source.count(chr(10)) + 1}"
    assert "app.not-found" not in answer.warning

    (server.log_file.parent / "main.py").write_text(source)
    server.health_when(lambda answer: answer.status == 200)
    assert server.get("/").body == b"the shop"
