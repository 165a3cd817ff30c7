"""Connections of our own to the databases of an app.

Over a copy of each engine without a pool: a merely busy pool is not a dead database, and a
connection of the app's own pool, borrowed from another thread, crashes eventlet's hub.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from ...boot import Boot

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy import Engine

#: The copies, each as long as its engine: a new one would ask the server for its version again.
_copies: WeakKeyDictionary[Engine, Engine] = WeakKeyDictionary()


def app_of(boot: Boot) -> Flask:
    """The app of a check that needs one."""
    assert boot.app is not None  # noqa: S101 - the runner skips without
    return boot.app


def without_pool(engine: Engine) -> Engine:
    """A copy that connects as the engine does, listeners included, and keeps no connection."""
    from sqlalchemy import create_engine, event
    from sqlalchemy.pool import NullPool, StaticPool

    if isinstance(engine.pool, StaticPool):  # one connection is all there is
        return engine
    if engine in _copies:
        return _copies[engine]
    copy = create_engine(engine.url, pool=NullPool(engine.pool._creator))
    for listener in engine.pool.dispatch.connect:
        # Such as one that sets search_path. SQLAlchemy's own initialise the original; what listens
        # to all engines listens to the copy already.
        is_own = getattr(listener, "__module__", "").startswith("sqlalchemy.")
        if not is_own and listener not in list(copy.pool.dispatch.connect):
            event.listen(copy, "connect", listener)
    _copies[engine] = copy
    return copy


def ping(engine: Engine) -> None:
    """Connect and ask for an answer.

    :raises Exception: whatever the driver raises.
    """
    copy = without_pool(engine)
    connection = copy.raw_connection()
    try:
        driver_connection: Any = connection.dbapi_connection
        copy.dialect.do_ping(driver_connection)
        if copy.dialect.name == "sqlite":  # SELECT 1 does not look into the file
            driver_connection.execute("PRAGMA schema_version")
    finally:
        with suppress(Exception):  # what it has answered, it has answered
            connection.close()


def file_of(engine: Engine) -> Path | None:
    """The file of a SQLite database; ``None`` for one in memory, behind a URI, or on a server."""
    database = str(engine.url.database or "")
    if engine.dialect.name != "sqlite" or not database:
        return None
    return None if database == ":memory:" or database.startswith("file:") else Path(database)


def is_absent_file(engine: Engine) -> bool:
    """A SQLite file that is not there: connecting would create it, and hide that it was not."""
    file = file_of(engine)
    return file is not None and not file.exists()


def is_private_memory(engine: Engine) -> bool:
    """SQLite in memory with one database a thread: ours would be another, and empty."""
    from sqlalchemy.pool import SingletonThreadPool

    return isinstance(engine.pool, SingletonThreadPool)


def reason(error: BaseException) -> str:
    """What the driver said, without SQLAlchemy's wrapping and advice."""
    original = getattr(error, "orig", None) or error
    lines = [line.strip() for line in str(original).splitlines() if line.strip()]
    return lines[0] if lines else type(original).__name__


def shorten(names: list[str], shown: int = 5) -> str:
    """The first few of many names; more help nobody."""
    more = len(names) - shown
    listed = ", ".join(names[:shown])
    return f"{listed} and {more} more" if more > 0 else listed
