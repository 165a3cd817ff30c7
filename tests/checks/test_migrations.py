"""Is the database where the code expects it? With real revisions, of Flask-Migrate and of Alembic."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import pytest
from flask import Flask
from flask_migrate import Migrate, downgrade, upgrade
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import create_engine, text

from flask_bootcheck import BootCheck
from flask_bootcheck.boot import Server
from flask_bootcheck.checks import BUILT_IN
from flask_bootcheck.findings import Status
from flask_bootcheck.migrations import why_not_looked_at
from flask_bootcheck.redaction import Redactor
from flask_bootcheck.runner import run

from ..databases import MARIADB, POSTGRESQL
from ..helpers import make_boot

ENV = """
from alembic import context
from flask import current_app

options = current_app.extensions["migrate"].configure_args
with current_app.extensions["migrate"].db.engine.connect() as connection:
    context.configure(connection=connection, **options)
    with context.begin_transaction():
        context.run_migrations()
"""
REVISION = """
from alembic import op
import sqlalchemy as sa

revision = {revision!r}
down_revision = {down!r}
branch_labels = {label!r}
depends_on = None

def upgrade():
    op.create_table("t_{revision}", sa.Column("id", sa.Integer))

def downgrade():
    op.drop_table("t_{revision}")
"""


def write_revisions(folder: Path, *revisions: tuple[str, str | None], label: str | None = None):
    """Revisions, each with the one before it; without arguments ``a``, ``b`` and ``c``."""
    (folder / "versions").mkdir(parents=True, exist_ok=True)
    (folder / "env.py").write_text(ENV)
    (folder / "alembic.ini").write_text("[alembic]\npath_separator = os\n")
    for revision, down in revisions or (("a", None), ("b", "a"), ("c", "b")):
        filled = REVISION.format(
            revision=revision, down=down, label=label and f"{label}_{revision}"
        )
        (folder / "versions" / f"{revision}.py").write_text(filled)


def look(app, root=None):
    """The results by the part of the id behind the dot; as a worker runs them."""
    checks = [check for check in BUILT_IN if check.area == "migrations"]
    facts = {"root": root} if root else {}
    results = run(checks, make_boot({"timeout": 5}, app=app, **facts), Redactor()).results
    return {result.id.partition(".")[2]: result for result in results}


def said(result):
    return [finding.message for finding in result.findings]


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A folder with migrations, which is the current one."""
    monkeypatch.chdir(tmp_path)
    write_revisions(tmp_path / "migrations")
    return tmp_path


@pytest.fixture
def migrated(project, make_db):
    """An app with Flask-Migrate."""

    def make(uri="sqlite:///shop.db", **options):
        app, db = make_db(uri)
        Migrate(app, db, directory=str(project / "migrations"), **options)
        return app

    return make


def to(app, revision, step=upgrade):
    with app.app_context():
        step(revision=revision)


# -- Flask-Migrate -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "server", [None, "pg_schema", "mariadb_schema"], ids=["sqlite", "postgresql", "mariadb"]
)
def test_a_database_behind_the_code_fails_until_it_is_upgraded(migrated, request, server):
    uri = "sqlite:///shop.db"
    if server is not None:
        schema = request.getfixturevalue(server)
        uri = MARIADB.rpartition("/")[0] + f"/{schema}"
        if server == "pg_schema":
            uri = f"{POSTGRESQL}?options=-c%20search_path%3D{schema}"
    app = migrated(uri)
    to(app, "a")
    pending = look(app)["pending"]
    assert pending.status is Status.FAIL
    assert said(pending)[0].endswith(" is 2 migrations behind: b, c")
    assert "://***@" in said(pending)[0] or server is None
    to(app, "head")
    assert {name: r.status for name, r in look(app).items()} == dict.fromkeys(
        ("branched", "pending", "ahead"), Status.PASS
    )


def test_a_database_that_was_never_migrated_is_behind_by_all(migrated, tmp_path):
    app = migrated()
    assert said(look(app)["pending"])[0].endswith(" is 3 migrations behind: a, b, c")
    assert not (tmp_path / "shop.db").exists()
    (tmp_path / "shop.db").touch()
    assert said(look(app)["pending"])[0].endswith(" is 3 migrations behind: a, b, c")


def test_one_that_was_downgraded_to_its_base_is_behind_by_all(migrated):
    app = migrated()
    to(app, "head")
    to(app, "base", downgrade)
    assert said(look(app)["pending"])[0].endswith(" is 3 migrations behind: a, b, c")


def test_tables_that_nobody_has_stamped_warn(migrated):
    app = migrated()
    with app.app_context(), app.extensions["sqlalchemy"].engine.begin() as connection:
        connection.execute(text("CREATE TABLE made_by_hand (id INTEGER)"))
    pending = look(app)["pending"]
    assert pending.status is Status.WARN
    assert said(pending)[0].endswith(" has tables, and no revision of them is noted")


def test_a_database_that_is_newer_than_the_code_warns(migrated, project):
    """The old version still runs while the new one has migrated, or a deploy was rolled back."""
    app = migrated()
    to(app, "head")
    (project / "migrations" / "versions" / "c.py").unlink()
    results = look(app)
    assert results["ahead"].status is Status.WARN
    assert said(results["ahead"])[0].endswith(" is at c, which no migration of this code is")
    assert results["pending"].status is Status.PASS


@pytest.mark.parametrize("label", [None, "branch"], ids=["by accident", "with labels"])
def test_several_heads_warn_unless_they_are_branches_with_labels(migrated, project, label):
    write_revisions(project / "migrations", ("d", "b"), label=None)
    if label:
        for revision, down in (("c", "b"), ("d", "b")):
            write_revisions(project / "migrations", (revision, down), label=label)
    app = migrated()
    branched = look(app)["branched"]
    assert said(branched) == ([] if label else ["2 heads: c, d"])
    to(app, "heads")
    assert look(app)["pending"].status is Status.PASS
    assert said(look(migrated())["branched"]) == said(branched)


