"""From the folder of a project to its deploy plan."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from . import precedence
from .conf import CONF
from .files import read_files
from .hosts import host_of
from .machine import Machine
from .pins import Dependencies, gunicorn_pin, installed, python_of, read_dependencies
from .plan import (
    Candidate,
    DeployPlan,
    Place,
    PlannedService,
    Said,
    Service,
    Trouble,
    UnknownKey,
    Value,
    Variable,
)
from .precedence import Choice, Choices
from .process import process_of
from .project import Project
from .source import inside
from .targets import missing_target

__all__ = ["Asked", "read_plan"]

#: Variables of the environment we run in that are heard as those of the deploy.
_HEARD = ("GUNICORN_CMD_ARGS", "WEB_CONCURRENCY", "BOOTCHECK_GUNICORN_CONF")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the deploy is looked at as if: a platform, a number of CPUs, of workers. ``execute``: a
    gunicorn conf may be run where it cannot be worked out. ``migrating``: see ``precedence.Project``."""

    platform: str = ""
    cpus: int | None = None
    workers: int | None = None
    execute: bool = False
    environ: Mapping[str, str] = field(default_factory=dict)
    migrating: bool = False


def read_plan(root: Path, asked: Asked) -> DeployPlan | None:
    """The plan of the project in a folder, ``None`` when nothing there says how it is deployed."""
    files = read_files(root)
    dependencies = _dependencies(root, files)
    project = precedence.Project(files, root, dependencies, asked.migrating)
    platforms = (asked.platform,) if asked.platform else precedence.platforms_of(files)
    guessed = not asked.platform and precedence.is_guessed(root, files)
    services = [s for platform in platforms for s in _services(project, platform, asked)]
    if guessed:
        heroku = [s for s in services if s.platform == "heroku"]
        services = [replace(s, guessed=True, machine="") if s in heroku else s for s in services]
    if not any(service.candidates for service in services):
        services += _conf_alone(root, asked)
    if not files and not services:
        return None
    if below := {s.winner.process.folder for s in services if s.winner is not None} - {""}:
        dependencies = _dependencies(root, files, below)
    return DeployPlan(
        files=tuple(files),
        platforms=platforms,
        services=tuple(services),
        troubles=(*(t for said in files.values() for t in said.troubles), *dependencies.troubles),
        unknown=tuple(_unknown(files, services)),
        not_read=tuple(precedence.railway_not_read(project)) if "railway" in platforms else (),
        missing=tuple(_missing(root, services)),
        gunicorn=gunicorn_pin(dependencies, _python(root, files)),
        dependencies=dependencies.files,
        packages=dependencies.packages,
        locked=dependencies.locked,
    )


def _unknown(files: Mapping[str, Said], services: Iterable[PlannedService]) -> Iterator[UnknownKey]:
    """Keys that nobody reads, in deploy files and in confs, each once."""
    yield from (key for said in files.values() for key in said.unknown)
    winners = [service.winner for service in services if service.winner is not None]
    yield from dict.fromkeys(key for winner in winners for key in winner.process.misspelt)


def _python(root: Path, files: Mapping[str, Said]) -> Value | None:
    """The Python there will be: that of the image, where there is one, else what a file asks for."""
    images = [said.python for said in files.values() if said.reader == "dockerfile"]
    if not images:
        return python_of(root)
    return images[0] if len({str(image) for image in images}) == 1 else None


def _dependencies(
    root: Path, files: Mapping[str, Said], more: Collection[str] = ()
) -> Dependencies:
    """Those of the root, and of the folders that services run in."""
    folders = {s.folder for said in files.values() for s in said.services} | {*more}
    below = [folder for folder in sorted(folders - {""}) if inside(root, folder) is not None]
    all_ = [read_dependencies(root), *(read_dependencies(root / f, f"{f}/") for f in below)]
    # An image that installs something else says nothing of where the rest comes from.
    installing = [
        said for said in files.values() if any("gunicorn" in str(v.value) for v in said.installs)
    ]
    return Dependencies(
        (*(file for one in all_ for file in one.files), *(said.file for said in installing)),
        (
            *(item for one in all_ for item in one.requirements),
            *(item for said in files.values() for item in installed(said.installs)),
        ),
        tuple(trouble for one in all_ for trouble in one.troubles),
    )


