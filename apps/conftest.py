"""The apps, each made ready once, and the table at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache

import pytest

from .project import Project, project_of
from .report import Row, as_markdown
from .table import App

_ROWS = pytest.StashKey[list[Row]]()


def pytest_configure(config: pytest.Config) -> None:
    """Where the tests leave their rows."""
    config.stash[_ROWS] = []


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table."""
    rows = terminalreporter.config.stash[_ROWS]
    if rows:
        terminalreporter.section("what was found")
        terminalreporter.write_line(as_markdown(rows))


@pytest.fixture
def rows(request: pytest.FixtureRequest) -> list[Row]:
    """The rows of the table so far."""
    return request.config.stash[_ROWS]


@pytest.fixture(scope="session")
def _projects(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[App], Project]]:
    with ExitStack() as stack:

        @cache
        def ready(app: App) -> Project:
            # A short name: a socket's path has little room.
            return stack.enter_context(project_of(app, tmp_path_factory.mktemp("a")))

        yield ready


@pytest.fixture
def project(request: pytest.FixtureRequest, _projects: Callable[[App], Project]) -> Project:
    """The app a test is parametrised with, ready to run."""
    return _projects(request.param)