def test_one_of_two_heads_is_not_all_of_them(migrated, project):
    write_revisions(project / "migrations", ("d", "b"))
    app = migrated()
    to(app, "c")
    assert said(look(app)["pending"])[0].endswith(" is 1 migration behind: d")


def test_the_table_of_the_revision_may_have_another_name(migrated):
    app = migrated(version_table="shop_version")
    to(app, "b")
    assert said(look(app)["pending"])[0].endswith(" is 1 migration behind: c")
    to(app, "head")
    assert look(app)["pending"].status is Status.PASS


def test_migrations_that_cannot_be_read_warn_and_it_is_not_our_bug(migrated, project):
    (project / "migrations" / "versions" / "c.py").write_text("revision = 'c'\nimport no_such\n")
    results = look(migrated())
    assert said(results["branched"]) == [
        "the migrations cannot be read: ModuleNotFoundError: No module named 'no_such'"
    ]
    assert results["pending"].note == "the migrations cannot be read"
    assert results["pending"].status is results["ahead"].status is Status.PASS


def test_a_database_that_does_not_answer_is_another_checks_finding(migrated):
    results = look(migrated("postgresql+psycopg2://shop:zq@127.0.0.1:1/shop"))
    assert results["pending"].status is results["ahead"].status is Status.PASS
    assert "does not answer" in results["pending"].note


def test_the_scripts_are_not_kept_and_not_read_again(migrated, project, monkeypatch):
    app = migrated()
    to(app, "a")
    assert said(look(app)["pending"])
    for file in (project / "migrations" / "versions").glob("*.py"):
        file.unlink()
    assert said(look(app)["pending"]), "what was asked before is remembered"


def test_neither_the_logging_nor_the_path_of_the_app_is_touched(migrated, project):
    """As running ``env.py`` would do, and ``prepend_sys_path`` does."""
    ini = "[alembic]\npath_separator = os\nprepend_sys_path = /nowhere\n"
    (project / "migrations" / "alembic.ini").write_text(ini)
    (project / "migrations" / "env.py").write_text("raise SystemExit('never run')")
    app = migrated()
    before = [*sys.path], logging.getLogger().handlers[:]
    assert said(look(app)["pending"])
    assert before == ([*sys.path], logging.getLogger().handlers)


# -- several databases -------------------------------------------------------------------------------


def test_another_database_counts_when_it_has_one_of_our_revisions(project, make_db, tmp_path):
    binds = {"log": f"sqlite:///{tmp_path}/log.db", "stranger": f"sqlite:///{tmp_path}/stranger.db"}
    app, db = make_db("sqlite:///shop.db", SQLALCHEMY_BINDS=binds)
    Migrate(app, db)
    to(app, "head")
    with app.app_context():
        for name, revision in (("log", "b"), ("stranger", "xyz")):
            with db.engines[name].begin() as connection:
                connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32))"))
                connection.execute(text(f"INSERT INTO alembic_version VALUES ('{revision}')"))
    results = look(app)
    assert [finding.component for finding in results["pending"].findings] == ["log"]
    assert said(results["ahead"]) == [], "it is another app's"


# -- Alembic alone -----------------------------------------------------------------------------------


def test_an_alembic_ini_in_the_project_is_enough(project):
    (project / "alembic.ini").write_text(
        "[alembic]\npath_separator = os\nscript_location = %(here)s/migrations\n"
    )
    engine = create_engine(f"sqlite:///{project}/plain.db")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32))"))
        connection.execute(text("INSERT INTO alembic_version VALUES ('b')"))
    bootcheck, app = BootCheck(), Flask("plain")
    bootcheck.init_app(app)
    bootcheck.watch(engine, name="stock")
    results = look(app, project)
    engine.dispose()
    assert said(results["pending"]) == [f"sqlite:///{project}/plain.db is 1 migration behind: c"]
    assert results["branched"].note == "head c"


def test_a_worker_does_not_import_alembic_for_us(tmp_path, monkeypatch):
    (tmp_path / "alembic.ini").touch()
    monkeypatch.delitem(sys.modules, "alembic")
    app = Flask("plain")
    assert why_not_looked_at(app, tmp_path, may_import=True) == ""
    boot = make_boot(app=app, root=tmp_path, server=Server("gunicorn"))
    result = run(
        [check for check in BUILT_IN if check.id == "migrations.pending"], boot, Redactor()
    )
    assert result.results[0].reason == "the app does not import Alembic: flask bootcheck looks"
    monkeypatch.setitem(sys.modules, "alembic", object())
    assert why_not_looked_at(app, tmp_path, may_import=False) == ""


@pytest.mark.parametrize("has_extension", [True, False])
def test_without_migrations_there_is_nothing_to_look_at(tmp_path, make_db, has_extension):
    app, db = make_db("sqlite:///shop.db")
    if has_extension:
        Migrate(app, db, directory=str(tmp_path / "none"))
    results = look(app, tmp_path)
    assert {result.reason for result in results.values()} == {"no migrations in this project"}
    assert isinstance(db, SQLAlchemy)


def test_without_an_engine_to_look_at_nothing_is_said_of_its_database(migrated):
    """Where a database stands is not known; the scripts are."""
    app = migrated()
    db = app.extensions["sqlalchemy"]
    app.extensions["sqlalchemy"] = object()
    found = {name: result.status for name, result in look(app).items()}
    app.extensions["sqlalchemy"] = db
    assert found == {"branched": Status.PASS, "pending": Status.SKIP, "ahead": Status.SKIP}
