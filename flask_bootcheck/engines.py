"""The SQLAlchemy engines of an app: those of its extension, and those it has shown to `watch`.

Nothing here connects, and SQLAlchemy is not imported: who has an engine has done that.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .errors import UsageError
from .settings import EXTENSION

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy import Engine, MetaData

#: Under which SQLAlchemy's extensions are known to an app.
_SQLALCHEMY = "sqlalchemy"

#: How SQLAlchemy's error ends where a URL begins with ``postgres://``, as Heroku's did.
_OLD_NAME = "sqlalchemy.dialects:postgres"
#: Modules of drivers, and what to install for them.
_DRIVERS = {
    "psycopg": "psycopg[binary]",
    "psycopg2": "psycopg2-binary",
    "pymysql": "PyMySQL",
    "MySQLdb": "mysqlclient",
    "mariadb": "mariadb",
    "oracledb": "oracledb",
    "pyodbc": "pyodbc",
}


@dataclass(frozen=True, slots=True)
class Known:
    """An engine: ``name`` is its bind key, or what the app calls it; ``metadata`` is what should be
    in its database, ``None`` where nobody says."""

    name: str
    engine: Engine
    metadata: MetaData | None = None


def watch(known: list[Known], engine: Any, name: str, metadata: Any) -> None:
    """Add one that the app shows us.

    :raises UsageError: when it is no engine, or is there already, it or its name.
    """
    if not _is_a("Engine", engine):
        raise UsageError(_why_no_engine(engine))
    if metadata is not None and not _is_a("MetaData", metadata):
        raise UsageError(
            f"watch(name={name!r}): metadata={metadata!r} is no MetaData: Base.metadata is one"
        )
    for one in known:
        if one.name == name:
            raise UsageError(f"there is an engine {name!r} already: each name once")
        if one.engine is engine:
            raise UsageError(f"this engine is watched as {one.name!r} already: each engine once")
    known.append(Known(name, engine, metadata))


def has_databases(app: Flask) -> bool:
    """Whether an app has a SQLAlchemy database, be it one that cannot be looked at."""
    if has_engines(app) or why_not_seen(app):
        return True
    return _inside(app, lambda: bool([*unmade_engines(app)]))


def has_engines(app: Flask) -> bool:
    """Whether there is an engine to look at."""
    return _inside(app, lambda: bool(known_engines(app)))


def why_not_seen(app: Flask) -> str:
    """Which extension does not show its engines, where ``watch`` was not given them either; empty where
    there is nothing of the kind."""
    extension = app.extensions.get(_SQLALCHEMY)
    if extension is None or _watched(app):
        return ""
    if _inside(app, lambda: _engines_of(extension) is not None):
        return ""
    return f"{_unread(extension)}: its databases were not looked at"


def _inside(app: Flask, look: Callable[[], bool]) -> bool:
    """Look inside the context of an app. What it does itself at the end of one may raise."""
    found = False
    with suppress(Exception), app.app_context():
        found = look()
    return found


def _unread(extension: object) -> str:
    """What it is, and that we cannot read it."""
    kind = type(extension)
    if kind.__module__.partition(".")[0] != "flask_sqlalchemy" or hasattr(kind, "engines"):
        return f"{kind.__module__}.{kind.__qualname__} does not show its engines"
    from importlib.metadata import PackageNotFoundError, version

    try:
        return f"Flask-SQLAlchemy {version('Flask-SQLAlchemy')} is not read (3.0 or later is)"
    except PackageNotFoundError:
        return "this Flask-SQLAlchemy is not read (3.0 or later is)"


def known_engines(app: Flask) -> list[Known]:
    """The engines of an app, each once; inside its context. What ``watch`` was told of an engine
    counts, where an extension has it too."""
    watched = _watched(app)
    shown = {id(one.engine) for one in watched}
    return [one for one in _of_extension(app) if id(one.engine) not in shown] + watched


def unmade_engines(app: Flask) -> Iterator[tuple[str, Any]]:
    """Names and URLs that Flask-SQLAlchemy was given, and has made no engine of: an app that goes
    on after its ``init_app`` has raised."""
    extension = app.extensions.get(_SQLALCHEMY)
    if not hasattr(extension, "metadatas"):
        return
    made = {one.name for one in _of_extension(app)}
    binds = {None: app.config.get("SQLALCHEMY_DATABASE_URI")}
    binds |= app.config.get("SQLALCHEMY_BINDS") or {}
    for bind, options in binds.items():
        url = options.get("url") if isinstance(options, dict) else options
        if url and _name(bind) not in made:
            yield _name(bind), url


def why_not_made(url: Any) -> tuple[str, str]:
    """Why SQLAlchemy makes no engine of a URL, and what to do about it."""
    from sqlalchemy import make_url

    try:
        make_url(url).get_dialect().import_dbapi()
    except Exception as error:
        return f"{type(error).__name__}: {error}", hint_of(error)
    return "it was not made", "init_app() has raised: see the log of the boot"


def hint_of(error: BaseException) -> str:
    """What to do when SQLAlchemy raises this as it makes an engine; empty for anything else."""
    kind = type(error).__name__
    if kind == "NoSuchModuleError" and str(error).endswith(_OLD_NAME):
        return "SQLAlchemy calls it postgresql: write postgresql:// in the URL for postgres://"
    if kind == "NoSuchModuleError":
        return "is the scheme of the database URL right, and the package with its dialect there?"
    package = _DRIVERS.get(getattr(error, "name", None) or "")
    if kind != "ModuleNotFoundError" or package is None:
        return ""
    return f"the driver is missing: pip install {package}, or name the one that is there in the URL"


def describe(engine: Engine) -> str:
    """Which database, for people: ``postgresql://***@db:5432/shop``. No user, no query."""
    url = engine.url
    name = url.get_backend_name()
    if url.host is None and name == "sqlite":
        return f"{name}:///{url.database or ':memory:'}"
    userinfo = "***@" if url.username or url.password else ""
    port = f":{url.port}" if url.port else ""
    return f"{name}://{userinfo}{url.host or ''}{port}/{url.database or ''}"


def _of_extension(app: Flask) -> list[Known]:
    """Both extensions have ``engines`` by bind key, inside an app context; one has the models."""
    extension = app.extensions.get(_SQLALCHEMY)
    metadatas = getattr(extension, "metadatas", {})
    engines = _engines_of(extension) or {}
    return [Known(_name(bind), engine, metadatas.get(bind)) for bind, engine in engines.items()]


def _engines_of(extension: object) -> Mapping[str | None, Engine] | None:
    """``None`` where it has none to show: an older one, one that we do not know, one that is not made
    for this app."""
    try:
        engines = getattr(extension, "engines", None)
    except Exception:  # a property, and what it raises is its own affair
        return None
    return engines if isinstance(engines, Mapping) else None


def _name(bind: str | None) -> str:
    return bind or "default"


def _watched(app: Flask) -> list[Known]:
    watched = app.extensions.get(EXTENSION)
    return list(watched.engines) if watched is not None else []


def _is_a(name: str, value: object) -> bool:
    """By the package, or by the module where it was before SQLAlchemy 2."""
    homes = [sys.modules.get(module) for module in ("sqlalchemy", "sqlalchemy.engine")]
    kinds = [kind for home in homes if (kind := getattr(home, name, None)) is not None]
    return isinstance(value, tuple(kinds))


def _why_no_engine(value: object) -> str:
    kind = type(value).__name__
    if kind == "AsyncEngine":
        return "watch() takes no AsyncEngine, which answers in its own loop only: write a check"
    return f"watch() takes an Engine of SQLAlchemy, create_engine(url), not a {kind}"
