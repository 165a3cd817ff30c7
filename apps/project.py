"""One app made ready to run: its environment, its folder, its database."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.helpers import clean_environ
from tests.servers.server import Answer, Server, until

from .environments import PROJECTS, python_of
from .table import App

#: Where a PostgreSQL is on which databases may be made.
POSTGRES = os.environ.get("APPS_POSTGRES", "postgresql://root@127.0.0.1:5432")
WAY_2 = ("-c", "python:flask_bootcheck.gunicorn.conf")
#: An app that takes long for its first import must not be killed by gunicorn meanwhile.
_TIMEOUT = ("--timeout", "120")
_BOOT_SECONDS = 120
_PREPARE_SECONDS = 300
_TRIAL_SECONDS = 180
#: So that what is found does not depend on the machine.
_SETTINGS = {"BOOTCHECK_MEMORY_LIMIT": "16G"}


class _Server(Server):
    """On a port that is chosen beforehand: some apps switch off the log that would tell it."""

    def __init__(self, folder: Path, *arguments: str, **options: Any) -> None:
        self._port = _free_port()
        super().__init__(folder, "--bind", f"127.0.0.1:{self._port}", *arguments, **options)

    @property
    def port(self) -> int:
        """Once it is answered there."""
        until(self._listens, _BOOT_SECONDS, self)
        return self._port

    def _listens(self) -> bool:
        assert self._process.poll() is None, self.log
        with socket.socket() as client:
            return client.connect_ex(("127.0.0.1", self._port)) == 0


def _free_port() -> int:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return int(server.getsockname()[1])


@dataclass(frozen=True)
class Said:
    """A finding, as its check says it."""

    check: str
    status: str
    message: str


@dataclass(frozen=True)
class Page:
    """What a browser gets for the app's own page."""

    status: int
    content_type: str


@dataclass(frozen=True, eq=False)
class Project:
    """``python`` is that of the app's own environment."""

    app: App
    folder: Path
    python: str
    environ: Mapping[str, str]

    def serve(self, *arguments: str, **environ: str) -> Server:
        """A gunicorn with two workers of the app, in its folder."""
        return _Server(
            self.folder,
            "--workers",
            "2",
            *_TIMEOUT,
            *arguments,
            python=self.python,
            environ={**self.environ, **_SETTINGS, **environ},
            target=self.app.target,
        )

    def page(self, server: Server, path: str | None = None) -> Page:
        """Ask for a page; the app's own one unless said otherwise."""
        answer = server.get(path or self.app.page, timeout=60)
        return Page(answer.status, answer.headers.get("Content-Type", ""))

    def trial(self) -> list[Said]:
        """What ``flask bootcheck`` finds.

        :raises AssertionError: when it does not come to an end, or says no JSON.
        """
        done = subprocess.run(
            [*self._flask, "bootcheck", "run", "--format", "json"],
            cwd=self.folder,
            env=self._environ(),
            capture_output=True,
            text=True,
            timeout=_TRIAL_SECONDS,
            check=False,
        )
        assert done.returncode in (0, 1), done.stderr
        results = json.loads(done.stdout)["results"]
        return [
            Said(result["id"], finding["status"], finding["message"])
            for result in results
            for finding in result.get("findings", ())
            if finding["status"] in ("warn", "fail")
        ]

    def prepare(self) -> None:
        """What the app's own documentation has one do before its first start, and that start
        where it must be alone."""
        loads = [*self._flask, "routes"]
        for program, *arguments in (*self.app.prepare, *[loads] * self.app.begins_alone):
            own = Path(self.python).parent / program
            command = [str(own) if own.exists() else program, *arguments]
            done = subprocess.run(
                command,
                cwd=self.folder,
                env=self._environ(),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=_PREPARE_SECONDS,
                check=False,
            )
            assert done.returncode == 0, f"{command}: {done.stdout[-2000:]}{done.stderr[-2000:]}"

    @property
    def _flask(self) -> list[str]:
        return [self.python, "-m", "flask", "--app", self.app.flask or self.app.target]

    def _environ(self) -> dict[str, str]:
        return {**clean_environ(), "HOME": str(self.folder), **self.environ, **_SETTINGS}


def found_in(answer: Answer) -> list[Said]:
    """The warnings and failures in an answer to the token holder."""
    return [
        Said(check, entry["status"], entry.get("output", ""))
        for check, entries in answer.data["checks"].items()
        for entry in entries
        if entry["status"] in ("warn", "fail")
    ]


@contextmanager
def project_of(app: App, folder: Path) -> Iterator[Project]:
    """The app in a folder that is empty, its database made; gone after."""
    with ExitStack() as stack:
        values = {"folder": str(folder)}
        if any("{postgres}" in value for value in app.environ.values()):
            values["postgres"] = stack.enter_context(_database(app.name))
        if (PROJECTS / app.name).exists():
            ignored = shutil.ignore_patterns("constraints.txt", "__pycache__")
            shutil.copytree(PROJECTS / app.name, folder, dirs_exist_ok=True, ignore=ignored)
        environ = {name: value.format(**values) for name, value in app.environ.items()}
        project = Project(app, folder, python_of(app), environ)
        project.prepare()
        yield project


@contextmanager
def _database(name: str) -> Iterator[str]:
    """An empty PostgreSQL database of a name that nobody else uses."""
    database = f"bootcheck_{name}_{os.getpid()}".replace("-", "_")
    _sql(f"CREATE DATABASE {database}")
    try:
        yield f"{POSTGRES}/{database}"
    finally:
        _sql(f"DROP DATABASE {database} WITH (FORCE)")


def _sql(statement: str) -> None:
    psql = ["psql", "-q", f"{POSTGRES}/postgres", "-c", statement]
    subprocess.run(psql, check=True, timeout=30)
