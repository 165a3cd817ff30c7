"""The databases of this machine that tests use, and a door in front of them that can be shut."""

from __future__ import annotations

import os
import selectors
import socket
import threading
from contextlib import suppress
from types import TracebackType
from typing import Self

from sqlalchemy import create_engine, make_url

from .helpers import missing

POSTGRESQL = os.environ.get("TEST_POSTGRESQL_URL", "postgresql+psycopg://root@127.0.0.1:5432/test")
MARIADB = os.environ.get("TEST_MARIADB_URL", "mysql+pymysql://root@127.0.0.1:3306/test")
REDIS = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/0")
BROKER = os.environ.get("TEST_BROKER_URL", "amqp://guest:guest@127.0.0.1:5672//")

#: One of each kind and driver.
URLS = {
    "psycopg": POSTGRESQL,
    "psycopg2": make_url(POSTGRESQL).set(drivername="postgresql+psycopg2").render_as_string(False),
    "pymysql": MARIADB,
}


def must_answer(url: str) -> None:
    """Skip where a database is not there."""
    engine = create_engine(url)
    try:
        engine.connect().close()
    except Exception as error:
        missing(f"no server at {engine.url!r}: {error}")
    finally:
        engine.dispose()


def must_listen(url: str) -> None:
    """Skip where a server is not there."""
    parsed = make_url(url)
    try:
        socket.create_connection((parsed.host, parsed.port), timeout=2).close()
    except OSError as error:
        missing(f"no server at {parsed!r}: {error}")


def free_port() -> int:
    """A port on which nobody listens now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class Door:
    """A TCP proxy in front of a server. Shut, it refuses who comes and cuts who is inside; opened
    again, it stands at the same ``port``."""

    def __init__(self, host: str, port: int) -> None:
        self._server = (host, port)
        self.port = free_port()
        #: How many have come in.
        self.entered = 0
        self._thread: threading.Thread | None = None
        self._wake: socket.socket | None = None

    @classmethod
    def before(cls, url: str) -> tuple[Door, str]:
        """A door, and the URL that leads through it."""
        parsed = make_url(url)
        door = cls(parsed.host or "127.0.0.1", parsed.port or 0)
        through = parsed.set(host="127.0.0.1", port=door.port)
        return door, through.render_as_string(hide_password=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.shut()

    def open(self) -> None:
        """Let them through."""
        listener = socket.create_server(("127.0.0.1", self.port))
        self._wake, woken = socket.socketpair()
        self._thread = threading.Thread(target=self._serve, args=(listener, woken), daemon=True)
        self._thread.start()

    def shut(self) -> None:
        """Refuse who comes, and cut who is inside."""
        if self._thread is not None and self._wake is not None:
            self._wake.close()
            self._thread.join(10)
            self._thread = None

    def _serve(self, listener: socket.socket, woken: socket.socket) -> None:
        pairs: dict[socket.socket, socket.socket] = {}
        with selectors.DefaultSelector() as selector:
            selector.register(listener, selectors.EVENT_READ)
            selector.register(woken, selectors.EVENT_READ)
            while woken not in (ready := [key.fileobj for key, _ in selector.select()]):
                for one in ready:
                    assert isinstance(one, socket.socket)
                    if one is listener:
                        self._let_in(listener, pairs, selector)
                    elif one in pairs and not _pass_on(one, pairs[one]):
                        _part(one, pairs, selector)
        for one in (listener, woken, *pairs):
            one.close()

    def _let_in(
        self,
        listener: socket.socket,
        pairs: dict[socket.socket, socket.socket],
        selector: selectors.BaseSelector,
    ) -> None:
        guest, _ = listener.accept()
        self.entered += 1
        host = socket.create_connection(self._server)
        for one, other in ((guest, host), (host, guest)):
            pairs[one] = other
            selector.register(one, selectors.EVENT_READ)


def _pass_on(one: socket.socket, other: socket.socket) -> bool:
    with suppress(OSError):
        if data := one.recv(65536):
            other.sendall(data)
            return True
    return False


def _part(
    one: socket.socket,
    pairs: dict[socket.socket, socket.socket],
    selector: selectors.BaseSelector,
) -> None:
    for each in (one, pairs[one]):
        del pairs[each]
        selector.unregister(each)
        each.close()
