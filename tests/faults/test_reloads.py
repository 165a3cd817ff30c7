"""Another app in place of the one that serves: SIGHUP and ``--reload``."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from ..servers.apps import INSTALL, PLAIN
from ..servers.conftest import Serve
from ..servers.server import Server, until
from .breakable import (
    BREAKABLE,
    EXITS,
    FLAG,
    HANGS,
    RAISES,
    WAYS,
    breaks,
    changes,
    ends,
    ends_when_told,
    has_no_traceback_of_ours,
    repair,
)
from .conftest import Watching

pytestmark = pytest.mark.server


@pytest.mark.parametrize(
    ("conf", "preload"), [(INSTALL, ()), ("", ("--preload",))], ids=["way 1", "way 3, preload"]
)
@pytest.mark.fault("SIGHUP with a good app")
def test_a_reload_keeps_the_board_and_the_answers(serve: Serve, watch: Watching, conf, preload):
    """200 all the time."""
    server = serve(PLAIN, "-w", "2", *preload, conf=conf)
    server.health_when(lambda answer: answer.status == 200)
    before = set(server.workers)

    with watch(server) as person:
        server.signal(signal.SIGHUP)
        until(lambda: len(server.workers) == 2 and not before & {*server.workers}, 20, server)
        person.settles(lambda look: look.status == "pass")
    assert {look.status for look in person.looks} <= {"pass", "warn", "connection lost"}
    assert person.ids <= {"workers.not-ready"}
    answer = server.health()
    assert (answer.ready, answer.data["workers"]["target"]) == (2, 2)
    assert server.log.count("bootcheck: booted") == 1
    ends_when_told(server)


@WAYS
@pytest.mark.fault("SIGHUP with an app that now raises at import")
def test_a_reload_of_an_app_that_raises_ends_the_whole_server(serve: Serve, watch: Watching, conf):
    """Refused: gunicorn itself ends, with code 3. Nobody is left to take a second SIGHUP; repaired and
    started again it is 200. (Under `--preload` gunicorn does not load the app anew at SIGHUP.)"""
    server = serve(BREAKABLE, "-w", "1", conf=conf)
    server.health_when(lambda answer: answer.status == 200)
    folder = server.log_file.parent
    breaks(server, RAISES)

    with watch(server) as person:
        server.signal(signal.SIGHUP)
        ends(server, 3)
        person.sees(lambda look: look.status == "refused")
    assert 503 not in person.codes
    assert changes(server) == []
    repair(server)
    again = serve(BREAKABLE, "-w", "1", conf=conf, folder=folder)
    again.health_when(lambda answer: answer.status == 200)
    ends_when_told(again)


@pytest.mark.parametrize(
    ("conf", "does"), [(INSTALL, EXITS), ("", HANGS)], ids=["way 1, exits", "way 3, hangs"]
)
@pytest.mark.fault("SIGHUP with an app that now leaves or hangs at import")
def test_a_reload_of_an_app_that_does_not_come_up_answers_nobody_until_it_is_repaired(
    serve: Serve, watch: Watching, conf, does
):
    """No answer: gunicorn has ended the old workers without waiting for the new. Repaired, and told so
    by another SIGHUP, it is 200 again."""
    server = serve(BREAKABLE, "-w", "2", "--graceful-timeout", "2", conf=conf)
    server.health_when(lambda answer: answer.status == 200)
    breaks(server, does)

    with watch(server, timeout=1) as person:
        server.signal(signal.SIGHUP)
        person.settles(lambda look: look.status in ("no answer", "connection lost"))
        if does == EXITS:
            until(lambda: "workers.crash-loop  3 workers" in server.log, 20, server)
        repair(server)
        server.signal(signal.SIGHUP)
        person.settles(lambda look: look.status == "pass")
    assert 503 not in person.codes
    until(lambda: len(server.workers) == 2, 20, server)
    assert server.health_when(lambda answer: answer.ready == 2).data["status"] == "pass"
    ends_when_told(server)


# -- --reload -------------------------------------------------------------------------------------


def edit(server: Server, source: str) -> None:
    """As an editor saves a file: its time is another, also within one second."""
    path = server.log_file.parent / "main.py"
    changed = Path(f"{path}.new")
    changed.write_text(source, "utf-8")
    changed.replace(path)


@pytest.mark.fault("`--reload` and a good edit")
def test_a_good_edit_is_served(serve: Serve, watch: Watching):
    """200 all the time; a connection waits for the new worker."""
    server = serve(PLAIN, "-w", "1", "--reload", conf=INSTALL)
    server.health_when(lambda answer: answer.status == 200)

    with watch(server, timeout=15) as person:
        edit(server, PLAIN.replace('"/pid"', '"/new"'))
        until(lambda: server.get("/new").status == 200, 20, server)
        person.settles(lambda look: look.status == "pass")
    assert {look.status for look in person.looks} <= {"pass", "connection lost"}
    assert server.health().ready == 1
    ends_when_told(server)


@pytest.mark.parametrize(("flag", "code"), [(FLAG, 503), ((), 500)], ids=["way 2", "way 3"])
@pytest.mark.fault("`--reload` and an edit with a syntax error")
def test_an_edit_with_a_syntax_error_fails_until_it_is_mended(
    serve: Serve, watch: Watching, flag, code
):
    """503, `app.import-failed`, under `-c python:flask_bootcheck.gunicorn.conf`. Else 500: gunicorn
    serves the traceback in place of the app, and with it of us. 200 after the next good edit."""
    server = serve(PLAIN, "-w", "1", "--reload", *flag)
    server.health_when(lambda answer: answer.status == 200)

    with watch(server, timeout=15) as person:
        edit(server, PLAIN + "\ndef broken(:\n")
        person.sees(lambda look: look.code == code)
        edit(server, PLAIN)
        person.settles(lambda look: look.status == "pass")
    assert person.ids == ({"app.import-failed", "workers.not-ready"} if flag else set())
    assert has_no_traceback_of_ours(server), server.log
    ends_when_told(server)
