"""An app that never heard of us is served as before, and what we find in it is true."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import pytest
from _pytest.mark.structures import ParameterSet

from tests.servers.server import Server

from .project import WAY_2, Page, Project, Said, found_in
from .report import Row
from .table import APPS, App, Explained

CLASSES = {
    "sync": (),
    "gthread": ("-k", "gthread", "--threads", "4"),
    "gevent": ("-k", "gevent"),
    "uvicorn": ("-k", "uvicorn_worker.UvicornWorker"),
}
#: Where ours is, where the app has a route of its own at ``/healthz``.
_MOVED = "/bootcheck-health"
_PATCHED_LATE = Explained("server.patched-late", "with --preload gevent patches after the import")


def marked(app: App, *more: object, **options: Any) -> ParameterSet:
    """A parameter for one app, expected to fail where its gap is known."""
    gap = [pytest.mark.xfail(reason=app.gap, strict=True)] if app.gap else []
    return pytest.param(app, *more, marks=gap, **options)


def cells() -> Iterator[ParameterSet]:
    """Each app under its worker classes, with and without preload."""
    for app in APPS:
        for name in app.classes:
            yield marked(app, CLASSES[name], id=f"{app.name}-{name}")
            yield marked(app, (*CLASSES[name], "--preload"), id=f"{app.name}-{name}-preload")


@pytest.mark.parametrize(("project", "arguments"), [*cells()], indirect=["project"])
def test_is_healthy_under_way_2_and_served_as_before(
    project: Project, arguments: tuple[str, ...], rows: list[Row]
) -> None:
    environ = {"BOOTCHECK_PATH": _MOVED} if project.app.has_healthz else {}
    path = environ.get("BOOTCHECK_PATH", "/healthz")
    expected = page_without_us(project, project.app.page, arguments)
    with stopped(project.serve(*WAY_2, *arguments, **environ)) as server:
        assert project.page(server) == expected
        answer = server.health_when(lambda answer: answer.status == 200, 60, path)

        places = {"served", "preload"} if "--preload" in arguments else {"served"}
        late = [_PATCHED_LATE] if {"gevent", "--preload"} <= {*arguments} else []
        explained(project, rows, found_in(answer), places, *late)
        assert (answer.ready, answer.data["workers"]["restarts"]) == (2, 0)
        assert "flask_bootcheck/" not in server.log
        server.stop()
        assert server.wait() == 0


@pytest.mark.parametrize("project", [pytest.param(app, id=app.name) for app in APPS], indirect=True)
def test_what_the_trial_finds_is_true(project: Project, rows: list[Row]) -> None:
    explained(project, rows, project.trial(), {"trial"})


@pytest.mark.parametrize(
    "project", [marked(app, id=app.name) for app in APPS if app.has_healthz], indirect=True
)
def test_a_health_route_of_the_app_stays_its_own(project: Project) -> None:
    expected = page_without_us(project, "/healthz")
    with stopped(project.serve(*WAY_2)) as server:
        server.health_when(lambda answer: answer.status == 200, 60, "/livez")
        assert project.page(server, "/healthz") == expected


@contextmanager
def stopped(server: Server) -> Iterator[Server]:
    """A server that is ended, whatever happens; one that leaves a process behind fails."""
    try:
        yield server
    finally:
        server.stop()


@cache
def page_without_us(project: Project, path: str, arguments: tuple[str, ...] = ()) -> Page:
    """The same page from a gunicorn that has nothing of ours. It is ended when it has answered: a
    worker of it that has not booted yet may miss that, and is not waited for as long as usual."""
    with stopped(project.serve(*arguments, "--graceful-timeout", "5")) as server:
        return project.page(server, path)


def explained(
    project: Project, rows: list[Row], found: list[Said], places: set[str], *more: Explained
) -> None:
    """Exactly what the table of the apps says is true in these places is found."""
    true = [each for each in (*project.app.true, *more) if each.only in ("", *places)]
    reasons = {each.check: each.why for each in true}
    name, version = project.app.name, project.app.version
    rows.append(Row(name, version, why=project.app.gap))
    for said in found:
        message = said.message.replace(str(project.folder), "")
        rows.append(
            Row(name, version, said.check, said.status, message, reasons.get(said.check, ""))
        )
    assert {said.check for said in found} == reasons.keys(), found
