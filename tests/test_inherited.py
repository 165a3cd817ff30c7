"""Connections that were open at the fork: which pools are replaced, and which never touched."""

from __future__ import annotations

import os
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.pool import NullPool, QueuePool, SingletonThreadPool, StaticPool

from flask_bootcheck.inherited import Inherited, disown, inherited_by


class OwnPool(QueuePool):
    """Nobody knows what it does with a connection."""


def opened(engine: Any) -> int:
    """How many connections a queue pool has."""
    return int(engine.pool.checkedin() + engine.pool.checkedout())


def found_in(engine: Engine) -> Inherited:
    """What is known to have been open; something must be."""
    found = inherited_by(engine)
    assert found is not None
    return found


@pytest.fixture
def make_engine(tmp_path):
    made = []

    def make(poolclass=QueuePool):
        database = "" if poolclass in (StaticPool, SingletonThreadPool) else f"/{tmp_path}/x.db"
        made.append(create_engine(f"sqlite://{database}", poolclass=poolclass))
        return made[-1]

    yield make
    for engine in made:
        engine.dispose()


def test_a_pool_with_connections_is_replaced_and_they_stay_open(make_engine):
    engine = make_engine()
    closed = []
    event.listen(engine, "close", lambda *_: closed.append(1))
    with engine.connect():
        engine.connect().close()
        before = engine.pool
        disown([engine], replace=True)
        found = found_in(engine)
        assert (found.idle, found.held, found.is_replaced) == (1, 1, True)
        assert engine.pool is found.pool is not before
        assert (opened(engine), closed) == (0, [])
    before.dispose()


def test_asked_to_leave_them_it_only_notes_what_is_open(make_engine):
    engine = make_engine()
    engine.connect().close()
    before = engine.pool
    disown([engine], replace=False)
    assert engine.pool is before
    assert found_in(engine).idle == 1


def test_a_pool_that_somebody_else_has_replaced_since_shares_nothing(make_engine):
    """As SQLAlchemy's documentation says to, in ``post_fork``."""
    engine = make_engine()
    for replace in (True, False):
        engine.connect().close()
        disown([engine], replace)
        assert found_in(engine).held == 0
        engine.dispose()
        assert inherited_by(engine) is None


def test_a_pool_without_connections_is_left_as_it_is(make_engine):
    engine = make_engine()
    before = engine.pool
    disown([engine], replace=True)
    assert engine.pool is before
    assert inherited_by(engine) is None


@pytest.mark.parametrize("poolclass", [StaticPool, SingletonThreadPool, NullPool, OwnPool])
def test_a_pool_of_another_class_is_never_touched(make_engine, poolclass):
    engine = make_engine(poolclass)
    with engine.connect() as connection:
        connection.exec_driver_sql("CREATE TABLE kept (id INTEGER)")
        connection.commit()
    before = engine.pool
    disown([engine], replace=True)
    assert engine.pool is before
    assert inherited_by(engine) is None
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT * FROM kept").all() == []


def test_a_forked_child_connects_anew(make_engine):
    engine = make_engine()
    with engine.connect() as connection:
        parents = id(connection.connection.dbapi_connection)
    pid = os.fork()
    if pid == 0:
        disown([engine], replace=True)
        with engine.connect() as connection:
            is_own = id(connection.connection.dbapi_connection) != parents
        os._exit(0 if is_own else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
