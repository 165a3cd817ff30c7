"""Boot: all that a check may look at, gathered before it runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from .findings import Stage
from .limits import Limits
from .settings import Settings

if TYPE_CHECKING:
    from flask import Flask

    from .deploy.plan import DeployPlan
    from .lock.file import Lock
    from .memory.saved import SavedForecast

__all__ = [
    "Boot",
    "Instance",
    "Interface",
    "LoadError",
    "Server",
    "Stage",
    "Trial",
    "Ungoverned",
    "Unimported",
]

Interface = Literal["wsgi", "asgi"]
Ungoverned = Literal["", "outvoted", "replaced"]


@dataclass(frozen=True, slots=True)
class Server:
    """The server that runs the app, or would: ``worker_class`` as written (``gthread``, or a
    dotted name); ``where`` says where that was read.

    ``preload``, ``control_socket``, ``threads`` and ``connections`` are gunicorn's settings, the last
    two of them for how many requests a worker serves at a time. Of a worker that has loaded its
    application: ``interface`` is how its class calls it, ``application`` what that is, by type, and
    ``expected`` how it wants to be called. ``patched_late`` is true when gevent or eventlet patched
    the worker after the master had imported the app. ``conf`` is the conf that was taken, and
    ``ungoverned`` why the governor is not in the master though it was asked for: another conf won, or
    defines its hooks again below our line. A ``development`` server is none for visitors; it tells the
    ``address`` it listens on.
    """

    name: str
    version: str = ""
    worker_class: str = ""
    workers: int | None = None
    where: str = ""
    preload: bool = False
    control_socket: bool = False
    threads: int = 1
    connections: int | None = None
    interface: Interface = "wsgi"
    application: str = ""
    expected: Interface | None = None
    patched_late: bool = False
    conf: str = ""
    ungoverned: Ungoverned = ""
    address: str = ""
    development: bool = False

    @property
    def has_master(self) -> bool:
        """Whether its workers have a master that we know: who says how many there are has one."""
        return self.workers is not None

    @property
    def is_exposed(self) -> bool:
        """Whether it is known to listen to more than its own machine."""
        try:
            return not ip_address(self.address).is_loopback
        except ValueError:  # a name, a socket's path, nothing
            return False


@dataclass(frozen=True, slots=True)
class Instance:
    """All workers of this replica at one moment, as the board has them.

    ``target`` is ``None`` where nobody knows how many there should be. ``booted`` is the latch:
    as many workers as the target were ready once. ``beside`` another one that serves on the same
    socket: the old master after SIGUSR2. ``waited`` is for how many seconds a first worker
    has been ready while others were not. ``need`` is the memory all live processes need, in bytes,
    ``measured`` how many workers are in it, ``used`` what the container says is in use.

    From the governor, where one is (``governed``): ``deciding`` while it waits for its first worker,
    ``fits`` how many workers fit, ``first`` and ``per_worker`` the line that says so (bytes), ``why``
    in words, and ``where`` the count asked for was set; ``kills`` by the kernel since it
    started (``None`` where nobody counts), and ``boot_deaths``, workers in a row that died before they
    were ready.
    """

    ready: int
    booting: int = 0
    failed: int = 0
    configured: int | None = None
    target: int | None = None
    restarts: int = 0
    booted: bool = True
    beside: bool = False
    waited: float = 0.0
    need: int | None = None
    measured: int = 0
    used: int | None = None
    governed: bool = False
    deciding: bool = False
    fits: int | None = None
    first: int | None = None
    per_worker: int | None = None
    why: str = ""
    where: str = ""
    kills: int | None = None
    boot_deaths: int = 0


@dataclass(frozen=True, slots=True)
class LoadError:
    """Why the app did not load: while its module was imported, or while its factory ran.

    ``last_lines`` is the end of what it wrote to stderr.
    """

    during: Literal["import", "factory"]
    message: str
    where: str = ""
    hint: str = ""
    last_lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unimported:
    """A module of the project that makes blueprints, and that the app has not got: ``name`` and
    ``made`` (``file:line``) are those of its first one.

    ``error`` is what importing it raises, empty when it can be imported or was not tried, and ``where``
    the place of that. ``swallowed`` is the ``try`` that lets nobody hear of it, where one is known, and
    ``certain`` whether it is no choice of anybody.
    """

    module: str
    name: str
    made: str
    error: str = ""
    where: str = ""
    swallowed: str = ""
    certain: bool = False


@dataclass(frozen=True, slots=True)
class Trial:
    """What became of booting the app in a subprocess: ``target`` is what was loaded, ``unimported``
    the project's modules with blueprints that were not, ``not_searched`` why they are not known."""

    target: str
    seconds: float
    error: LoadError | None = None
    unimported: tuple[Unimported, ...] = ()
    not_searched: str = ""


@dataclass(frozen=True, slots=True)
class Boot:
    """The facts; ``None`` where they are not known. ``plan`` is what the deploy files say, ``forecast``
    what was measured and saved before, ``root`` the project's folder, ``lock`` what was found in its
    ``bootcheck.lock``."""

    settings: Settings
    limits: Limits
    environ: Mapping[str, str]
    app: Flask | None = None
    server: Server | None = None
    instance: Instance | None = None
    trial: Trial | None = None
    plan: DeployPlan | None = None
    forecast: SavedForecast | None = None
    root: Path = field(default_factory=Path.cwd)
    lock: Lock | None = None
