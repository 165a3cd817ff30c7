"""The migrations of an app: Flask-Migrate's, or those an `alembic.ini` in the project names.

Alembic itself reads them. Its `env.py` is not run: that is the user's own, connects as it likes, and
usually configures the logging anew.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from alembic.script import ScriptDirectory
    from flask import Flask
    from sqlalchemy import Connection

_MIGRATE = "migrate"
_INI = "alembic.ini"

_known: WeakKeyDictionary[Flask, Scripts] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class State:
    """Where a database stands: revisions that are ``unknown`` to the scripts, those ``pending``, oldest
    first, and whether it has ever been ``stamped``."""

    unknown: tuple[str, ...] = ()
    pending: tuple[str, ...] = ()
    stamped: bool = True


class Scripts:
    """What the migration scripts say. Each is a module, hundreds maybe: they are read anew when a
    question has not been asked before, and not kept."""

    def __init__(self, app: Flask, root: Path) -> None:
        self._config = _config_of(app, root)
        self._options = _options_of(app)
        self._table = self._options.get("version_table", "alembic_version")
        self._states: dict[tuple[str, ...], State] = {}
        script = self._read()
        heads = script.get_revisions("heads")
        self.heads = tuple(sorted(head.revision for head in heads))
        #: Whether each head is a branch with a name, so that there are several on purpose.
        self.are_branches = all(head.branch_labels for head in heads)

    def state_of(self, connection: Connection) -> State | None:
        """Where a database stands; ``None`` when it has no table for that."""
        from alembic.runtime.migration import MigrationContext
        from sqlalchemy import inspect

        context = MigrationContext.configure(connection, opts=self._options)
        current = tuple(sorted(context.get_current_heads()))
        schema = self._options.get("version_table_schema")
        if not current and not inspect(connection).has_table(self._table, schema=schema):
            return None
        return self._state_at(current)

    def has_other_tables(self, connection: Connection) -> bool:
        """Whether there are tables in the database besides that of the revision."""
        from sqlalchemy import inspect

        return bool({*inspect(connection).get_table_names()} - {self._table})

    def everything(self) -> State:
        """Where a database stands that has never been migrated."""
        return self._state_at(())

    def _state_at(self, current: tuple[str, ...]) -> State:
        if current not in self._states:
            self._states[current] = self._compare(current)
        return self._states[current]

    def _compare(self, current: tuple[str, ...]) -> State:
        if current == self.heads:
            return State()
        script = self._read()
        there = {one.revision for one in script.walk_revisions()}
        unknown = tuple(revision for revision in current if revision not in there)
        if unknown:
            return State(unknown, (), bool(current))
        ahead = script.iterate_revisions("heads", current or "base", implicit_base=True)
        pending = tuple(one.revision for one in ahead if one.revision not in current)
        return State((), pending[::-1], bool(current))

    def _read(self) -> ScriptDirectory:
        from alembic.script import ScriptDirectory

        with _path_as_it_was():
            script = ScriptDirectory.from_config(self._config)
            script.get_heads()  # reads them
        return script


def why_not_looked_at(app: Flask, root: Path, may_import: bool) -> str | None:
    """Why the migrations of an app are not looked at; empty when they are, ``None`` when it has none.

    :param may_import: whether Alembic may be imported for it. With all it brings that is 11 MiB, which
        a worker shall not need for our sake.
    """
    migrate = app.extensions.get(_MIGRATE)
    if migrate is not None:
        folder = Path(str(getattr(migrate, "directory", "")))
        return "" if (folder / "env.py").is_file() else None
    if not (root / _INI).is_file():
        return None
    if "alembic" in sys.modules:
        return ""
    if find_spec("alembic") is None:
        return None
    return "" if may_import else "the app does not import Alembic: flask bootcheck looks"


def scripts_of(app: Flask, root: Path) -> Scripts:
    """The scripts of an app that has some, read once; inside its context.

    :raises Exception: whatever they raise when they are read.
    """
    if app not in _known:
        _known[app] = Scripts(app, root)
    return _known[app]


def _config_of(app: Flask, root: Path) -> Any:
    migrate = app.extensions.get(_MIGRATE)
    if migrate is not None:
        return migrate.migrate.get_config()
    from alembic.config import Config

    return Config(str(root / _INI))


def _options_of(app: Flask) -> dict[str, Any]:
    """Where the revision is kept, as far as `Migrate(...)` was told."""
    given = getattr(app.extensions.get(_MIGRATE), "configure_args", {})
    return {name: value for name, value in given.items() if name.startswith("version_table")}


@contextmanager
def _path_as_it_was() -> Iterator[None]:
    """`prepend_sys_path` in an `alembic.ini` is for its commands."""
    before = list(sys.path)
    try:
        yield
    finally:
        sys.path[:] = before
