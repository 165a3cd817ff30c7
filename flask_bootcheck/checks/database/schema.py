"""What is missing in a database of what its models need."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from .connections import is_absent_file, without_pool

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine, Inspector, MetaData, Table

#: Servers whose `information_schema` has all columns in one query. SQLAlchemy's own look asks for
#: the types, too: on MariaDB two queries a table, and a warning for each type it does not know.
_STANDARD = frozenset({"postgresql", "mysql", "mariadb", "mssql"})


def missing_tables(engine: Engine, metadata: MetaData) -> list[str] | None:
    """The names of the tables that are not there; ``None`` when the database does not answer,
    which is another check's finding."""
    from sqlalchemy import inspect
    from sqlalchemy.exc import DBAPIError

    if is_absent_file(engine):
        return sorted(metadata.tables)
    schemas = _schemas(engine, metadata)
    try:
        with without_pool(engine).connect() as connection:
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


def missing_columns(engine: Engine, metadata: MetaData) -> list[str] | None:
    """The columns, as ``table.column``, that the tables which are there do not have; ``None`` when
    the database does not answer."""
    from sqlalchemy.exc import DBAPIError

    if is_absent_file(engine):
        return []
    schemas = _schemas(engine, metadata)
    try:
        with without_pool(engine).connect() as connection:
            return sorted(
                name
                for schema in set(schemas.values())
                for name in _missing_in(connection, schema, _tables_in(schemas, schema))
            )
    except (DBAPIError, OSError):
        return None


def _schemas(engine: Engine, metadata: MetaData) -> dict[Table, str | None]:
    """The schema in which each table is, as the engine translates it."""
    translated = engine.get_execution_options().get("schema_translate_map") or {}
    return {t: translated.get(t.schema, t.schema) for t in metadata.tables.values()}


def _tables_in(schemas: dict[Table, str | None], schema: str | None) -> list[Table]:
    return [table for table, where in schemas.items() if where == schema]


def _names_in(inspector: Inspector, schema: str | None) -> set[str]:
    """Tables and views; MariaDB and SQLite raise where there is no such schema."""
    from sqlalchemy.exc import DBAPIError

    try:
        return {*inspector.get_table_names(schema), *inspector.get_view_names(schema)}
    except DBAPIError as error:
        if error.connection_invalidated:
            raise
        return set()


def _missing_in(connection: Connection, schema: str | None, tables: list[Table]) -> Iterator[str]:
    """What cannot be seen is not judged. Case is not looked at: not every database does."""
    there: dict[str, set[str]] = {}
    for table_name, column_name in _columns_in(connection, schema, [t.name for t in tables]):
        there.setdefault(table_name.casefold(), set()).add(column_name.casefold())
    for table in tables:
        seen = there.get(table.name.casefold())
        for column in table.columns if seen else ():
            if not column.system and column.name.casefold() not in (seen or ()):
                yield f"{table.key}.{column.name}"


def _columns_in(
    connection: Connection, schema: str | None, names: list[str]
) -> Iterable[tuple[str, str]]:
    """Pairs of table and column."""
    from sqlalchemy import inspect

    inspector = inspect(connection)
    if connection.dialect.name in _STANDARD:
        return _ask_for_columns(connection, schema or inspector.default_schema_name, names)
    return _inspect_columns(inspector, schema, names)


def _ask_for_columns(
    connection: Connection, schema: str | None, names: list[str]
) -> Iterator[tuple[str, str]]:
    from sqlalchemy import String, column, select, table

    of_schema: Any = column("table_schema", String)
    of_table: Any = column("table_name", String)
    of_column: Any = column("column_name", String)
    columns = table("columns", of_schema, of_table, of_column, schema="information_schema")
    asked = select(of_table, of_column).select_from(columns)
    for row in connection.execute(asked.where(of_schema == schema, of_table.in_(names))):
        yield row[0], row[1]


def _inspect_columns(
    inspector: Inspector, schema: str | None, names: list[str]
) -> Iterator[tuple[str, str]]:
    from sqlalchemy.engine.reflection import ObjectKind, ObjectScope

    found: Any = inspector.get_multi_columns(
        schema, filter_names=names, kind=ObjectKind.ANY, scope=ObjectScope.ANY
    )
    for (_, table_name), columns in found.items():
        yield from ((table_name, column["name"]) for column in columns)
