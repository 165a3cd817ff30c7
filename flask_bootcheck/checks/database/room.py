"""How many connections a database server takes, and how many of them others use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .connections import without_pool

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

#: `reserved_connections` is there from 16 on. Of other users' sessions an ordinary user sees the name
#: alone, which is enough: who has our name and our address is one of us.
_POSTGRESQL = """
SELECT current_setting('max_connections')::int,
       current_setting('superuser_reserved_connections')::int
       + coalesce(current_setting('reserved_connections', true), '0')::int,
       (SELECT count(*)
          FROM pg_stat_activity AS other
          JOIN pg_stat_activity AS own ON own.pid = pg_backend_pid()
         WHERE other.datid IS NOT NULL
           AND (other.usename <> own.usename
                OR other.client_addr IS DISTINCT FROM own.client_addr))
"""
_MARIADB_CONNECTED = "SHOW GLOBAL STATUS LIKE 'Threads_connected'"
#: Without the privilege PROCESS a user sees its own sessions only, and no more are asked for.
_MARIADB_OWN = """
SELECT count(*) FROM information_schema.processlist
 WHERE user = substring_index(user(), '@', 1)
   AND substring_index(host, ':', 1) = substring_index(user(), '@', -1)
"""


@dataclass(frozen=True, slots=True)
class Room:
    """Connections: ``limit`` is the server's own, ``reserved`` of them are for its administrators,
    ``others`` are used by who is neither this user nor on this machine."""

    limit: int
    reserved: int
    others: int

    @property
    def free(self) -> int:
        """What is left for us."""
        return self.limit - self.reserved - self.others

    def __str__(self) -> str:
        parts = [f"max_connections {self.limit}"]
        parts += [f"{self.reserved} reserved"] if self.reserved else []
        parts += [f"{self.others} used by others"] if self.others else []
        return " - ".join(parts)


def knows_room(engine: Engine) -> bool:
    """Whether we know how to ask a server of this kind."""
    return engine.dialect.name in _READERS


def read_room(engine: Engine) -> Room | None:
    """What a server says; ``None`` when it does not answer, or does not say."""
    from sqlalchemy.exc import DBAPIError

    try:
        with without_pool(engine).connect() as connection:
            return _READERS[engine.dialect.name](connection)
    except (DBAPIError, OSError):
        return None


def _read_postgresql(connection: Connection) -> Room:
    limit, reserved, others = connection.exec_driver_sql(_POSTGRESQL).one()
    return Room(limit, reserved, others)


def _read_mariadb(connection: Connection) -> Room:
    limit = connection.exec_driver_sql("SELECT @@max_connections").scalar_one()
    _, connected = connection.exec_driver_sql(_MARIADB_CONNECTED).one()
    own = connection.exec_driver_sql(_MARIADB_OWN).scalar_one()
    return Room(int(limit), 0, max(0, int(connected) - int(own)))


_READERS = {"postgresql": _read_postgresql, "mysql": _read_mariadb, "mariadb": _read_mariadb}
