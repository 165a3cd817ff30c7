"""Which file wins, on each platform. Where its documents and its code disagree, that is said."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from .pins import Dependencies
from .plan import NotRead, Place, Said, Service, Value

_MARKERS = {
    "railway": ("railway", "railway-code", "nixpacks", "railpack"),
    "render": ("render",),
    "fly": ("fly",),
}
#: Files that only Heroku reads; a Procfile is read by others, too.
_OF_HEROKU = ("heroku.yml", "app.json")
#: What Railpack takes for the file with the app, the first one there.
_MAIN_FILES = ("main.py", "app.py", "start.py", "bot.py", "hello.py", "server.py")
_BUILT = "a Dockerfile is there, and is what Railway builds with"


@dataclass(frozen=True, slots=True)
class Choice:
    """A start command that could win; ``unread`` says why its file is not read, if it is not."""

    service: Service
    reader: str
    unread: str = ""


@dataclass(frozen=True, slots=True)
class Choices:
    """The start commands of one service, in the order in which they win. ``settings`` are what files
    say besides, the first one winning, ``unread`` what files say that the platform does not read;
    ``in_shell``: one reads a command where its file does not say."""

    name: str
    choices: tuple[Choice, ...]
    settings: tuple[Service, ...]
    process: str = "web"
    builder: str = ""
    doubt: str = ""
    in_shell: bool = True
    unread: tuple[Service, ...] = ()


@dataclass(frozen=True, slots=True)
class Project:
    """All that decides: the files, the folder, and what it depends on. ``migrating``: as if Railway
    still read its Config as Code, last of all, so that what stands there can be moved."""

    files: Mapping[str, Said]
    root: Path
    dependencies: Dependencies
    migrating: bool = False

    def of(self, *readers: str) -> Iterator[Said]:
        """The files of some kinds."""
        return (said for said in self.files.values() if said.reader in readers)

    def services(self, *readers: str) -> list[Service]:
        """What the files of some kinds say."""
        return [service for said in self.of(*readers) for service in said.services]

    def image(self, *services: Service) -> Said | None:
        """The Dockerfile that one of these services names, else the one there is."""
        named = next((str(s.dockerfile.value) for s in services if s.dockerfile is not None), "")
        said = self.files.get(posixpath.normpath(named.lstrip("/")) if named else "Dockerfile")
        return said if said is not None and said.reader == "dockerfile" else None

    def images(self, *services: Service) -> list[Choice]:
        """What that Dockerfile starts."""
        said = self.image(*services)
        found = said.services if said is not None else ()
        return [Choice(service, "dockerfile") for service in found if service.start is not None]

    def choices(self, reader: str, unread: str = "") -> Iterator[Choice]:
        """What the files of a kind start, as candidates for the web service."""
        for said in self.of(reader):
            for service in said.services:
                if service.start is not None and service.process == "web":
                    yield Choice(service, reader, unread)


def platforms_of(files: Mapping[str, Said]) -> tuple[str, ...]:
    """The platforms these files are for."""
    readers = {said.reader for said in files.values()}
    found = [name for name, marks in _MARKERS.items() if readers & set(marks)]
    if not found and "procfile" in readers:
        found.append("heroku")
    if "dockerfile" in readers and not set(found) - {"heroku"}:
        found.append("docker")
    return tuple(found)


def is_guessed(root: Path, files: Mapping[str, Said]) -> bool:
    """Whether the platform is Heroku only because of a Procfile, which others read as well."""
    named = any((root / name).is_file() for name in _OF_HEROKU)
    return platforms_of(files)[:1] == ("heroku",) and not named


def railway(project: Project) -> Iterator[Choices]:
    """The settings of the service, as its code applies them, over what the builder finds."""
    applied = project.services("railway-code")
    web = [s for s in applied if s.health_path is not None] or applied
    mine = web if len(web) == 1 else []
    config = project.services("railway")
    settings = [*mine, *(config if project.migrating else ())]
    builder = _railway_builder(project, settings)
    shell = builder != "DOCKERFILE"
    starts = [Choice(s, "railway-code") for s in mine if s.start is not None]
    starts += _config_as_code(project)
    built = [*_built_by(project, builder, project.images(*settings))]
    is_started = any(not choice.unread for choice in (*starts, *built))
    if is_started or mine or not applied:
        if not is_started:
            built = [*_railpack_default(project, builder), *built]
        images = () if shell else project.images(*settings)
        yield Choices(
            mine[0].name if mine else "web",
            (*starts, *built),
            (*settings, *(_variables_of(image) for image in images)),
            builder=builder,
            doubt=_railway_doubt(project),
            in_shell=shell,
            unread=() if project.migrating else tuple(config),
        )
    for service in applied:
        if service not in mine:
            choice = (Choice(service, "railway-code"),) if service.start is not None else ()
            process = "web" if service.health_path is not None else "worker"
            yield Choices(service.name, choice, (service,), process, builder, in_shell=shell)


def _config_as_code(project: Project) -> Iterator[Choice]:
    for said in project.of("railway"):
        unread = "" if project.migrating else f"Railway does not read {said.file}"
        for service in said.services:
            if service.start is not None:
                yield Choice(service, "railway", unread)


def _railway_builder(project: Project, services: list[Service]) -> str:
    if project.image(*services) is not None:
        return "DOCKERFILE"
    named = next((s.builder for s in services if s.builder is not None), None)
    return str(named.value).upper() if named is not None else "RAILPACK"


def _built_by(project: Project, builder: str, images: list[Choice]) -> Iterator[Choice]:
    """What the builder finds by itself, then what it does not read."""
    if builder == "DOCKERFILE":
        yield from images
        for reader in ("railpack", "nixpacks", "procfile"):
            yield from project.choices(reader, _BUILT)
    elif builder == "NIXPACKS":
        yield from project.choices("nixpacks")
        yield from project.choices("procfile")
        yield from project.choices("railpack", "the builder is Nixpacks")
    else:
        yield from project.choices("railpack")
        yield from _railpack_variable(project)
        yield from project.choices("procfile")
        yield from project.choices("nixpacks", "Railpack reads no nixpacks.toml")


def _railpack_variable(project: Project) -> Iterator[Choice]:
    """``RAILPACK_START_CMD``, after railpack.json as in Railpack's code."""
    for said in project.of("railway-code"):
        for service in said.services:
            for variable in service.variables:
                if variable.name == "RAILPACK_START_CMD":
                    yield Choice(Service(start=variable.value, in_shell=True), "railpack-variable")


