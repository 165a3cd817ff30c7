"""The words of a deploy plan: what the deploy files say, each with its place. Frozen plain data.

Readers make a :class:`Said` of a file; :func:`flask_bootcheck.deploy.read_plan` makes a
:class:`DeployPlan` of all of them. Checks see only the plan.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """A file, relative to the project, and a line in it; 0 is the file as a whole."""

    file: str
    line: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


@dataclass(frozen=True, slots=True)
class Value:
    """Something a file says. ``of_cpus``: it was counted from the CPUs of the machine."""

    value: str | int | float
    place: Place
    of_cpus: bool = False

    def __str__(self) -> str:
        return str(self.value)


@dataclass(frozen=True, slots=True)
class Trouble:
    """What could not be understood, where, and why; ``hint`` is a line to paste, where one is known."""

    place: Place
    reason: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class UnknownKey:
    """A key that nobody reads; ``hint`` says what was likely meant."""

    place: Place
    key: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable that a file puts into the environment of the service."""

    name: str
    value: Value


@dataclass(frozen=True, slots=True)
class Service:
    """What one file says of one service or process.

    ``process`` is its kind (``web``, ``worker`` ...). ``words`` is the start command where it is
    written as a list, which no shell reads; ``in_shell`` says whether one reads ``start``, ``None``
    when that is up to the platform. ``folder`` is where it runs, below the root of the project, ``port``
    the one the platform sends requests to. Times are seconds, sizes bytes.
    """

    name: str = ""
    process: str = "web"
    start: Value | None = None
    words: tuple[str, ...] | None = None
    in_shell: bool | None = None
    health_path: Value | None = None
    health_timeout: Value | None = None
    replicas: Value | None = None
    memory: Value | None = None
    builder: Value | None = None
    dockerfile: Value | None = None
    folder: str = ""
    port: Value | None = None
    variables: tuple[Variable, ...] = ()


