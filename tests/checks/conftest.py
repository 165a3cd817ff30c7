"""Databases to look at."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import create_engine, text

from ..databases import MARIADB, POSTGRESQL, must_answer


@pytest.fixture
def make_db(tmp_path: Path) -> Iterator[Callable[..., tuple[Flask, SQLAlchemy]]]:
    """Makes apps with Flask-SQLAlchemy, and closes what they opened."""
    made: list[tuple[Flask, SQLAlchemy]] = []

    def make(uri: str, **config: object) -> tuple[Flask, SQLAlchemy]:
        app = Flask("shop", instance_path=str(tmp_path))
        app.config.update(SQLALCHEMY_DATABASE_URI=uri, **config)
        made.append((app, SQLAlchemy(app)))
        return made[-1]

    yield make
    # A check that was given up goes on, and SQLite does not survive that its connection is closed then.
    for thread in threading.enumerate():
        if thread.name.startswith("bootcheck database."):
            thread.join(5)
    for app, db in made:
        with app.app_context():
            db.session.remove()
            for engine in db.engines.values():
                engine.dispose()


def _fresh(url: str, create: str, drop: str) -> Iterator[str]:
    """The name of a schema of our own on a server."""
    must_answer(url)
    name = f"bootcheck_{uuid.uuid4().hex[:12]}"
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text(create.format(name)))
    yield name
    with engine.begin() as connection:
        connection.execute(text(drop.format(name)))
    engine.dispose()


@pytest.fixture
def pg_schema() -> Iterator[str]:
    """A schema of our own on PostgreSQL."""
    yield from _fresh(POSTGRESQL, "CREATE SCHEMA {}", "DROP SCHEMA {} CASCADE")


@pytest.fixture
def mariadb_schema() -> Iterator[str]:
    """A database of our own on MariaDB."""
    yield from _fresh(MARIADB, "CREATE DATABASE {}", "DROP DATABASE {}")
