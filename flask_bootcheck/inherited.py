"""Connections that were open when this process was forked: two processes on one socket, each of
which may read the answer to the other's question.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from sqlalchemy import Engine, Pool

_found: WeakKeyDictionary[Engine, Inherited] = WeakKeyDictionary()
#: Pools that were replaced. What is in them must not be collected here: some drivers would say good-bye
#: to the server, on the socket of the parent.
_kept: list[Pool] = []


@dataclass(frozen=True, slots=True)
class Inherited:
    """``idle`` connections lay in the pool of an engine, ``held`` ones were in use. ``pool`` is the one
    the engine had from then on, ``is_replaced`` whether we have made it."""

    idle: int
    held: int
    pool: Pool
    is_replaced: bool


def disown(engines: Iterable[Engine], replace: bool) -> None:
    """In a child, before anything else: note what it has inherited, and give each engine a pool of its
    own. Quick, and no connection is touched.

    Queue pools only: a database in memory lives in its one connection, a NullPool keeps none, and what a
    pool of another class does with another process nobody knows.
    """
    if "sqlalchemy" not in sys.modules:
        return
    from sqlalchemy.pool import QueuePool

    for engine in engines:
        pool = engine.pool
        if type(pool) is not QueuePool:
            continue
        idle, held = pool.checkedin(), pool.checkedout()
        if idle + held == 0:
            continue
        if replace:
            _kept.append(pool)
            engine.dispose(close=False)
        _found[engine] = Inherited(idle, held, engine.pool, replace)


def inherited_by(engine: Engine) -> Inherited | None:
    """What an engine had open when this process was forked; ``None`` for nothing, or where its pool has
    been replaced by somebody else since."""
    inherited = _found.get(engine)
    return inherited if inherited is not None and inherited.pool is engine.pool else None
