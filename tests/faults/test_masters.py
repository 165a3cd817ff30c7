"""What a master is told: another count, a successor, the end."""

from __future__ import annotations

import http.client
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from ..servers.apps import INSTALL, PLAIN
from ..servers.conftest import Serve
from ..servers.server import members, stopped, until
from .breakable import (
    BREAKABLE,
    COMMAND,
    RAISES,
    SLOWLY,
    WAYS,
    breaks,
    changes,
    ends,
    ends_when_told,
    has_no_traceback_of_ours,
    successor,
)
from .conftest import Watching

pytestmark = pytest.mark.server


@WAYS
@pytest.mark.fault("SIGTTIN")
def test_one_worker_more_warns_until_it_is_there(serve: Serve, watch: Watching, conf):
    """200 all the time, `warn` while the new worker boots. With the app alone mostly not even that:
    nobody knows of it before it runs our code, which is late in its boot."""
    server = serve(BREAKABLE, "-w", "2", conf=conf)
    server.health_when(lambda answer: answer.status == 200 and answer.ready == 2)
    breaks(server, SLOWLY)

    with watch(server) as person:
        server.signal(signal.SIGTTIN)
        answer = server.health_when(lambda answer: answer.ready == 3)
        person.settles(lambda look: look.status == "pass")
    assert person.codes == [200]
    assert person.ids <= {"workers.not-ready"}
    assert answer.data["workers"]["target"] == 3
    assert changes(server) in ([["pass -> warn", "warn -> pass"]] + ([] if conf else [[]]))
    ends_when_told(server)


@WAYS
@pytest.mark.fault("SIGTTOU")
def test_one_worker_less_is_what_was_meant(serve: Serve, watch: Watching, conf):
    """200 all the time. With the app alone `warn` until the lower count has lasted two seconds: only the
    master knows that it is meant."""
    server = serve(PLAIN, "-w", "3", conf=conf)
    server.health_when(lambda answer: answer.status == 200 and answer.ready == 3)

    with watch(server) as person:
        server.signal(signal.SIGTTOU)
        until(lambda: len(server.workers) == 2, 20, server)
        server.health_when(lambda answer: answer.ready == answer.data["workers"]["target"] == 2)
        person.settles(lambda look: look.status == "pass")
    assert person.codes == [200]
    assert person.ids <= {"workers.not-ready"}
    ends_when_told(server)


@pytest.mark.fault("SIGUSR2, then SIGTERM to the old master")
def test_an_upgrade_is_never_a_503(serve: Serve, watch: Watching):
    """200 all the time, `warn` from the new workers while not all of them are up."""
    server = serve(PLAIN, "-w", "2", conf=INSTALL, program=[str(COMMAND)])
    server.health_when(lambda answer: answer.status == 200 and answer.ready == 2)

    with watch(server, timeout=15) as person:
        new = successor(server)
        server.hear_all()
        person.settles(lambda look: look.status == "pass")
        server.signal(signal.SIGTERM)
        assert server.wait() == 0
        person.settles(lambda look: look.status == "pass")
        os.kill(new, 0)
    assert {look.code for look in person.looks} <= {200, 0}
    assert {look.status for look in person.looks if not look.code} <= {"connection lost"}
    assert person.ids <= {"workers.not-ready"}
    answer = server.health()
    assert (answer.ready, answer.data["workers"]["target"]) == (2, 2)
    os.kill(new, signal.SIGTERM)
    ends(server)


@pytest.mark.fault("SIGUSR2, then SIGTERM to the new master")
def test_a_rollback_is_never_a_503(serve: Serve, watch: Watching):
    """200 all the time, `warn` from the new workers while not all of them are up."""
    server = serve(PLAIN, "-w", "2", program=[str(COMMAND)])
    server.health_when(lambda answer: answer.status == 200 and answer.ready == 2)
    old = server.workers

    with watch(server, timeout=15) as person:
        new = successor(server)
        server.hear_all()
        os.kill(new, signal.SIGTERM)
        until(lambda: server.workers == old, 20, server)
        person.settles(lambda look: look.status == "pass")
    assert {look.status for look in person.looks} <= {"pass", "warn", "connection lost"}
    assert person.ids <= {"workers.not-ready"}
    answer = server.health()
    assert (answer.ready, answer.data["workers"]["target"]) == (2, 2)
    ends_when_told(server)


