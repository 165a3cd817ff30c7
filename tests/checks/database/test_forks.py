"""Connections from before the fork, as far as the check tells them."""

from __future__ import annotations

import pytest
from sqlalchemy.pool import QueuePool

from flask_bootcheck.boot import Server
from flask_bootcheck.checks.database import connections_are_its_own
from flask_bootcheck.findings import Status
from flask_bootcheck.inherited import disown

from ...helpers import findings_of, make_boot


def look(app, workers=4):
    with app.app_context():
        server = Server("gunicorn", workers=workers)
        return findings_of(connections_are_its_own, make_boot(app=app, server=server))


@pytest.mark.parametrize(
    ("replace", "held", "workers", "status", "said"),
    [
        (True, 0, 4, Status.WARN, "1 connection was opened before the fork, each worker was given"),
        (True, 1, 4, Status.WARN, "2 connections were opened before the fork, 1 in use at that"),
        (False, 0, 4, Status.FAIL, "every worker goes on with the same"),
        (False, 0, 1, Status.WARN, "every worker goes on with the same"),
    ],
    ids=["replaced", "held", "shared", "shared with nobody"],
)
def test_what_was_open_is_told(make_db, replace, held, workers, status, said):
    app, db = make_db("sqlite:///shop.db", SQLALCHEMY_ENGINE_OPTIONS={"poolclass": QueuePool})
    with app.app_context():
        connections = [db.engine.connect() for _ in range(1 + held)]
        connections[0].close()
        before = db.engine.pool
        disown([db.engine], replace)
        (finding,) = look(app, workers)
        for connection in connections[1:]:
            connection.close()
        before.dispose()
    assert finding.status is status
    assert said in finding.message
    assert (finding.component, finding.observed) == ("default", 1 + held)


def test_without_a_fork_there_is_nothing_to_tell(make_db):
    app, db = make_db("sqlite:///shop.db")
    with app.app_context():
        db.engine.connect().close()
    assert look(app) == []
