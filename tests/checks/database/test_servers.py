"""Tables of real servers: schemas, views, and what a connection sets up for itself."""

from __future__ import annotations

import uuid

import pytest
from sqlalchemy import event, text

from flask_bootcheck.findings import Status

from ...databases import MARIADB, POSTGRESQL, must_answer
from .test_database import add_table, look, look_at_columns, messages


def execute(app, db, *statements):
    with app.app_context(), db.engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


@pytest.mark.parametrize("driver", ["psycopg", "psycopg2"])
def test_tables_views_and_materialised_views_of_a_schema_are_there(make_db, pg_schema, driver):
    app, db = make_db(POSTGRESQL.replace("+psycopg:", f"+{driver}:"))
    add_table(db, "users", schema=pg_schema)
    with app.app_context():
        db.create_all()
    for name in ("a_view", "a_materialised_view", "gone"):
        add_table(db, name, schema=pg_schema)
    execute(
        app,
        db,
        f"CREATE VIEW {pg_schema}.a_view AS SELECT id FROM {pg_schema}.users",
        f"CREATE MATERIALIZED VIEW {pg_schema}.a_materialised_view AS SELECT 1 AS id",
    )
    answers, tables = look(app)
    assert answers.status is Status.PASS
    (message,) = messages(tables)
    assert message.startswith("1 of 4 tables ")
    assert message.endswith(f": {pg_schema}.gone")


def test_a_schema_that_is_not_there_has_no_tables(make_db, pg_schema):
    app, db = make_db(POSTGRESQL)
    add_table(db, "users", schema=f"{pg_schema}_no")
    assert messages(look(app)[1])[0].endswith(f": {pg_schema}_no.users")


def test_the_search_path_that_a_listener_sets_is_where_tables_are_looked_for(make_db, pg_schema):
    app, db = make_db(POSTGRESQL)
    add_table(db, "bootcheck_by_search_path")
    with app.app_context():

        @event.listens_for(db.engine, "connect")
        def set_search_path(connection, _record):
            connection.autocommit = True
            connection.execute(f"SET search_path TO {pg_schema}")
            connection.autocommit = False

        assert len(look(app)[1].findings) == 1
        db.create_all()
    assert [result.status for result in look(app)] == [Status.PASS] * 2


def test_the_search_path_in_the_options_counts_too(make_db, pg_schema):
    options = {"connect_args": {"options": f"-c search_path={pg_schema}"}}
    app, db = make_db(POSTGRESQL, SQLALCHEMY_ENGINE_OPTIONS=options)
    add_table(db, "bootcheck_by_option")
    assert len(look(app)[1].findings) == 1
    with app.app_context():
        db.create_all()
    assert look(app)[1].status is Status.PASS


def test_a_schema_that_the_engine_translates_is_looked_at_under_its_real_name(make_db, pg_schema):
    options = {"execution_options": {"schema_translate_map": {None: pg_schema}}}
    app, db = make_db(POSTGRESQL, SQLALCHEMY_ENGINE_OPTIONS=options)
    add_table(db, "bootcheck_translated")
    assert len(look(app)[1].findings) == 1
    with app.app_context():
        db.create_all()
    assert look(app)[1].status is Status.PASS


def test_a_database_that_does_not_exist_is_named_without_the_user(make_db, pg_schema):
    app, db = make_db(POSTGRESQL.rpartition("/")[0] + f"/{pg_schema}")
    add_table(db, "users")
    answers, tables = look(app)
    (message,) = messages(answers)
    assert message.startswith("postgresql://***@")
    assert "does not exist" in message
    assert messages(tables) == []


def test_tables_of_mariadb_are_found_and_missed(make_db, mariadb_schema):
    app, db = make_db(MARIADB)
    add_table(db, "users", schema=mariadb_schema)
    with app.app_context():
        db.create_all()
    add_table(db, "gone", schema=mariadb_schema)
    assert messages(look(app)[1])[0].endswith(f": {mariadb_schema}.gone")


def test_a_schema_that_mariadb_does_not_have_is_missing_and_not_unreachable(
    make_db, mariadb_schema
):
    app, db = make_db(MARIADB)
    add_table(db, "users", schema=mariadb_schema)
    add_table(db, "orders", schema=f"{mariadb_schema}_no")
    with app.app_context():
        db.metadata.tables[f"{mariadb_schema}.users"].create(db.engine)
    assert messages(look(app)[1])[0].endswith(f": {mariadb_schema}_no.orders")


def look_for_missing_columns(app, db, schema):
    """What is told of a table whose model has grown since it was made, a view, and what is not
    there."""
    table = add_table(db, "users", schema=schema)
    with app.app_context():
        table.create(db.engine)
    execute(app, db, f"CREATE VIEW {schema}.a_view AS SELECT id FROM {schema}.users")
    for name in ("users", "a_view", "gone"):
        columns = db.Column("Email", db.String(9)), db.Column("xmin", db.Integer, system=True)
        add_table(db, name, schema=schema, extend_existing=True)
        for column in columns:
            db.metadata.tables[f"{schema}.{name}"].append_column(column)
    return messages(look_at_columns(app))[0].partition(": ")[2]


def test_missing_columns_of_postgresql_are_named(make_db, pg_schema):
    app, db = make_db(POSTGRESQL)
    said = look_for_missing_columns(app, db, pg_schema)
    assert said == f"{pg_schema}.a_view.Email, {pg_schema}.users.Email"


def test_missing_columns_of_mariadb_are_named(make_db, mariadb_schema):
    app, db = make_db(MARIADB)
    said = look_for_missing_columns(app, db, mariadb_schema)
    assert said == f"{mariadb_schema}.a_view.Email, {mariadb_schema}.users.Email"


@pytest.mark.parametrize("url", [POSTGRESQL, MARIADB])
def test_columns_of_the_default_schema_are_there(make_db, url):
    must_answer(url)
    app, db = make_db(url)
    name = f"bootcheck_{uuid.uuid4().hex[:12]}"
    table = add_table(db, name)
    with app.app_context():
        table.create(db.engine)
        try:
            assert look_at_columns(app).status is Status.PASS
            add_table(db, f"{name}_more")
            table.append_column(db.Column("email", db.String(9)))
            assert messages(look_at_columns(app))[0].endswith(f": {name}.email")
        finally:
            table.drop(db.engine)
