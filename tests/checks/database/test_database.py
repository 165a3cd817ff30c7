"""Does the database answer, and is it initialised? With SQLite, and with servers that are not."""

from __future__ import annotations

import contextlib
import gc
import socket
import time
from importlib.metadata import version

import pytest
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    Column,
    Engine,
    Integer,
    MetaData,
    Table,
    create_engine,
    event,
    make_url,
    text,
)
from sqlalchemy.exc import NoSuchModuleError
from sqlalchemy.pool import QueuePool

from flask_bootcheck import BootCheck, UsageError
from flask_bootcheck.checks import BUILT_IN
from flask_bootcheck.checks.database import connections
from flask_bootcheck.engines import describe, why_not_made
from flask_bootcheck.findings import Status
from flask_bootcheck.redaction import Redactor
from flask_bootcheck.runner import run

from ...databases import free_port
from ...helpers import make_boot

SECRET = "p@ss/w0rd:x#y"


def look(app, *ids, environ=None, **settings):
    """The results, run as a worker runs them: in native threads, with a deadline. Without ids, those
    of the ping and of the tables."""
    wanted = [f"database.{name}" for name in ids or ("unreachable", "tables-missing")]
    checks = [check for check in BUILT_IN if check.id in wanted]
    boot = make_boot({"timeout": 5, **settings}, app=app)
    return run(checks, boot, Redactor.of(app.config, environ or {})).results


def describe_of(app, db):
    with app.app_context():
        return describe(db.engine)


def look_at_columns(app):
    return look(app, "columns-missing")[0]


def add_table(db, name, **options):
    return db.Table(name, db.metadata, db.Column("id", db.Integer, primary_key=True), **options)


def messages(result):
    return [finding.message for finding in result.findings]


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


def test_a_folder_that_is_not_there_is_unreachable(make_db):
    app, _ = make_db("sqlite:////no/such/folder.db")
    said = "sqlite:////no/such/folder.db: there is no folder /no/such"
    assert messages(look(app)[0]) == [said]


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
    assert finding.message.startswith("6 of 8 tables ")
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
    (message,) = messages(look(app)[1])
    assert message.startswith("1 of 1 tables ")
    assert message.endswith(" sqlite:///:memory:: users")
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


class State:
    """What Flask-SQLAlchemy 2 leaves at the app: no engines to see."""

    def __init__(self):
        self.db = object()


class Raises:
    """An extension whose engines are not made."""

    @property
    def engines(self):
        raise RuntimeError("not for this app")


State.__module__ = "flask_sqlalchemy"


@pytest.mark.parametrize(
    "extension", [State(), Raises(), object()], ids=["2.x", "raises", "unknown"]
)
def test_an_extension_that_shows_no_engine_is_not_looked_at_and_told_once(tmp_path, extension):
    app = Flask("old", instance_path=str(tmp_path))
    app.extensions["sqlalchemy"] = extension
    results = look(
        app, *(check.id.partition(".")[2] for check in BUILT_IN if check.area == "database")
    )
    found = {result.id: result for result in results}
    answers = found.pop("database.unreachable")
    assert [finding.status for finding in answers.findings] == [Status.WARN]
    assert "its databases were not looked at" in answers.findings[0].message
    assert {result.status for result in found.values()} == {Status.SKIP}
    assert all("its databases were not looked at" in result.reason for result in found.values())


def test_an_engine_that_was_shown_is_looked_at_beside_such_an_extension(tmp_path):
    app = Flask("old", instance_path=str(tmp_path))
    app.extensions["sqlalchemy"] = State()
    BootCheck(app).watch(create_engine("sqlite://"), name="default")
    assert [result.status for result in look(app)] == [Status.PASS] * 2


def test_an_engine_of_sqlalchemy_1_can_be_shown(tmp_path, monkeypatch):
    """Its class has no name in the package itself."""
    monkeypatch.delattr("sqlalchemy.Engine")
    app = Flask("old", instance_path=str(tmp_path))
    BootCheck(app).watch(create_engine("sqlite://"), name="default")
    assert [result.status for result in look(app)] == [Status.PASS] * 2


