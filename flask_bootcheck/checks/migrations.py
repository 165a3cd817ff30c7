"""Is the database where the code expects it?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..boot import Boot, Stage
from ..engines import Known, describe, known_engines
from ..findings import Attempt, Finding, fail, warn
from ..migrations import Scripts, State, scripts_of
from ..registry import check
from .database.connections import app_of, is_absent_file, is_private_memory, shorten, without_pool


@dataclass(frozen=True, slots=True)
class _Seen:
    """Where the database of an engine stands; ``has_tables`` whether there are any in it."""

    known: Known
    state: State
    has_tables: bool = False


@check("migrations.branched", stage=Stage.APP, needs="migrations")
def history_has_one_head(boot: Boot) -> Iterator[Finding | str]:
    """The migrations have one head, or each head is a branch with a label.

    Why: two people have written a migration on top of the same one. `flask db upgrade` and `alembic
    upgrade head` then stop with "Multiple head revisions are present", most likely in the deploy.

    Fix: `flask db merge heads`, or `alembic merge heads`, and commit what it writes. Branches that are
    there on purpose have a label, and are upgraded with `heads`.
    """
    try:
        scripts = scripts_of(app_of(boot), boot.root)
    except Exception as error:
        yield warn(
            f"the migrations cannot be read: {type(error).__name__}: {error}",
            hint="flask db heads (alembic heads) says the same, and more",
        )
        return
    if len(scripts.heads) > 1 and not scripts.are_branches:
        yield warn(
            f"{len(scripts.heads)} heads: {shorten(list(scripts.heads))}",
            hint="flask db merge heads, and commit what it writes",
            observed=len(scripts.heads),
            limit=1,
            unit="heads",
        )
    yield f"head {', '.join(scripts.heads) or 'none'}"


@check("migrations.pending", stage=Stage.LIVE, needs="migrated")
def database_is_at_head(boot: Boot) -> Iterator[Finding | Attempt | str]:
    """Every migration of the code has been applied to the database.

    Why: the code expects tables and columns that the next migration makes. A database that has tables
    and has never been stamped is a warning: who has made them may know.

    Fix: `flask db upgrade` or `alembic upgrade head` where the app is deployed, before it starts. For
    tables that `create_all()` has made, `flask db stamp head`, once.
    """
    for item in _look(boot):
        if not isinstance(item, _Seen):
            yield item
        elif item.state.pending:
            yield _behind(item)


@check("migrations.ahead", stage=Stage.LIVE, needs="migrated")
def database_is_not_newer(boot: Boot) -> Iterator[Finding | Attempt | str]:
    """The revision of the database is one that the code knows.

    Why: the database is newer than the code: a deploy was rolled back and its migrations were not, or
    this is the old version while the new one starts. It may work, or it may not.

    Fix: deploy the code that knows the revision, or downgrade with it.
    """
    for item in _look(boot):
        if isinstance(item, Attempt):
            yield item
        elif isinstance(item, _Seen) and item.state.unknown:
            yield _newer(item)


def _behind(seen: _Seen) -> Finding:
    named, pending = describe(seen.known.engine), seen.state.pending
    if seen.has_tables and not seen.state.stamped:
        return warn(
            f"{named} has tables, and no revision of them is noted",
            hint="flask db stamp head (alembic stamp head) when create_all() has made them",
            component=seen.known.name,
        )
    count = "1 migration" if len(pending) == 1 else f"{len(pending)} migrations"
    return fail(
        f"{named} is {count} behind: {shorten(list(pending))}",
        hint="flask db upgrade (alembic upgrade head) before the app starts",
        observed=len(pending),
        limit=0,
        unit="migrations",
        component=seen.known.name,
    )


def _newer(seen: _Seen) -> Finding:
    return warn(
        f"{describe(seen.known.engine)} is at {', '.join(seen.state.unknown)}, "
        "which no migration of this code is",
        hint="deploy the code that knows it, or downgrade with that code",
        component=seen.known.name,
    )


def _look(boot: Boot) -> Iterator[_Seen | Attempt | str]:
    """Look where each database stands that the migrations are for."""
    app = app_of(boot)
    try:
        scripts = scripts_of(app, boot.root)
    except Exception:
        yield "the migrations cannot be read"
        return
    engines = known_engines(app)
    for known in engines:
        is_main = known.name == "default" or len(engines) == 1
        if is_private_memory(known.engine):
            continue
        yield Attempt(describe(known.engine), known.name)
        yield from _look_at(known, scripts, is_main)


def _look_at(known: Known, scripts: Scripts, is_main: bool) -> Iterator[_Seen | str]:
    """Only the main one must have been migrated; another may be another app's."""
    from sqlalchemy.exc import DBAPIError

    state, has_tables = None, False
    try:
        if not is_absent_file(known.engine):
            with without_pool(known.engine).connect() as connection:
                state = scripts.state_of(connection)
                has_tables = scripts.has_other_tables(connection)
    except (DBAPIError, OSError):
        yield f"{describe(known.engine)} does not answer: its revision was not looked at"
        return
    if is_main:
        yield _Seen(known, state or scripts.everything(), has_tables)
    elif state is not None and not state.unknown:
        yield _Seen(known, state, has_tables)
