"""A hook of the user's that raises: a person sees what they would without us."""

from __future__ import annotations

import signal
from collections.abc import Callable
from functools import partial

import pytest

from ..servers.apps import BARE, INSTALL, PLAIN
from ..servers.conftest import Serve
from ..servers.server import Server, until
from .breakable import breaks, ends, ends_when_told, has_no_traceback_of_ours, is_gone, kill, repair
from .conftest import Watching
from .watch import Look, Watch

pytestmark = [
    pytest.mark.server,
    pytest.mark.parametrize("place", ["plain gunicorn", "ours"]),
]

Start = Callable[[str], Server]
#: What is probed.
PATHS = {"plain gunicorn": "/pid", "ours": "/healthz"}


@pytest.fixture
def start(serve: Serve, place: str) -> Start:
    """Starts two workers of an app with a hook that raises while the file ``broken`` is there: from when
    both know that all is well."""

    def start(hook: str) -> Server:
        raises = f"""
import os

def {hook}:
    if os.path.exists("broken"):
        raise RuntimeError("of the user")
"""
        app = PLAIN if place == "ours" else BARE
        conf = raises + (INSTALL if place == "ours" else "")
        server = serve(app, "-w", "2", conf=conf)
        until(lambda: len(server.workers) == 2, 20, server)
        server.hear_all()
        with Watch(server, path=PATHS[place]) as person:
            person.settles(is_well)
        breaks(server, "")
        return server

    return start


@pytest.fixture
def look_at(watch: Watching, place: str) -> Watching:
    """Probes; without us there is no ``/healthz``, and what is seen is only compared."""
    return partial(watch, path=PATHS[place])


def is_well(look: Look) -> bool:
    """Also of an app without us."""
    return look.code == 200 and look.status in ("pass", "not ours")


@pytest.mark.fault("a `pre_request` of the user that raises")
def test_before_a_request_it_is_a_500_for_probes_too(start: Start, look_at: Watching):
    """500 while it raises: gunicorn answers, as without us."""
    server = start("pre_request(worker, req)")

    with look_at(server) as person:
        person.sees(lambda look: look.code == 500)
        repair(server)
        person.settles(is_well)
    assert person.codes == [500, 200]
    assert has_no_traceback_of_ours(server), server.log
    ends_when_told(server)


@pytest.mark.fault("a `child_exit` of the user that raises, and SIGKILL to a worker")
def test_when_a_worker_ends_it_ends_the_master(start: Start, look_at: Watching):
    """Refused: gunicorn ends, with code 1, as without us: the hook raises again for the other worker."""
    server = start("child_exit(server, worker)")

    with look_at(server) as person:
        kill(server)
        ends(server, 1)
        person.sees(lambda look: look.status == "refused")
    assert {look.code for look in person.looks} <= {200, 0}, person.story
    assert "RuntimeError: of the user" in server.log


@pytest.mark.fault("a `post_worker_init` of the user that raises, and SIGKILL to a worker")
def test_when_a_replacement_is_complete_it_ends_the_master(start: Start, look_at: Watching):
    """Refused: gunicorn ends with code 3, as without us: to it that is a start that failed."""
    server = start("post_worker_init(worker)")

    with look_at(server) as person:
        kill(server)
        ends(server, 3)
        person.sees(lambda look: look.status == "refused")
    assert {look.code for look in person.looks} <= {200, 0}, person.story
    assert "RuntimeError: of the user" in server.log


@pytest.mark.fault("a `worker_exit` of the user that raises, and SIGTERM to a worker")
def test_when_a_worker_leaves_it_is_a_line_in_the_log(start: Start, look_at: Watching):
    """200 all the time; gunicorn logs what was raised, and the worker is replaced, as without us."""
    server = start("worker_exit(server, worker)")

    with look_at(server) as person:
        until(partial(is_gone, kill(server, signal.SIGTERM)), 20, server)
        person.settles(is_well)
    assert {look.code for look in person.looks} <= {200, 0}, person.story
    assert "RuntimeError: of the user" in server.log
    assert len(server.workers) == 2
    repair(server)
    ends_when_told(server)
