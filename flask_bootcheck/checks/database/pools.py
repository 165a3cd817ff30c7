"""Do all the connections that the workers may open fit into the database server?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from ...boot import Boot, Server, Stage
from ...engines import Known, describe, known_engines
from ...findings import Attempt, Finding, warn
from ...registry import check
from .connections import app_of
from .room import Room, knows_room, read_room

if TYPE_CHECKING:
    from sqlalchemy import Engine, Pool

    from ...deploy.plan import Value

#: Engines that fit, with the number of workers for which they do, and what was said of it.
_fitting: WeakKeyDictionary[Engine, tuple[int, str]] = WeakKeyDictionary()


@check("database.connections-exceed-server", stage=Stage.LIVE, needs="sqlalchemy")
def connections_fit(boot: Boot) -> Iterator[Finding | Attempt | str]:
    """The database server takes as many connections as all workers may open.

    Why: workers x (`pool_size` + `max_overflow`) grows fast, and past the server's `max_connections` the
    next request is "too many clients". A worker uses no more than it serves requests at a time: one
    under sync, its threads under gthread. What the server keeps for its administrators and what others
    use, other replicas among them, is not there for us. PostgreSQL, MySQL and MariaDB are asked; once
    they fit, not again for the same number of workers. `flask bootcheck` has workers, threads and
    replicas from the deploy files; a running worker knows of its own replica only.

    Fix: fewer workers, a smaller pool, a higher `max_connections`. Behind a pooler such as PgBouncer its
    limits count, and not the server's: `BOOTCHECK_SKIP=database.connections-exceed-server`.
    """
    fleet = _running(boot) if boot.server is not None else _planned(boot)
    if fleet is None:
        return
    for engines in _by_server(known_engines(app_of(boot))):
        first = engines[0].engine
        if first in _fitting and _fitting[first][0] == fleet.count:
            yield _fitting[first][1]
        else:
            yield Attempt(describe(first), engines[0].name)
            yield from _weigh(engines, fleet)


@dataclass(frozen=True, slots=True)
class Fleet:
    """All workers: ``workers`` in each of the ``replicas``, each with so many requests ``at_once``;
    ``where`` the numbers are written."""

    workers: int
    at_once: int | None
    replicas: int = 1
    where: str = ""

    @property
    def count(self) -> int:
        """How many there are."""
        return self.replicas * self.workers

    def __str__(self) -> str:
        return f"{self.replicas} x {self.workers}" if self.replicas > 1 else str(self.workers)


def _running(boot: Boot) -> Fleet | None:
    """What runs here; ``None`` while the governor waits for its first worker."""
    instance, server = boot.instance, boot.server
    if server is None or (instance is not None and instance.deciding):
        return None
    workers = (instance.target if instance is not None else None) or server.workers
    return Fleet(workers, requests_at_once(server)) if workers else None


def _planned(boot: Boot) -> Fleet | None:
    """What the deploy files will start, unless the governor has a say in that."""
    for service, process in boot.plan.gunicorns if boot.plan is not None else ():
        if process.workers is None or process.governed:
            continue
        threads = _number(process.threads)
        named = str(process.worker_class) if process.worker_class is not None else "sync"
        kind = "gthread" if named == "sync" and threads > 1 else named
        at_once = requests_at_once(Server("gunicorn", worker_class=kind, threads=threads))
        workers, where = _number(process.workers), str(process.workers.place)
        return Fleet(workers, at_once, _number(service.replicas), where)
    return None


def _number(said: Value | None) -> int:
    """What a deploy file says; 1 where it says nothing, or no number."""
    return said.value if said is not None and isinstance(said.value, int) else 1


def _by_server(known: Iterable[Known]) -> list[list[Known]]:
    """Engines that share a server share its limit."""
    servers: dict[tuple[str, str, int | None], list[Known]] = {}
    for one in known:
        if knows_room(one.engine):
            url = one.engine.url
            place = (one.engine.dialect.name, url.host or "", url.port)
            servers.setdefault(place, []).append(one)
    return list(servers.values())


def _weigh(engines: list[Known], fleet: Fleet) -> Iterator[Finding | str]:
    named = describe(engines[0].engine)
    most = [most_connections(one.engine.pool, fleet.at_once) for one in engines]
    known = [count for count, _ in most if count is not None]
    if len(known) < len(most):
        yield f"{named}: nobody knows how many connections a worker opens"
        return
    room = read_room(engines[0].engine)
    if room is None:
        yield f"{named} does not say how many connections it takes"
        return
    each = sum(known)
    sum_up = f"{fleet} x {each} connections ({'; '.join(why for _, why in most)})"
    yield _judge(engines[0], room, fleet, fleet.count * each, sum_up)


def _judge(known: Known, room: Room, fleet: Fleet, needed: int, sum_up: str) -> Finding | str:
    if needed > room.free:
        return warn(
            f"{sum_up} = {needed}; {describe(known.engine)} has {room.free} for us: {room}",
            hint="fewer workers, a smaller pool, or a pooler; each further replica needs as many",
            observed=needed,
            limit=room.free,
            unit="connections",
            where=fleet.where,
            component=known.name,
        )
    note = f"{needed} of {room.free} connections"
    _fitting[known.engine] = (fleet.count, note)
    return note


def requests_at_once(server: Server) -> int | None:
    """How many requests a worker of gunicorn serves at a time; ``None`` where nobody knows."""
    name = server.worker_class.rpartition(".")[2].lower()
    if name in ("sync", "syncworker"):
        return 1
    if name in ("gthread", "threadworker"):
        return server.threads
    return server.connections if "gevent" in name or "eventlet" in name else None


def most_connections(pool: Pool, at_once: int | None) -> tuple[int | None, str]:
    """How many connections a worker opens at most, and why so many; ``None`` where nobody knows."""
    size, why = _size_of(pool)
    if at_once is not None and (size is None or at_once < size):
        requests = "1 request" if at_once == 1 else f"{at_once} requests"
        return at_once, f"{requests} at a time"
    return size, why


def _size_of(pool: Pool) -> tuple[int | None, str]:
    """The size of a pool; ``None`` for one without a bound, or of another kind."""
    from sqlalchemy.pool import QueuePool, StaticPool

    if isinstance(pool, StaticPool):
        return 1, "StaticPool"
    if not isinstance(pool, QueuePool):
        return None, type(pool).__name__
    size, overflow = pool.size(), pool._max_overflow
    if size == 0 or overflow < 0:  # SQLAlchemy's way to say: as many as are asked for
        return None, "a pool without a bound"
    return size + overflow, f"pool_size {size} + max_overflow {overflow}"