def _services(project: precedence.Project, platform: str, asked: Asked) -> Iterator[PlannedService]:
    choose = precedence.CHOOSERS.get(platform)
    for choices in choose(project) if choose is not None else ():
        yield _planned(project.root, platform, choices, asked)


def _planned(root: Path, platform: str, choices: Choices, asked: Asked) -> PlannedService:
    """A service with what each of its start commands would run."""
    settings = choices.settings
    variables = tuple(v for service in reversed(settings) for v in service.variables)
    cpus = asked.cpus or host_of(platform).cpus
    project = Project(root, _machine(platform, cpus, asked), asked.execute)
    candidates = tuple(
        _candidate(project, choice, variables, choices.in_shell, asked)
        for choice in choices.choices
    )
    return PlannedService(
        platform=platform,
        name=choices.name,
        process=_process(choices, candidates),
        candidates=candidates,
        doubt=choices.doubt,
        health_paths=tuple(s.health_path for s in settings if s.health_path is not None),
        unread_health_paths=tuple(
            s.health_path for s in choices.unread if s.health_path is not None
        ),
        health_timeout=_first(s.health_timeout for s in settings),
        replicas=_first(s.replicas for s in settings),
        memory=_first(s.memory for s in settings),
        builder=choices.builder,
        port=_first(s.port for s in settings),
        cpus=cpus,
        machine="a host" if asked.cpus else host_of(platform).machine,
    )


def _first(values: Iterable[Value | None]) -> Value | None:
    return next((value for value in values if value is not None), None)


def _machine(platform: str, cpus: int, asked: Asked) -> Machine:
    environ = {name: asked.environ[name] for name in _HEARD if name in asked.environ}
    return Machine(cpus, environ, host_of(platform).injected)


def _candidate(
    project: Project,
    choice: Choice,
    variables: tuple[Variable, ...],
    shell: bool,
    asked: Asked,
) -> Candidate:
    service = choice.service
    reads = service.in_shell if service.in_shell is not None else shell
    mine = replace(service, variables=(*variables, *service.variables))
    process = process_of(project, mine, reads)
    if asked.workers is not None and process.program == "gunicorn":
        process = replace(process, workers=Value(asked.workers, Place("--workers")))
    assert service.start is not None  # noqa: S101 - a choice has a command
    return Candidate(service.start, process, choice.reader, choice.unread)


def _process(choices: Choices, candidates: tuple[Candidate, ...]) -> str:
    """What calls itself a worker and starts gunicorn takes requests all the same."""
    runs = candidates[0].process.program if candidates else ""
    return "web" if choices.process == "worker" and runs == "gunicorn" else choices.process


def _conf_alone(root: Path, asked: Asked) -> Iterator[PlannedService]:
    """A gunicorn conf, and nobody who says what starts it."""
    if (root / CONF).is_file():
        start = Value("gunicorn", Place(CONF))
        choice = Choice(Service(start=start, in_shell=True), "gunicorn-conf")
        yield _planned(root, asked.platform, Choices("web", (choice,), ()), asked)


def _missing(root: Path, services: Iterable[PlannedService]) -> Iterator[Trouble]:
    """The apps that are not there, each place once; of commands that nobody reads nothing is said."""
    seen = set()
    for service in services:
        winner = service.winner
        if winner is None or winner.reader == "gunicorn-conf":
            continue
        in_image = service.builder == "DOCKERFILE" or winner.reader == "dockerfile"
        trouble = missing_target(root, winner.process, in_image)
        if trouble is not None and trouble not in seen:
            seen.add(trouble)
            yield trouble