def test_an_extension_without_an_engine_has_nothing_to_pass(tmp_path):
    app = Flask("empty", instance_path=str(tmp_path))
    app.extensions["sqlalchemy"] = type("Lite", (), {"engines": {}})()
    assert [result.status for result in look(app)] == [Status.SKIP] * 2


def test_what_the_app_does_at_the_end_of_a_context_breaks_no_check(make_db):
    app, _ = make_db("sqlite:///:memory:")
    app.teardown_appcontext(lambda _: 1 / 0)
    statuses = {result.status for result in look(app, "file-read-only", "tables-missing")}
    app.teardown_appcontext_funcs.clear()
    assert Status.SKIP not in statuses


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
    assert tables.note == "tables not checked: no models known"
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
        (message,) = messages(answers)
        assert message.startswith(f"postgresql://***@127.0.0.1:{port}/shop: ")
        assert message.endswith(" 0.2 s")
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
    assert connections.without_pool(engine) is connections.without_pool(engine)
    before = len(connections._copies)
    del engine
    gc.collect()
    assert len(connections._copies) < before


# -- columns ---------------------------------------------------------------------------------------


def test_a_column_that_the_model_has_and_the_table_has_not_is_named(make_db):
    app, db = make_db("sqlite:///shop.db")
    table = add_table(db, "users")
    add_table(db, "gone")
    with app.app_context():
        table.create(db.engine)
    table.append_column(db.Column("email", db.String))
    table.append_column(db.Column("age", db.Integer))
    result = look_at_columns(app)
    assert messages(result) == [
        f"2 columns are missing in {describe_of(app, db)}: users.age, users.email"
    ]
    assert (result.status, result.findings[0].component) == (Status.FAIL, "default")


def test_columns_are_looked_at_until_they_have_been_seen(make_db):
    """Whoever adds them while the server runs is not told to restart it."""
    app, db = make_db("sqlite:///shop.db")
    table = add_table(db, "users")
    with app.app_context():
        db.create_all()
        table.append_column(db.Column("email", db.String))
        assert look_at_columns(app).status is Status.FAIL
        with db.engine.begin() as connection:
            connection.execute(text("ALTER TABLE users ADD COLUMN EMAIL VARCHAR"))
            assert look_at_columns(app).status is Status.PASS, "whatever the case"
        table.append_column(db.Column("age", db.Integer))
        assert look_at_columns(app).status is Status.PASS, "it has been seen"
        add_table(db, "imported_later")
        assert look_at_columns(app).status is Status.FAIL


# -- engines that an app shows us ------------------------------------------------------------------


@pytest.fixture
def plain_engine(tmp_path):
    """An engine of an app without an extension."""
    engine = create_engine(f"sqlite:///{tmp_path}/plain.db")
    yield engine
    engine.dispose()


@pytest.mark.parametrize("is_first", [True, False], ids=["before init_app", "after"])
def test_a_watched_engine_is_looked_at_without_any_extension(plain_engine, is_first):
    metadata = MetaData()
    Table("users", metadata, Column("id", Integer))
    with plain_engine.connect():
        bootcheck, app = BootCheck(), Flask("plain")
        if is_first:
            bootcheck.watch(plain_engine, name="stock", metadata=metadata)
            bootcheck.init_app(app)
        else:
            bootcheck.init_app(app)
            bootcheck.watch(plain_engine, name="stock", metadata=metadata)
    answers, tables = look(app)
    assert answers.note == describe(plain_engine)
    assert [finding.component for finding in tables.findings] == ["stock"]


def test_a_watched_engine_of_an_extension_is_looked_at_once_and_by_its_new_name(make_db):
    app, db = make_db("sqlite:///shop.db")
    bootcheck, metadata = BootCheck(app), MetaData()
    Table("users", metadata, Column("id", Integer))
    with app.app_context():
        bootcheck.watch(db.engine, name="shop", metadata=metadata)
    answers, tables = look(app)
    assert answers.note.count("not opened") == 1
    assert [finding.component for finding in tables.findings] == ["shop"]


