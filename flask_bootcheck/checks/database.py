"""Does the database answer, and is it initialised?

The checks look at a copy of each engine without a pool: a merely busy pool is not a dead database,
and a connection of the app's own pool, borrowed from another thread, crashes eventlet's hub.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from ..boot import Boot, Stage
from ..findings import Finding, fail
from ..registry import check

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy import Engine, Inspector, MetaData

#: The copies, each as long as its engine: a new one would ask the server for its version again.
_copies: WeakKeyDictionary[Engine, Engine] = WeakKeyDictionary()

#: More names than this help nobody.
_NAMES_SHOWN = 5


@check("database.unreachable", stage=Stage.LIVE, needs="sqlalchemy")
def every_engine_answers(boot: Boot) -> Iterator[Finding | str]:
    """Each engine of Flask-SQLAlchemy or Flask-SQLAlchemy-Lite connects and answers a ping.

    Why: an app without its database boots, and answers 500 to everybody. The ping has a deadline,
    `BOOTCHECK_TIMEOUT`, and a connection of its own.

    Fix: is `DATABASE_URL` the one of this environment? Does the database run, and may this
    container reach it? `BOOTCHECK_SKIP=database` for an app that can do without.
    """
    assert boot.app is not None  # noqa: S101 - the runner skips without
    for bind, engine in _engines(boot.app).items():
        if _is_absent_file(engine) or _is_private_memory(engine):
            yield f"{describe(engine)} not opened"
            continue
        try:
            _ping(engine)
        except Exception as error:
            yield fail(
                f"{describe(engine)}: {_reason(error)}",
                hint="is DATABASE_URL the one of this environment? --no-live skips what needs "
                "the network",
                component=bind or "default",
            )
        else:
            yield describe(engine)


@check("database.tables-missing", stage=Stage.LIVE, needs="sqlalchemy")
def every_table_is_there(boot: Boot) -> Iterator[Finding | str]:
    """Each table that a model of Flask-SQLAlchemy maps exists in its database.

    Why: the database answers, but its init step or its migrations never ran here.

    Fix: run the init step where the app is deployed, before it starts: `flask db upgrade`, or what
    calls `db.create_all()`. Flask-SQLAlchemy-Lite does not know the models: nothing is checked.
    """
    assert boot.app is not None  # noqa: S101 - the runner skips without
    metadatas: dict[str | None, MetaData] = getattr(
        boot.app.extensions["sqlalchemy"], "metadatas", {}
    )
    if not metadatas:
        yield "tables not checked: only Flask-SQLAlchemy knows the models"
    engines = _engines(boot.app)
    for bind, metadata in metadatas.items():
        engine = engines.get(bind)
        if engine is None or not metadata.tables or _is_private_memory(engine):
            continue
        missing = _missing_tables(engine, metadata)
        if missing is None:
            yield f"{describe(engine)} does not answer: its tables were not looked at"
        elif missing:
            yield fail(
                f"{len(missing)} of {len(metadata.tables)} tables are missing in "
                f"{describe(engine)}: {_shorten(missing)}",
                hint="run the init step or the migrations against this database",
                component=bind or "default",
                observed=len(metadata.tables) - len(missing),
                limit=len(metadata.tables),
                unit="tables",
            )


def describe(engine: Engine) -> str:
    """Which database, for people: ``postgresql://***@db:5432/shop``. No user, no query."""
    url = engine.url
    name = url.get_backend_name()
    if url.host is None and name == "sqlite":
        return f"{name}:///{url.database or ':memory:'}"
    userinfo = "***@" if url.username or url.password else ""
    port = f":{url.port}" if url.port else ""
    return f"{name}://{userinfo}{url.host or ''}{port}/{url.database or ''}"


def _engines(app: Flask) -> dict[str | None, Engine]:
    """The engines by bind key. Both extensions have ``engines``, inside an app context."""
    return dict(getattr(app.extensions["sqlalchemy"], "engines", {}))


def _is_absent_file(engine: Engine) -> bool:
    """A SQLite file that is not there: connecting would create it, and hide that it was not."""
    database = engine.url.database
    return (
        engine.dialect.name == "sqlite"
        and bool(database)
        and database != ":memory:"
        and not str(database).startswith("file:")
        and not Path(str(database)).exists()
    )


def _is_private_memory(engine: Engine) -> bool:
    """SQLite in memory with one database a thread: ours would be another, and empty."""
    from sqlalchemy.pool import SingletonThreadPool

    return isinstance(engine.pool, SingletonThreadPool)


def _without_pool(engine: Engine) -> Engine:
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


def _ping(engine: Engine) -> None:
    copy = _without_pool(engine)
    connection = copy.raw_connection()
    try:
        driver_connection: Any = connection.dbapi_connection
        copy.dialect.do_ping(driver_connection)
        if copy.dialect.name == "sqlite":  # SELECT 1 does not look into the file
            driver_connection.execute("PRAGMA schema_version")
    finally:
        connection.close()


def _missing_tables(engine: Engine, metadata: MetaData) -> list[str] | None:
    """The names of the tables that are not there; ``None`` when the database does not answer,
    which is another check's finding."""
    from sqlalchemy import inspect
    from sqlalchemy.exc import DBAPIError

    if _is_absent_file(engine):
        return sorted(metadata.tables)
    translated = engine.get_execution_options().get("schema_translate_map") or {}
    schemas = {t: translated.get(t.schema, t.schema) for t in metadata.tables.values()}
    try:
        with _without_pool(engine).connect() as connection:
            inspector = inspect(connection)
            names = {schema: _names_in(inspector, schema) for schema in set(schemas.values())}
            return sorted(
                table.key
                for table, schema in schemas.items()
                if table.name not in names[schema]
                # Finds what the lists do not have: synonyms, materialised views, other cases.
                and not inspector.has_table(table.name, schema=schema)
            )
    except (DBAPIError, OSError):
        return None


def _names_in(inspector: Inspector, schema: str | None) -> set[str]:
    """Tables and views; MariaDB and SQLite raise where there is no such schema."""
    from sqlalchemy.exc import DBAPIError

    try:
        return {*inspector.get_table_names(schema), *inspector.get_view_names(schema)}
    except DBAPIError as error:
        if error.connection_invalidated:
            raise
        return set()


def _shorten(names: list[str]) -> str:
    shown = ", ".join(names[:_NAMES_SHOWN])
    more = len(names) - _NAMES_SHOWN
    return f"{shown} and {more} more" if more > 0 else shown


def _reason(error: BaseException) -> str:
    """What the driver said, without SQLAlchemy's wrapping and advice."""
    original = getattr(error, "orig", None) or error
    lines = [line.strip() for line in str(original).splitlines() if line.strip()]
    return lines[0] if lines else type(original).__name__