def _railpack_default(project: Project, builder: str) -> Iterator[Choice]:
    """What Railpack makes up: always ``main:app``, whatever the file is called."""
    main = next((name for name in _MAIN_FILES if (project.root / name).is_file()), "")
    packages = project.dependencies.packages
    if any(said.troubles for said in project.of("railway-code", "railpack", "procfile")):
        return  # what cannot be read may well say it
    if builder != "RAILPACK" or not main or "flask" not in packages:
        return
    text = "gunicorn --bind 0.0.0.0:${PORT:-8000} main:app"
    start = text if "gunicorn" in packages else f"python {main}"
    yield Choice(Service(start=Value(start, Place(main, 1)), in_shell=True), "railpack-default")


def _railway_doubt(project: Project) -> str:
    if any(_railpack_variable(project)) and any(project.of("railpack")):
        return (
            "RAILPACK_START_CMD is set: Railpack's documents let it win over railpack.json, its "
            "code the other way round"
        )
    return ""


def railway_not_read(project: Project) -> Iterator[NotRead]:
    """The files that Railway ignores."""
    builder = _railway_builder(project, project.services("railway-code"))
    yield from _config_not_read(project)
    for said in project.of("nixpacks"):
        if builder != "NIXPACKS":
            reason = _BUILT if builder == "DOCKERFILE" else "Railpack, the builder, never reads it"
            hint = "say it in railpack.json or as start command, and remove the file"
            yield NotRead(Place(said.file, 1), "railway", reason, hint)
    for said in project.of("railpack", "procfile"):
        if builder == "DOCKERFILE":
            hint = "say it in the Dockerfile, and remove the file"
            yield NotRead(Place(said.file, 1), "railway", _BUILT, hint)
        elif builder == "NIXPACKS" and said.reader == "railpack":
            hint = "the builder is Nixpacks: take Railpack, or say it in nixpacks.toml"
            yield NotRead(Place(said.file, 1), "railway", "Nixpacks does not read it", hint)


def _config_not_read(project: Project) -> Iterator[NotRead]:
    hint = "`flask bootcheck init railway` moves what it says into .railway/railway.py"
    if any(project.of("railway-code")):
        hint = "say the same in .railway/, apply it with `railway config apply`, remove the file"
    for said in project.of("railway"):
        reason = "what it says has no effect on Railway"
        yield NotRead(Place(said.file, 1), "railway", reason, hint)


def heroku(project: Project) -> Iterator[Choices]:
    """The Procfile, but for its release phase."""
    for said in project.of("procfile"):
        for service in said.services:
            if service.process != "release":
                choice = Choice(service, "procfile")
                yield Choices(service.name, (choice,), (service,), service.process)


def render(project: Project) -> Iterator[Choices]:
    """Each service of the Blueprint; a Docker service starts what its image does."""
    for said in project.of("render"):
        for service in said.services:
            if service.process in ("cron", "keyvalue", "redis"):
                continue
            choices = [Choice(service, "render")] if service.start is not None else []
            in_image = service.builder is not None and service.builder.value == "docker"
            images = project.images(service) if in_image else []
            settings = (service, *(_variables_of(image) for image in images))
            whole = (*choices, *images)
            yield Choices(service.name, whole, settings, service.process, in_shell=not in_image)
    if not [*project.of("render")]:
        yield from docker(project)


def _variables_of(choice: Choice) -> Service:
    return Service(variables=choice.service.variables)


def fly(project: Project) -> Iterator[Choices]:
    """Each process; one without a command starts what the image does, or with buildpacks the
    Procfile."""
    for said in project.of("fly"):
        for service in said.services:
            choices = [Choice(service, "fly")] if service.start is not None else []
            built = service.builder is not None
            images = [*project.choices("procfile")] if built else project.images(service)
            settings = (service, *(_variables_of(image) for image in images))
            yield Choices(service.name, (*choices, *images), settings, service.process)


def docker(project: Project) -> Iterator[Choices]:
    """What the image starts."""
    for choice in project.images():
        yield Choices("web", (choice,), (choice.service,))
    if not project.images() and "Dockerfile" in project.files:
        yield Choices("web", (), ())


Chooser = Callable[[Project], Iterator[Choices]]

CHOOSERS: dict[str, Chooser] = {
    "railway": railway,
    "render": render,
    "fly": fly,
    "heroku": heroku,
    "docker": docker,
}
