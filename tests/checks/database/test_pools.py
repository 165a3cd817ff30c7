"""Do the connections of all workers fit into the database server? Asked of real ones."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool, QueuePool, StaticPool

from flask_bootcheck.boot import Instance, Server
from flask_bootcheck.checks.database import connections_fit, pools
from flask_bootcheck.checks.database.pools import most_connections, requests_at_once
from flask_bootcheck.checks.database.room import Room, read_room
from flask_bootcheck.deploy.plan import (
    Candidate,
    DeployPlan,
    Place,
    PlannedService,
    Process,
    Value,
)
from flask_bootcheck.findings import Status

from ...databases import MARIADB, POSTGRESQL
from ...helpers import findings_of, make_boot, notes_of, wait_until

GTHREAD = Server("gunicorn", worker_class="gthread", workers=4, threads=8)


def look(app, server=GTHREAD, what=findings_of, **facts):
    with app.app_context():
        return what(connections_fit, make_boot(app=app, server=server, **facts))


@pytest.fixture
def say_room(monkeypatch):
    """Has servers say how much room they have, in place of the real ones."""
    asked = []

    def say(*room):
        def answer(_engine):
            asked.append(1)
            return Room(*room) if room else None

        monkeypatch.setattr(pools, "read_room", answer)
        return asked

    return say


@pytest.fixture(params=["pg_schema", "mariadb_schema"], ids=["postgresql", "mariadb"])
def url(request):
    """Of a real server, that is there."""
    request.getfixturevalue(request.param)
    return POSTGRESQL if request.param == "pg_schema" else MARIADB


@pytest.mark.parametrize(
    ("server", "at_once"),
    [
        ({"worker_class": "sync", "threads": 1, "connections": 1000}, 1),
        ({"worker_class": "gthread", "threads": 8}, 8),
        ({"worker_class": "gunicorn.workers.gthread.ThreadWorker", "threads": 8}, 8),
        ({"worker_class": "gevent", "connections": 1000}, 1000),
        ({"worker_class": "eventlet", "connections": 50}, 50),
        ({"worker_class": "uvicorn_worker.UvicornWorker", "connections": 1000}, None),
    ],
)
def test_a_worker_serves_so_many_requests_at_a_time(server, at_once):
    assert requests_at_once(Server("gunicorn", **server)) == at_once


@pytest.mark.parametrize(
    ("options", "at_once", "count", "why"),
    [
        ({"pool_size": 5, "max_overflow": 10}, 1000, 15, "pool_size 5 + max_overflow 10"),
        ({"pool_size": 5, "max_overflow": 10}, None, 15, "pool_size 5 + max_overflow 10"),
        ({"pool_size": 5, "max_overflow": 10}, 8, 8, "8 requests at a time"),
        ({"pool_size": 5, "max_overflow": 0}, 1, 1, "1 request at a time"),
        ({"pool_size": 0}, 8, 8, "8 requests at a time"),
        ({"max_overflow": -1}, None, None, "a pool without a bound"),
        ({"poolclass": NullPool}, 8, 8, "8 requests at a time"),
        ({"poolclass": NullPool}, None, None, "NullPool"),
        ({"poolclass": StaticPool}, 8, 1, "StaticPool"),
    ],
)
def test_a_worker_opens_no_more_than_its_pool_and_its_requests_need(options, at_once, count, why):
    engine = create_engine("postgresql+psycopg://h/x", **options)
    assert most_connections(engine.pool, at_once) == (count, why)


def test_too_many_warn_with_all_the_numbers(make_db, say_room):
    say_room(40, 3, 10)
    app, _ = make_db("postgresql+psycopg://u:zq@h/x", SQLALCHEMY_BINDS={"b": "sqlite://"})
    (finding,) = look(app)
    assert finding.status is Status.WARN
    assert finding.message == (
        "4 x 8 connections (8 requests at a time) = 32; postgresql://***@h/x has 27 for us: "
        "max_connections 40 - 3 reserved - 10 used by others"
    )
    assert (finding.observed, finding.limit, finding.unit) == (32, 27, "connections")
    assert finding.component == "default"


def test_engines_of_one_server_share_its_limit(make_db, say_room):
    say_room(60, 0, 0)
    binds = {"log": "postgresql+psycopg2://h/log", "other": "postgresql+psycopg://i/x"}
    app, _ = make_db("postgresql+psycopg://h/x", SQLALCHEMY_BINDS=binds)
    (finding,) = look(app)
    assert finding.message.startswith(
        "4 x 16 connections (8 requests at a time; 8 requests at a time) = 64; postgresql://h/"
    )


def test_what_fits_is_not_asked_again_for_as_many_workers(make_db, say_room):
    asked = say_room(100, 3, 0)
    app, _ = make_db("postgresql+psycopg://h/x")
    for _ in range(3):
        assert look(app, what=notes_of) == ["32 of 97 connections"]
    assert len(asked) == 1
    assert look(app, instance=Instance(4, target=13))[0].observed == 104
    assert look(app, instance=Instance(4, target=13))[0].observed == 104
    assert len(asked) == 3, "what does not fit may, when others have gone"


def test_the_target_of_the_governor_counts_and_not_what_was_asked_for(make_db, say_room):
    say_room(100, 0, 0)
    app, _ = make_db("postgresql+psycopg://h/x")
    asked = Server("gunicorn", worker_class="gthread", workers=97, threads=8)
    assert look(app, asked, instance=Instance(1, target=7)) == []
    assert look(app, asked, instance=Instance(1, deciding=True)) == []
    assert look(app, asked)[0].observed == 97 * 8


def planned(workers, **said):
    """A plan that starts gunicorn."""

    def value(of):
        return Value(of, Place("Procfile", 1))

    replicas = value(said.pop("replicas")) if "replicas" in said else None
    governed = said.pop("governed", False)
    process = Process(
        "gunicorn",
        workers=value(workers) if workers else None,
        governed=governed,
        **{name: value(of) for name, of in said.items()},
    )
    candidate = Candidate(value("gunicorn main:app"), process, "procfile")
    service = PlannedService("railway", "web", "web", (candidate,), replicas=replicas)
    return DeployPlan(("Procfile",), services=(service,))


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        (planned(50, replicas=3), "3 x 50 x 1 connections (1 request at a time) = 150"),
        (planned(30, threads=4), "30 x 4 connections (4 requests at a time) = 120"),
        (planned(9, worker_class="gevent"), "9 x 15 connections (pool_size 5 + max_over"),
        (planned(9), None),
        (planned(97, governed=True), None),
        (planned(None), None),
        (None, None),
    ],
)
def test_before_the_deploy_the_deploy_files_say_how_many(make_db, say_room, plan, said):
    say_room(100, 3, 0)
    app, _ = make_db("postgresql+psycopg://h/x")
    found = look(app, None, plan=plan)
    assert [finding.message.startswith(said) for finding in found] == ([True] if said else [])
    assert [finding.where for finding in found] == (["Procfile:1"] if said else [])


def test_where_something_is_unknown_it_is_said_and_nothing_found(make_db, say_room):
    asked = say_room()
    app, _ = make_db("postgresql+psycopg://h/x")
    assert look(app, None) == []
    assert "does not say how many" in look(app, what=notes_of)[0]
    app, _ = make_db("postgresql+psycopg://h/x", SQLALCHEMY_ENGINE_OPTIONS={"poolclass": NullPool})
    odd = Server("gunicorn", worker_class="uvicorn_worker.UvicornWorker", workers=4)
    assert "nobody knows how many" in look(app, odd, notes_of)[0]
    assert len(asked) == 1


def test_a_server_says_its_limit_and_does_not_count_our_own_as_others(url):
    engine = create_engine(url, poolclass=QueuePool)
    before = read_room(engine)
    connections = [engine.connect() for _ in range(3)]
    try:
        # Other tests may come and go at the same time, as the same user from the same machine.
        wait_until(lambda: read_room(engine) == before)
    finally:
        for connection in connections:
            connection.close()
        engine.dispose()
    assert before is not None
    assert before.limit > before.free > 0 or before.others == before.reserved == 0


def test_sessions_of_another_user_are_used_by_others(url, request):
    """A user with no privileges asks, and root's session is another's."""
    engine = create_engine(url)
    name = f"bootcheck_{id(engine):x}"
    is_postgresql = url == POSTGRESQL
    create = f"CREATE ROLE {name} LOGIN" if is_postgresql else f"CREATE USER {name}@127.0.0.1"
    drop = f"DROP ROLE {name}" if is_postgresql else f"DROP USER {name}@127.0.0.1"
    with engine.connect() as connection:
        connection.execute(text(create))
        connection.commit()
        stranger = create_engine(
            engine.url.set(
                username=name, database="test" if is_postgresql else "information_schema"
            ),
            poolclass=NullPool,
        )
        try:
            room = read_room(stranger)
        finally:
            connection.execute(text(drop))
            connection.commit()
    engine.dispose()
    assert room is not None
    assert room.others >= 1
    assert room.reserved == (3 if is_postgresql else 0)


def test_a_server_that_does_not_answer_says_nothing():
    assert read_room(create_engine("postgresql+psycopg://127.0.0.1:1/x")) is None
