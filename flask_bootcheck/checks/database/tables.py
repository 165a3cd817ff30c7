"""Is the database initialised?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from ...boot import Boot, Stage
from ...engines import Known, describe, known_engines
from ...findings import Attempt, Finding, fail
from ...registry import check
from .connections import app_of, is_absent_file, is_private_memory, shorten
from .schema import missing_columns, missing_tables

if TYPE_CHECKING:
    from sqlalchemy import Engine

#: Tables whose columns have been seen to be there, by engine. They do not go away by themselves, and
#: to look costs up to a query a table.
_whole: WeakKeyDictionary[Engine, frozenset[str]] = WeakKeyDictionary()


@check("database.tables-missing", stage=Stage.LIVE, needs="sqlalchemy")
def every_table_is_there(boot: Boot) -> Iterator[Finding | Attempt | str]:
    """Each table that a model maps exists in its database.

    Why: the database answers, but its init step or its migrations never ran here.

    Fix: run the init step where the app is deployed, before it starts: `flask db upgrade`, or what
    calls `db.create_all()`. Models are known from Flask-SQLAlchemy; others are looked at with
    `bootcheck.watch(engine, name="...", metadata=Base.metadata)`.
    """
    known_tables = _with_tables(boot)
    if not known_tables:
        yield "tables not checked: no models known"
    for known, tables in known_tables:
        named = describe(known.engine)
        yield Attempt(named, known.name)
        missing = missing_tables(known.engine, tables)
        if missing is None:
            yield f"{named} does not answer: its tables were not looked at"
        elif missing:
            yield fail(
                f"{len(missing)} of {len(tables.tables)} tables are missing in {named}: "
                f"{shorten(missing)}",
                hint="run the init step or the migrations against this database",
                component=known.name,
                observed=len(tables.tables) - len(missing),
                limit=len(tables.tables),
                unit="tables",
            )


@check("database.columns-missing", stage=Stage.LIVE, needs="sqlalchemy")
def every_column_is_there(boot: Boot) -> Iterator[Finding | Attempt | str]:
    """Each table has the columns that its model maps.

    Why: the model is newer than the database, and every query for it is an error. `create_all()`
    makes tables, and never adds a column to one.

    Fix: run the migrations against this database; write one, `flask db migrate`, when there is none.
    Once they have been seen, columns are not looked at again until the server restarts.
    """
    for known, metadata in _with_tables(boot):
        named, tables = describe(known.engine), frozenset(metadata.tables)
        if _whole.get(known.engine) == tables:
            continue
        yield Attempt(named, known.name)
        missing = missing_columns(known.engine, metadata)
        if missing is None:
            yield f"{named} does not answer: its columns were not looked at"
        elif missing:
            yield fail(
                f"{_count(missing)} missing in {named}: {shorten(missing)}",
                hint="run the migrations against this database",
                component=known.name,
                observed=len(missing),
                unit="columns",
            )
        elif not is_absent_file(known.engine):
            _whole[known.engine] = tables


def _with_tables(boot: Boot) -> list[tuple[Known, Any]]:
    """The engines of which it is known what should be in them, and that can be looked into."""
    return [
        (known, known.metadata)
        for known in known_engines(app_of(boot))
        if known.metadata is not None
        and known.metadata.tables
        and not is_private_memory(known.engine)
    ]


def _count(missing: list[str]) -> str:
    return "1 column is" if len(missing) == 1 else f"{len(missing)} columns are"