def test_an_engine_and_a_name_are_watched_once(plain_engine):
    bootcheck, other = BootCheck(), create_engine("sqlite://")
    bootcheck.watch(plain_engine, name="stock")
    with pytest.raises(UsageError, match="there is an engine 'stock' already: each name once"):
        bootcheck.watch(other, name="stock")
    with pytest.raises(UsageError, match="this engine is watched as 'stock' already"):
        bootcheck.watch(plain_engine, name="more")


class AsyncEngine:
    """As SQLAlchemy's, as far as we look at it."""


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("sqlite://", r"takes an Engine of SQLAlchemy, create_engine\(url\), not a str"),
        (AsyncEngine(), "takes no AsyncEngine"),
    ],
)
def test_what_is_no_engine_is_refused(wrong, said):
    with pytest.raises(UsageError, match=said):
        BootCheck().watch(wrong, name="stock")


def test_what_is_no_metadata_is_refused(plain_engine):
    with pytest.raises(UsageError, match=r"is no MetaData: Base\.metadata is one"):
        BootCheck().watch(plain_engine, name="stock", metadata=[])  # type: ignore[arg-type]


# -- which one it is -------------------------------------------------------------------------------


def test_of_several_engines_the_one_that_hangs_is_named_and_the_others_findings_are_kept(make_db):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        place = f"127.0.0.1:{silent.getsockname()[1]}/stock"
        refusing = f"127.0.0.1:{free_port()}/log"
        binds = {
            "log": f"postgresql+psycopg2://shop:y-zq@{refusing}",
            "stock": f"postgresql+psycopg2://shop:x-zq@{place}",
        }
        app, _ = make_db("sqlite://", SQLALCHEMY_BINDS=binds)
        result = look(app, "unreachable", timeout=0.3)[0]
        silent.accept()[0].close()
    refused, hung = result.findings
    assert (refused.component, hung.component) == ("log", "stock")
    assert hung.message.startswith(f"postgresql://***@{place}: ")
    assert hung.message.endswith(" 0.3 s")
    assert result.status is Status.FAIL
    assert not [piece for piece in ("y-zq", "x-zq") if piece in str(result)]


def test_an_engine_has_the_deadline_for_itself(make_db):
    """Two that take a while each are not one that hangs."""
    app, db = make_db("sqlite://", SQLALCHEMY_BINDS={f"b{n}": "sqlite://" for n in range(4)})
    with app.app_context():
        for engine in db.engines.values():
            event.listen(engine.pool, "checkout", lambda *_: time.sleep(0.2))
    assert look(app, "unreachable", timeout=0.5)[0].status is Status.PASS


def test_flask_sqlalchemy_that_could_not_make_its_engine_is_told(tmp_path):
    """An app that goes on after its ``init_app`` has raised."""
    app = Flask("shop", instance_path=str(tmp_path))
    app.config["SQLALCHEMY_DATABASE_URI"] = f"postgres://shop:{SECRET}@db/shop"
    with contextlib.suppress(NoSuchModuleError):
        SQLAlchemy(app)
    (finding,) = look(app, "unreachable")[0].findings
    assert finding.message == (
        "default has no engine: NoSuchModuleError: Can't load plugin: sqlalchemy.dialects:postgres"
    )
    assert "postgresql://" in finding.hint
    assert SECRET not in str(finding)


@pytest.mark.parametrize(
    ("url", "said", "hint"),
    [
        (
            "postgres://h/x",
            "sqlalchemy.dialects:postgres",
            "write postgresql:// in the URL for postgres://",
        ),
        ("oracel://h/x", "sqlalchemy.dialects:oracel", "is the scheme of the database URL right"),
        ("oracle+oracledb://h/x", "No module named 'oracledb'", "pip install oracledb"),
        ("no url", "Could not parse SQLAlchemy URL", ""),
        ("sqlite://", "it was not made", "see the log of the boot"),
    ],
)
def test_a_url_of_which_no_engine_is_made_is_explained(url, said, hint):
    message, advice = why_not_made(url)
    assert said in message
    assert hint in advice
    assert bool(hint) is bool(advice)


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