@pytest.mark.fault("SIGUSR2 with an app that now raises at import")
def test_an_upgrade_to_an_app_that_raises_leaves_the_old_one_as_it_was(
    serve: Serve, watch: Watching
):
    """200 and `pass` all the time: the new master ends by itself, and the old one serves on."""
    server = serve(BREAKABLE, "-w", "2", conf=INSTALL, program=[str(COMMAND)])
    server.health_when(lambda answer: answer.status == 200 and answer.ready == 2)
    old = server.workers
    breaks(server, RAISES)

    with watch(server) as person:
        server.signal(signal.SIGUSR2)
        until(lambda: "RuntimeError: of the app" in server.log, 20, server)
        until(lambda: server.workers == old, 20, server)
        person.settles(lambda look: look.status == "pass")
    assert person.statuses == ["pass"]
    assert changes(server) == []
    ends_when_told(server)


@WAYS
@pytest.mark.fault("SIGKILL to the master of three workers, and a new start")
def test_a_master_that_is_killed_takes_its_workers_along_and_leaves_nothing(
    serve: Serve, watch: Watching, conf
):
    """Refused, once its workers have seen that it is gone: within half their `--timeout`, and a second
    if that is less. What it has left in `/dev/shm` is removed at the next start."""
    server = serve(PLAIN, "-w", "3", conf=conf)
    server.health_when(lambda answer: answer.status == 200)

    with watch(server) as person:
        server.signal(signal.SIGKILL)
        person.sees(lambda look: look.status == "refused", 30)
    assert 503 not in person.codes
    until(lambda: not members(server.process_group), 20, server)
    assert has_no_traceback_of_ours(server), server.log
    assert changes(server) == []
    again = serve(PLAIN, "-w", "1", conf=conf)
    again.health_when(lambda answer: answer.status == 200)
    assert server.shared_boards == []


@pytest.mark.fault("SIGSTOP to all processes for 4 s, as in a container that is frozen, gthread")
def test_what_was_frozen_passes_as_soon_as_it_thaws(serve: Serve, watch: Watching):
    """No answer meanwhile; then 200, though all results are old by then."""
    server = serve(PLAIN, "-k", "gthread", "-w", "2", conf=INSTALL)
    server.health_when(lambda answer: answer.status == 200 and answer.ready == 2)

    with watch(server, timeout=1) as person:
        with stopped([server.master, *server.workers]):
            time.sleep(4)  # longer than three TTLs
        person.settles(lambda look: look.status == "pass")
    assert {look.status for look in person.looks} == {"pass", "no answer"}
    assert changes(server) == []
    ends_when_told(server)


# -- the end --------------------------------------------------------------------------------------

#: Notes each request when it is taken; that takes a while.
TAKES = (
    PLAIN
    + """
import time
from flask import request

@app.get("/slow/<number>")
def slow(number):
    with open("taken", "a") as file:
        file.write(f"{number}\\n")
    time.sleep(0.5)
    return number
"""
)


@pytest.mark.parametrize(
    ("conf", "arguments"),
    [(INSTALL, ()), ("", ("--threads", "4")), (INSTALL, ("-k", "gevent"))],
    ids=["way 1, sync", "way 3, gthread", "way 1, gevent"],
)
@pytest.mark.fault("SIGTERM under load")
def test_what_was_taken_is_answered_and_then_nobody_is_left(
    serve: Serve, watch: Watching, conf, arguments
):
    """Each request that was taken is answered; then refused. What waited and was not taken gets no
    answer: gunicorn closes its socket."""
    server = serve(TAKES, "-w", "3", *arguments, conf=conf)
    server.health_when(lambda answer: answer.status == 200)
    answered: set[str] = set()

    def ask(number: int) -> None:
        with suppress(OSError, http.client.HTTPException):
            answer = server.get(f"/slow/{number}")
            answered.update([answer.body.decode()] if answer.status == 200 else [])

    with watch(server) as person, ThreadPoolExecutor(8) as visitors:
        for number in range(40):
            visitors.submit(ask, number)
        until(lambda: len(answered) > 3, 20, server)
        told = time.monotonic()
        server.signal(signal.SIGTERM)
        ends(server)
        assert time.monotonic() - told < 10
        person.sees(lambda look: look.status == "refused")
    taken = set((server.log_file.parent / "taken").read_text("ascii").split())
    assert taken <= answered
    assert 503 not in person.codes
    assert changes(server) == []
    assert server.log.count("bootcheck:") == 1, "more than the boot was told"
