"""Servers to test with."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ..databases import POSTGRESQL, must_answer
from ..helpers import story_python
from .server import Server
from .support import VARIABLE, Results

Serve = Callable[..., Server]


def pytest_configure(config: pytest.Config) -> None:
    """Write down what works where, when asked to."""
    if path := os.environ.get(VARIABLE):
        config.pluginmanager.register(Results(Path(path)))


@pytest.fixture
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serve]:
    """Starts servers, ``serve(source, "--workers", "4")``, and stops them.

    ``conf`` is the text of a ``gunicorn.conf.py``, ``files`` are more files of the project,
    ``kind`` is how it is started.
    """
    servers: list[Server] = []

    def start(
        source: str,
        *arguments: str,
        conf: str = "",
        files: dict[str, str] | None = None,
        folder: Path | None = None,
        kind: type[Server] = Server,
        **options: Any,
    ) -> Server:
        # A short name: a socket's path has little room.
        folder = folder or tmp_path_factory.mktemp("s")
        written = {"main.py": source, "gunicorn.conf.py": conf, **(files or {})}
        for name, text in written.items():
            (folder / name).write_text(text, "utf-8")
        servers.append(kind(folder, *arguments, **options))
        return servers[-1]

    yield start
    errors = [error for server in servers if (error := _stop(server)) is not None]
    assert not errors, errors


def _stop(server: Server) -> Exception | None:
    try:
        server.stop()
    except Exception as error:
        return error
    return None


@pytest.fixture
def postgresql() -> str:
    """The URL of a PostgreSQL that answers."""
    must_answer(POSTGRESQL)
    return POSTGRESQL


@pytest.fixture(name="story_python")
def _story_python() -> str:
    """The Python with eventlet, which needs a gunicorn of its own."""
    return story_python()
