"""Does the database answer, and is it initialised? With SQLite, and with servers that are not."""

from __future__ import annotations

import gc
import socket
from importlib.metadata import version

import pytest
from flask import Flask
from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.pool import QueuePool

from flask_bootcheck.checks import BUILT_IN, database
from flask_bootcheck.checks.database import describe
from flask_bootcheck.findings import Status
from flask_bootcheck.redaction import Redactor
from flask_bootcheck.runner import run

from ..helpers import make_boot

SECRET = "p@ss/w0rd:x#y"


def look(app, *, environ=None, **settings):
    """The two results, run as a worker runs them: in native threads, with a deadline."""
    checks = [check for check in BUILT_IN if check.area == "database"]
    boot = make_boot({"timeout": 5, **settings}, app=app)
    return run(checks, boot, Redactor.of(app.config, environ or {})).results


def add_table(db, name, **options):
    return db.Table(name, db.metadata, db.Column("id", db.Integer, primary_key=True), **options)


def messages(result):
    return [finding.message for finding in result.findings]


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def test_an_app_without_a_database_is_skipped():
    results = look(Flask("plain"))
    assert [result.status for result in results] == [Status.SKIP] * 2


def test_a_file_that_is_not_there_is_not_made(make_db, tmp_path):
    """Connecting would make it, empty, and hide that it was not there."""
    app, db = make_db("sqlite:///shop.db")
    add_table(db, "users")
    answers, tables = look(app)
    assert (answers.status, tables.status) == (Status.PASS, Status.FAIL)
    assert answers.note == f"sqlite:///{tmp_path}/shop.db not opened"
    assert messages(tables) == [
        f"1 of 1 tables are missing in sqlite:///{tmp_path}/shop.db: users",
    ]
    assert list(tmp_path.iterdir()) == []


def test_a_file_with_all_tables_passes_and_one_with_some_tells_the_others(make_db):
    app, db = make_db("sqlite:///shop.db")
    for number in range(8):
        add_table(db, f"t{number}")
    with app.app_context():
        db.create_all()
        assert [result.status for result in look(app)] == [Status.PASS] * 2
        for number in (7, 0, 1, 2, 3, 4):
            db.metadata.tables[f"t{number}"].drop(db.engine)
    (finding,) = look(app)[1].findings
    assert "6 of 8 tables are missing" in finding.message
    assert finding.message.endswith(": t0, t1, t2, t3, t4 and 1 more")
    assert (finding.observed, finding.limit, finding.unit) == (2, 8, "tables")


def test_a_file_that_is_no_database_is_unreachable(make_db, tmp_path):
    (tmp_path / "shop.db").write_text("this is no database " * 100)
    app, db = make_db("sqlite:///shop.db")
    add_table(db, "users")
    answers, tables = look(app)
    assert messages(answers) == [f"sqlite:///{tmp_path}/shop.db: file is not a database"]
    assert messages(tables) == []
    assert "tables were not looked at" in tables.note


def test_a_database_in_memory_is_the_one_the_app_has(make_db):
    app, db = make_db("sqlite:///:memory:")
    add_table(db, "users")
    assert messages(look(app)[1]) == ["1 of 1 tables are missing in sqlite:///:memory:: users"]
    with app.app_context():
        db.create_all()
    assert [result.status for result in look(app)] == [Status.PASS] * 2


def test_each_engine_is_looked_at_by_its_name(make_db, tmp_path):
    binds = {"log": f"sqlite:///{tmp_path}/no/such/folder.db"}
    app, db = make_db("sqlite:///:memory:", SQLALCHEMY_BINDS=binds)
    db.Table("entries", db.metadatas["log"], db.Column("id", db.Integer))
    add_table(db, "users")
    _, tables = look(app)
    assert {f.component for f in tables.findings} == {"default", "log"}


