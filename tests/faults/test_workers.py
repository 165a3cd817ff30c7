"""A worker that is killed, stops, or is recycled."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial

import pytest

from ..servers.apps import INSTALL, PLAIN
from ..servers.conftest import Serve
from ..servers.groups import MIB, Group, make_group
from ..servers.server import Answer, until
from .breakable import BREAKABLE, SLOWLY, WAYS, breaks, changes, ends_when_told, is_gone, kill
from .conftest import Watching

pytestmark = pytest.mark.server


@WAYS
@pytest.mark.fault("SIGKILL to one worker of four")
def test_one_killed_worker_of_four_warns_until_it_is_replaced(serve: Serve, watch: Watching, conf):
    """200 all the time, `warn` while the replacement boots. A probe that the dead one had taken gets no
    answer."""
    server = serve(BREAKABLE, "-w", "4", conf=conf)
    server.health_when(lambda answer: answer.status == 200)
    breaks(server, SLOWLY)

    with watch(server) as person:
        dead = kill(server)
        person.sees(lambda look: look.status == "warn")
        answer = server.health_when(lambda answer: answer.data["status"] == "warn")
        assert (answer.ready, answer.data["workers"]["target"]) == (3, 4)
        person.settles(lambda look: look.status == "pass")
    assert {look.code for look in person.looks} <= {200, 0}
    assert person.ids == {"workers.not-ready"}
    answer = server.health()
    assert (answer.ready, answer.data["workers"]["restarts"]) == (4, 1)
    assert dead not in server.workers
    assert changes(server) == ["pass -> warn", "warn -> pass"]
    ends_when_told(server)


@pytest.mark.parametrize(
    ("conf", "worker_class"), [(INSTALL, "sync"), ("", "gthread")], ids=["way 1", "way 3"]
)
@pytest.mark.fault("SIGKILL to the only worker, three times")
def test_with_the_only_worker_killed_connections_wait_and_then_pass(
    serve: Serve, watch: Watching, conf, worker_class
):
    """200 or, from the dead, nothing: a connection waits for the replacement, which answers once
    it knows how it is."""
    server = serve(PLAIN, "-k", worker_class, "-w", "1", conf=conf)
    server.health_when(lambda answer: answer.status == 200)

    with watch(server, timeout=15) as person:
        for _ in range(3):
            until(partial(is_gone, kill(server)), 5, server)
            person.sees(lambda look: look.status == "pass")
        person.settles(lambda look: look.status == "pass")
    assert {look.code for look in person.looks} <= {200, 0}
    assert {look.status for look in person.looks} <= {"pass", "connection lost"}
    assert server.health().ready == 1
    assert changes(server) == []
    ends_when_told(server)


@pytest.mark.fault("SIGKILL to the only worker of an app with a check of 1 s")
def test_a_replacement_answers_once_it_knows_how_it_is(serve: Serve, watch: Watching):
    """The first answer of the replacement takes as long as the check, and is 200."""
    source = (
        PLAIN
        + """
import time

@bootcheck.check("queue.stuck")
def queue_moves():
    time.sleep(1)