@dataclass(frozen=True, slots=True)
class Said:
    """All that one file says; ``reader`` names the kind of file."""

    file: str
    reader: str
    services: tuple[Service, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    unknown: tuple[UnknownKey, ...] = ()
    #: Packages that it installs by itself, as pip is told them.
    installs: tuple[Value, ...] = ()
    #: The Python that it brings, such as ``3.12``.
    python: Value | None = None


@dataclass(frozen=True, slots=True)
class Process:
    """What a start command starts, its configuration files and variables counted in.

    ``program`` is ``gunicorn``, ``flask``, ``python`` ..., empty where that is not known.
    ``unexpanded`` are words with a variable that no shell expands, ``not_looked_at`` is what only
    running it would tell, ``unreadable`` what nobody can. ``not_understood`` says why nobody knows
    what it starts, ``no_shell`` what only a shell would do where none is. ``complete``: what is not
    set here is set nowhere else. ``start`` is where gunicorn is started
    and must be told the app. ``governed``: our governor is in its conf. ``misspelt`` are names in that
    which nobody reads.
    """

    program: str = ""
    target: Value | None = None
    workers: Value | None = None
    worker_class: Value | None = None
    binds: tuple[Value, ...] = ()
    threads: Value | None = None
    timeout: Value | None = None
    preload: Value | None = None
    control_socket: bool = True
    folder: str = ""
    python_path: tuple[str, ...] = ()
    unexpanded: tuple[Value, ...] = ()
    not_looked_at: tuple[Trouble, ...] = ()
    unreadable: tuple[Trouble, ...] = ()
    not_understood: Trouble | None = None
    no_shell: Trouble | None = None
    complete: bool = True
    start: Place | None = None
    governed: bool = False
    misspelt: tuple[UnknownKey, ...] = ()
    variables: tuple[Variable, ...] = ()

    @property
    def default_class(self) -> str:
        """The worker class where none is set: ``sync`` with threads is ``gthread``."""
        threads = self.threads
        return "gthread" if threads is not None and int(threads.value) > 1 else "sync"

    @property
    def understood(self) -> bool:
        """Whether it is known what is started."""
        return bool(self.program) and self.not_understood is None

    def variable(self, name: str) -> Value | None:
        """What the deploy files set a variable to."""
        return next((v.value for v in reversed(self.variables) if v.name == name), None)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A start command that could be the one; ``unread`` says why its file is not read, if it is not."""

    start: Value
    process: Process
    reader: str
    unread: str = ""


@dataclass(frozen=True, slots=True)
class PlannedService:
    """A service on a platform. ``candidates`` stand in the order in which they win; ``doubt`` says why
    that is not certain, where it is not. ``health_paths`` are all that files name, the winner
    first, ``unread_health_paths`` those of files that the platform does not read. ``cpus`` is how
    many CPUs counts were made with, ``machine`` what has as many, empty where that is only an example.
    ``guessed``: no file says that it is this platform, so nothing that follows from it is certain."""

    platform: str
    name: str
    process: str
    candidates: tuple[Candidate, ...] = ()
    doubt: str = ""
    health_paths: tuple[Value, ...] = ()
    unread_health_paths: tuple[Value, ...] = ()
    health_timeout: Value | None = None
    replicas: Value | None = None
    memory: Value | None = None
    builder: str = ""
    port: Value | None = None
    cpus: int = 1
    machine: str = ""
    guessed: bool = False

    @property
    def winner(self) -> Candidate | None:
        """The command that is run, ``None`` where no file that is read names one."""
        return next((c for c in self.candidates if not c.unread), None)

    @property
    def health_path(self) -> Value | None:
        """The path the platform calls."""
        return self.health_paths[0] if self.health_paths else None


@dataclass(frozen=True, slots=True)
class NotRead:
    """A file that a platform does not read, why not, and what to do."""

    place: Place
    platform: str
    reason: str
    hint: str


@dataclass(frozen=True, slots=True)
class Pin:
    """What the project's dependencies say of a package. ``version`` is the newest release that they
    allow, exact when a lock file names it; ``bounded`` when no newer one can come without a change.
    ``python`` is what a file says will run it."""

    package: str
    version: str
    place: Place | None
    bounded: bool
    python: Value | None = None

    @property
    def release(self) -> tuple[int, int]:
        """Major and minor; zeros for what is no version."""
        parts = [int(part) for part in self.version.split(".")[:2] if part.isdecimal()]
        major, minor = (*parts, 0, 0)[:2]
        return major, minor


@dataclass(frozen=True, slots=True)
class DeployPlan:
    """All deploy files of a project, in the order in which their services are shown.

    ``dependencies`` are the files that name packages, ``packages`` the names in them; ``locked`` when
    one of those names every package there will be.
    """

    files: tuple[str, ...]
    platforms: tuple[str, ...] = ()
    services: tuple[PlannedService, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    unknown: tuple[UnknownKey, ...] = ()
    not_read: tuple[NotRead, ...] = ()
    missing: tuple[Trouble, ...] = ()
    gunicorn: Pin = Pin("gunicorn", "", None, False)
    dependencies: tuple[str, ...] = ()
    packages: frozenset[str] = frozenset()
    locked: bool = False

    @property
    def gunicorns(self) -> tuple[tuple[PlannedService, Process], ...]:
        """The services that start gunicorn, and what they start."""
        winners = ((service, service.winner) for service in self.services)
        return tuple(
            (service, winner.process)
            for service, winner in winners
            if winner is not None and winner.process.program == "gunicorn"
        )

    @property
    def understood(self) -> bool:
        """Whether it is known of any service what it starts."""
        winners = (service.winner for service in self.services)
        known = [winner for winner in winners if winner is not None]
        return any(w.process.understood or w.reader == "railpack-default" for w in known)

    @property
    def commands(self) -> tuple[Candidate, ...]:
        """The start commands that are run."""
        return tuple(s.winner for s in self.services if s.winner is not None)

    @property
    def web(self) -> tuple[PlannedService, ...]:
        """The services that take requests."""
        return tuple(service for service in self.services if service.process == "web")