def test_flask_sqlalchemy_lite_has_engines_and_knows_no_models(tmp_path):
    if version("flask").startswith("2."):
        pytest.skip("Flask-SQLAlchemy-Lite needs Flask 3")
    from flask_sqlalchemy_lite import SQLAlchemy as Lite

    app = Flask("lite", instance_path=str(tmp_path))
    app.config["SQLALCHEMY_ENGINES"] = {"default": "sqlite://", "log": "sqlite:///log.db"}
    lite = Lite(app)
    answers, tables = look(app)
    with app.app_context():
        for engine in lite.engines.values():
            engine.dispose()
    assert answers.status is tables.status is Status.PASS
    assert answers.note == f"sqlite:///:memory:; sqlite:///{tmp_path}/log.db not opened"
    assert tables.note == "tables not checked: only Flask-SQLAlchemy knows the models"
    assert not (tmp_path / "log.db").exists()


@pytest.mark.parametrize(
    "driver", ["postgresql+psycopg", "postgresql+psycopg2", "mysql+pymysql", "postgresql"]
)
@pytest.mark.parametrize("quoted", [False, True], ids=["raw", "quoted"])
def test_a_server_that_is_not_there_fails_and_the_password_stays_here(make_db, driver, quoted):
    url = make_url(f"{driver}://shop@127.0.0.1:{free_port()}/shop").set(password=SECRET)
    uri = url.render_as_string(hide_password=False)
    if not quoted:
        uri = uri.replace("p%40ss%2Fw0rd%3Ax%23y", SECRET)
    app, db = make_db(uri)
    add_table(db, "users")
    answers, tables = look(app)
    assert answers.status is Status.FAIL
    assert tables.status is Status.PASS, "that is another check's finding"
    said = f"{answers}{tables}"
    assert not [piece for piece in (SECRET, "w0rd", "ss/w", "%40ss") if piece in said]
    if quoted:
        assert "refused" in said


def test_a_server_that_never_answers_fails_at_the_deadline(make_db):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        app, _ = make_db(f"postgresql+psycopg2://shop:x@127.0.0.1:{port}/shop")
        answers = look(app, timeout=0.2)[0]
        assert messages(answers) == ["no answer in 0.2 s"]
        silent.accept()[0].close()


def test_a_pool_that_is_busy_is_not_a_database_that_is_dead(make_db):
    app, db = make_db(
        "sqlite:///shop.db",
        SQLALCHEMY_ENGINE_OPTIONS={
            "poolclass": QueuePool,
            "pool_size": 1,
            "max_overflow": 0,
            "pool_timeout": 0.1,
        },
    )
    with app.app_context(), db.engine.connect():
        assert look(app)[0].status is Status.PASS
        assert db.engine.pool.checkedout() == 1


def test_listeners_of_the_engine_see_our_connections_once(make_db):
    app, db = make_db("sqlite:///shop.db")
    calls = []
    with app.app_context():
        event.listen(db.engine, "connect", lambda connection, _: calls.append(connection))
        db.create_all()
        with db.engine.connect():
            before = len(calls)
    assert look(app)[0].status is Status.PASS
    assert len(calls) == before + 1


def test_listeners_on_all_engines_see_our_connections_once(make_db):
    """The recipe that most projects have for SQLite's pragmas."""
    calls = []

    def listener(connection, _record):
        calls.append(connection)

    event.listen(Engine, "connect", listener)
    try:
        app, db = make_db("sqlite:///shop.db")
        with app.app_context():
            db.create_all()
        before = len(calls)
        assert look(app)[0].status is Status.PASS
        assert len(calls) == before + 1
    finally:
        event.remove(Engine, "connect", listener)


def test_a_copy_goes_with_its_engine():
    engine = create_engine("sqlite:////nowhere/x.db")
    assert database._without_pool(engine) is database._without_pool(engine)
    before = len(database._copies)
    del engine
    gc.collect()
    assert len(database._copies) < before


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("sqlite://", "sqlite:///:memory:"),
        ("sqlite:////srv/shop.db", "sqlite:////srv/shop.db"),
        ("postgresql+psycopg://u:p@db:5432/shop?sslmode=x", "postgresql://***@db:5432/shop"),
        ("postgresql+psycopg://db/shop", "postgresql://db/shop"),
        ("postgresql+psycopg:///shop?password=p", "postgresql:///shop"),
        ("mysql+pymysql://u@h/", "mysql://***@h/"),
    ],
)
def test_a_database_is_named_without_user_and_query(url, said):
    assert describe(create_engine(url)) == said