"""
    )
    server = serve(source, "-w", "1")
    server.health_when(lambda answer: answer.status == 200)

    with watch(server, timeout=15) as person:
        until(partial(is_gone, kill(server)), 5, server)
        person.settles(lambda look: look.status == "pass")
    assert {look.status for look in person.looks} <= {"pass", "connection lost"}
    assert server.health().ready == 1


@WAYS
@pytest.mark.fault("SIGSTOP to one worker of three, sync, `--timeout 2`")
def test_one_stopped_worker_of_several_is_replaced_after_the_timeout(
    serve: Serve, watch: Watching, conf
):
    """Nothing until gunicorn's `--timeout` ends it: the others answer. Then `warn` while the
    replacement boots. A probe that the stopped worker had taken gets no answer."""
    server = serve(BREAKABLE, "-w", "3", "--timeout", "2", conf=conf)
    server.health_when(lambda answer: answer.status == 200)
    breaks(server, SLOWLY)

    with watch(server) as person:
        dead = kill(server, signal.SIGSTOP)
        until(partial(is_gone, dead), 20, server)
        person.sees(lambda look: look.status == "warn")
        person.settles(lambda look: look.status == "pass")
    assert {look.code for look in person.looks} <= {200, 0}
    assert person.ids == {"workers.not-ready"}
    assert server.health().ready == 3
    assert changes(server) == ["pass -> warn", "warn -> pass"]
    ends_when_told(server)


@pytest.mark.fault("SIGSTOP to the only worker, sync, `--timeout 2`")
def test_a_lone_stopped_worker_answers_nobody_until_the_timeout_ends_it(
    serve: Serve, watch: Watching
):
    """No answer: nobody is there to give one. Then 200, from the replacement."""
    server = serve(PLAIN, "-w", "1", "--timeout", "2")
    server.health_when(lambda answer: answer.status == 200)

    with watch(server, timeout=1) as person:
        dead = kill(server, signal.SIGSTOP)
        person.sees(lambda look: look.status == "no answer")
        until(partial(is_gone, dead), 20, server)
        person.settles(lambda look: look.status == "pass")
    assert {look.code for look in person.looks} == {200, 0}
    assert person.ids == set()
    assert server.log.count("WORKER TIMEOUT") == 1
    ends_when_told(server)


# -- memory ---------------------------------------------------------------------------------------

#: A request that takes all there is.
HUNGRY = (
    BREAKABLE
    + """
@app.get("/grow")
def grow():
    held = []
    while True:
        held.append(bytearray(b"x" * 2**20))
"""
)


@pytest.fixture
def group() -> Iterator[Group]:
    """A container of 256 MiB."""
    made = make_group(256 * MIB)
    yield made
    made.kill()
    made.remove()


@pytest.mark.fault("a request that allocates until the kernel kills its worker, one of two")
def test_a_worker_that_is_killed_for_memory_is_counted_and_replaced(
    serve: Serve, watch: Watching, group: Group
):
    """200 all the time; `warn`, and it stays: the kernel's kills are counted until the server is
    started anew. With the app alone nobody counts them, and `warn` ends with the replacement's boot."""
    server = serve(HUNGRY, "-w", "2", conf=INSTALL, group=group.path)
    server.health_when(lambda answer: answer.status == 200 and answer.ready == 2)
    breaks(server, SLOWLY)

    with watch(server) as person:
        with suppress(OSError):
            server.get("/grow", timeout=60)
        person.sees(lambda look: "workers.oom-killed" in look.ids)
        person.settles(lambda look: look.ids == {"workers.oom-killed"})
    assert group.kills == 1
    assert {look.code for look in person.looks} <= {200, 0}
    assert {look.status for look in person.looks if look.code} == {"pass", "warn"}
    answer = server.health()
    assert (answer.ready, answer.data["workers"]["restarts"]) == (2, 1)
    (found,) = answer.data["checks"]["workers.oom-killed"]
    assert found["observedValue"] == 1
    assert server.get("/pid").status == 200
    ends_when_told(server)


# -- recycling ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("conf", "workers"), [(INSTALL, 2), ("", 1)], ids=["way 1", "way 3"])
@pytest.mark.fault("`--max-requests 200` under load")
def test_recycling_under_load_is_never_a_503(serve: Serve, watch: Watching, conf, workers):
    """200 all the time."""
    server = serve(PLAIN, "-w", str(workers), "--max-requests", "200", conf=conf)
    server.health_when(lambda answer: answer.status == 200)
    before = set(server.workers)

    def ask(number: int) -> Answer:
        return server.health(30) if number % 2 else server.get("/pid", timeout=30)

    with watch(server, timeout=15) as person, ThreadPoolExecutor(4) as visitors:
        answers = list(visitors.map(ask, range(350 * workers)))
        person.settles(lambda look: look.status == "pass")
    assert [answer for answer in answers if answer.status != 200] == []
    assert person.codes == [200]
    assert person.ids <= {"workers.not-ready"}
    assert not before & set(server.workers), "nobody was recycled"
    ends_when_told(server)
