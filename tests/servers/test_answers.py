"""Every worker answers for the whole instance, however gunicorn runs them."""

from __future__ import annotations

import pytest

from .apps import HIDDEN, INSTALL, PLAIN
from .conftest import Serve
from .server import Server, until

pytestmark = pytest.mark.server

WAYS = {"way 1": INSTALL, "way 3": ""}


@pytest.mark.parametrize("preload", [(), ("--preload",)], ids=["forked", "preload"])
@pytest.mark.parametrize("conf", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("worker_class", ["sync", "gthread"])
def test_each_of_four_workers_counts_all_four(serve: Serve, worker_class, conf, preload):
    server = serve(PLAIN, "-k", worker_class, "-w", "4", *preload, conf=conf)

    answer = server.health_when(lambda answer: answer.status == 200)
    words = answer.data["workers"]
    assert (words["configured"], words["target"], words["ready"]) == (4, 4, 4)
    assert (words["booting"], words["failed"], words["restarts"]) == (0, 0, 0)
    for worker in server.workers:
        assert _ready_as_seen_by(server, worker) == 4


def _ready_as_seen_by(server: Server, worker: int) -> int:
    """How many ready workers one worker counts, while its siblings are stopped."""
    with server.alone(worker):
        assert server.get("/pid").body == str(worker).encode()
        return server.health_when(lambda answer: answer.status == 200 and answer.ready > 1).ready


@pytest.mark.parametrize("conf", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("worker_class", ["sync", "gthread", "gevent"])
def test_one_worker_answers(serve: Serve, worker_class, conf):
    server = serve(PLAIN, "-k", worker_class, "-w", "1", conf=conf)

    answer = server.health_when(lambda answer: answer.status == 200)
    assert (answer.ready, answer.data["workers"]["target"]) == (1, 1)
    assert server.get("/pid").body == str(server.workers[0]).encode()


@pytest.mark.parametrize("conf", WAYS.values(), ids=WAYS)
def test_the_command_of_the_story_answers(serve: Serve, story_python, conf):
    story = "--bind 0.0.0.0:0 --workers 1 --timeout 120 --worker-class eventlet"
    server = serve(PLAIN, *story.split(), python=story_python, conf=conf)

    probe = server.get("/healthz", Host="healthcheck.railway.app")
    assert until(lambda: server.get("/healthz").status == 200, 10, server)
    assert probe.headers["Content-Type"] == "application/health+json"
    assert server.health().data["workers"]["target"] == 1
    assert "eventlet" in server.log


@pytest.mark.parametrize("conf", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("line", ["app.wsgi_app = Hides(app.wsgi_app)", "app = Hides(app)"])
def test_a_middleware_or_a_dispatcher_cannot_hide_the_endpoint(serve: Serve, conf, line):
    server = serve(f"{HIDDEN}\n{line}\n", "-w", "1", conf=conf)

    assert server.get("/anything").status == 404
    assert server.get("/pid").status == 200
    assert server.health_when(lambda answer: answer.status == 200).ready == 1


def test_the_settings_given_to_install_reach_the_app(serve: Serve):
    conf = "from flask_bootcheck.gunicorn import install; install(globals(), skip='memory')\n"
    server = serve(PLAIN, "-w", "1", conf=conf)

    answer = server.health_when(lambda answer: answer.status == 200)
    assert "memory.limit-unknown" not in answer.data["checks"]
