"""A small stationery shop: 30 blueprints, one database, no login and no payment."""

import os
import secrets
from collections.abc import Mapping
from typing import Any

from flask import Flask

from . import basket, blueprints, commands, errors
from .extensions import bootcheck, db
from .helpers import money


def create_app(config: Mapping[str, Any] | None = None) -> Flask:
    """Build the shop from the environment; ``config`` has the last word."""
    app = Flask(__name__)
    app.config.from_mapping(
        # A random key is fine for one worker. With several, each would sign its own cookies and
        # a cart would be empty on every other click: set SECRET_KEY then.
        SECRET_KEY=os.environ.get("SECRET_KEY") or secrets.token_hex(32),
        SESSION_COOKIE_SAMESITE="Lax",
        # Flask-SQLAlchemy puts a relative SQLite file into the instance folder.
        SQLALCHEMY_DATABASE_URI=database_url(os.environ.get("DATABASE_URL") or "sqlite:///shop.db"),
        BOOTCHECK_BLUEPRINTS=list(blueprints.NAMES),
    )
    app.config.from_mapping(config or {})

    db.init_app(app)
    blueprints.register(app)
    errors.register(app)
    app.cli.add_command(commands.init_db)
    app.add_template_filter(money)
    app.context_processor(basket.context)
    bootcheck.init_app(app)
    return app


def database_url(url: str) -> str:
    """Name the driver: platforms hand out ``postgres://``, which SQLAlchemy refuses, and a bare
    ``postgresql://`` means psycopg2, which is not installed here."""
    scheme, _, rest = url.partition("://")
    return f"postgresql+psycopg://{rest}" if scheme in {"postgres", "postgresql"} else url
