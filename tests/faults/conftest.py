"""Servers to break, and somebody who watches them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ..servers.conftest import Serve, _story_python, postgresql
from ..servers.conftest import serve as _serve
from ..servers.server import Server
from .rows import VARIABLE, Results, fault, seen
from .watch import Watch

__all__ = ["_serve", "_story_python", "postgresql"]

Watching = Callable[..., Watch]

#: A machine without a memory limit is no fault.
QUIET = {"BOOTCHECK_SKIP": "memory.limit-unknown"}


def pytest_configure(config: pytest.Config) -> None:
    """Write down the rows, when asked to."""
    if path := os.environ.get(VARIABLE):
        config.pluginmanager.register(Results(Path(path)))


@pytest.fixture(autouse=True)
def _row(request: pytest.FixtureRequest, record_property: Callable[..., None]) -> None:
    record_property(*fault(request.node))


@pytest.fixture(name="serve")
def _quietly(_serve: Serve) -> Serve:
    """Starts servers where nothing warns before the fault; else as in ``tests/servers``."""

    def start(source: str, *arguments: str, **options: Any) -> Server:
        environ = {**QUIET, **options.pop("environ", {})}
        return _serve(source, *arguments, environ=environ, **options)

    return start


@pytest.fixture
def watch(record_property: Callable[..., None]) -> Iterator[Watching]:
    """Starts to probe a server, ``with watch(server) as person``; what the last one sees is the
    test's row."""
    watches: list[Watch] = []

    def start(server: Server, **options: Any) -> Watch:
        watches.append(Watch(server, **options))
        return watches[-1]

    yield start
    if watches:
        record_property(*seen(watches[-1].story))
