"""What ``flask bootcheck init railway`` would write: changes to files, and what no file can say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .agreement import Agreement, Wishes, agree, base_of
from .command import understand
from .edits import set_in_json, set_in_procfile, set_in_railway_py, set_in_toml
from .launcher import launched
from .machine import Machine
from .migration import CODE, FILES, Config, new_code
from .plan import Candidate, DeployPlan, PlannedService, Process
from .rewrite import inside, is_plain, steps
from .source import Unreadable, line_starts, lines_of, with_plain_ends
from .tree import toml_tree

_PRE_DEPLOY = "make it the pre-deploy command"
_MIGRATES = re.compile(
    r"\b(?:db upgrade|upgrade|migrate|alembic|init[-_]?db|create[-_](?:all|db|tables))\b"
)
_OTHER_CODE = (".railway/railway.ts", ".railway/railway.go")


@dataclass(frozen=True, slots=True)
class Change:
    """A file before and after; ``None`` where there is none."""

    file: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Proposal:
    """The changes, and what is to be done by hand."""

    changes: tuple[Change, ...]
    by_hand: tuple[str, ...]


def propose(root: Path, plan: DeployPlan, wishes: Wishes) -> Proposal:
    """What would make the files of a project agree, for Railway.

    :param plan: read as ``migrating``, so that what ``railway.toml`` says is not lost.
    :raises Unreadable: when a file that would be changed cannot be read.
    """
    services = [s for s in plan.web if s.platform == "railway"]
    service = services[0] if services else None
    config = Config(root)
    wanted = agree(root, plan, service, wishes)
    writer = _Writer(root, plan, service, wanted, config)
    changes = [change for change in writer.changes() if change.before != change.after]
    return Proposal(
        tuple(changes), (*wanted.notes, *config.not_moved(), *writer.by_hand, *_settings(wanted))
    )


def _settings(wanted: Agreement) -> Iterator[str]:
    yield "`railway config plan`, read it, then `railway config apply`: no deploy reads .railway/"
    said = [f"Custom Start Command {wanted.start!r}"]
    if wanted.health_path is not None:
        said.append(f"Healthcheck Path {wanted.health_path}")
    if wanted.health_timeout is not None:
        said.append(f"Healthcheck Timeout {wanted.health_timeout}")
    yield f"or in the dashboard, Settings > Deploy: {', '.join(said)}"


class _Writer:
    def __init__(
        self,
        root: Path,
        plan: DeployPlan,
        service: PlannedService | None,
        wanted: Agreement,
        config: Config,
    ) -> None:
        self._root = root
        self._plan = plan
        self._service = service
        self._wanted = wanted
        self._config = config
        self.by_hand: list[str] = []

    def changes(self) -> Iterator[Change]:
        yield self._code()
        yield from self._configs()
        yield from self._procfile()
        yield from self._nixpacks()
        yield from self._railpack()
        yield from self._requirements()
        self._dockerfile()

    def _text(self, file: str) -> str | None:
        """A file as it is, its byte order mark and line ends included."""
        path = self._root / file
        try:
            return path.read_bytes().decode("utf-8") if path.is_file() else None
        except (OSError, UnicodeDecodeError) as error:
            raise Unreadable(f"{file}: {error}") from None

    @property
    def _values(self) -> dict[str, Any]:
        """What ``service(...)`` should be given."""
        values = {
            "start": self._wanted.start,
            "healthcheck": self._wanted.health_path,
            "healthcheckTimeout": self._wanted.health_timeout,
        }
        return {key: value for key, value in values.items() if value is not None}

    def _name(self) -> str:
        return self._service.name if self._service is not None else "web"

    def _code(self) -> Change:
        text = self._text(CODE)
        other = next((file for file in _OTHER_CODE if (self._root / file).exists()), None)
        if text is None and other is not None:
            self.by_hand.append(f"{other}: {', '.join(self._values)} as below")
            return Change(other, None, None)
        if text is None:
            project = self._root.resolve().name or "project"
            arguments = {**self._values, **self._config.arguments()}
            return Change(CODE, None, new_code(self._name(), project, arguments))
        known = self._known_in_code(text)
        differing = {k: v for k, v in self._values.items() if known.get(k) != v}
        return Change(CODE, text, set_in_railway_py(text, self._name(), differing))

    def _known_in_code(self, text: str) -> dict[str, Any]:
        """What the file says now, however it is worked out there."""
        from .readers.railway_python import read

        for found in read(CODE, text).services:
            if found.name == self._name():
                values = (found.start, found.health_path, found.health_timeout)
                names = ("start", "healthcheck", "healthcheckTimeout")
                return {n: v.value for n, v in zip(names, values, strict=True) if v is not None}
        return {}

    def _configs(self) -> Iterator[Change]:
        """Config as Code goes: Railway does not read it."""
        code = self._text(CODE) or next(filter(None, map(self._text, _OTHER_CODE)), None)
        if code is not None:
            self.by_hand += self._config.lacking(code)
        for file in FILES:
            text = self._text(file)
            if text is not None:
                self._tell_lost(self._said_by("railway", file))
                yield Change(file, text, None)

    def _procfile(self) -> Iterator[Change]:
        text = self._text("Procfile")
        said = self._said_by("procfile")
        if text is None or self._builder() == "DOCKERFILE" or not self._should_follow(said):
            return
        if "\n" in self._wanted.start:
            self.by_hand.append(
                "Procfile: the start command has several lines, which none can have here"
            )
        else:
            yield Change("Procfile", text, set_in_procfile(text, "web", self._wanted.start))

    def _builder(self) -> str:
        return self._service.builder if self._service is not None else "RAILPACK"

    def _said_by(self, reader: str, file: str = "") -> Candidate | None:
        candidates = self._service.candidates if self._service is not None else ()
        named = (c for c in candidates if c.reader == reader)
        return next((c for c in named if not file or c.start.place.file == file), None)

    def _should_follow(self, said: Candidate | None) -> bool:
        """Whether a file gets the command: not where it starts the same, nor where it does more."""
        if said is None or said is base_of(self._service):
            return True
        if _is_same(said.process, self._wanted.process):
            return False
        text = str(said.start)
        if is_plain(text) or launched(self._root, text, Machine(1)) is not None:
            return True
        self.by_hand.append(
            f"{said.start.place} starts something else: make it agree, or remove it"
        )
        return False

    def _tell_lost(self, said: Candidate | None) -> None:
        """What only a file that goes has run."""
        if said is None or said is base_of(self._service):
            return
        text = str(said.start)
        for _, step in steps(text):
            if step in self._wanted.command:
                continue
            if understand(step, None, in_shell=True).script:
                self.by_hand.append(
                    f"{said.start.place} ran `{step}`, which the start command does not"
                )
            else:
                self.by_hand.append(f"{said.start.place} also ran `{step}`: {_PRE_DEPLOY}")

    def _nixpacks(self) -> Iterator[Change]:
        """Aligned where it is read. Elsewhere removed, when a start command is all that is in it."""
        text, said = self._text("nixpacks.toml"), self._said_by("nixpacks")
        if text is None:
            return
        if self._builder() == "NIXPACKS":
            if self._should_follow(said):
                values = {"cmd": self._wanted.start}
                yield Change("nixpacks.toml", text, set_in_toml(text, "start", values))
            return
        tree = toml_tree("nixpacks.toml", with_plain_ends(text.lstrip("\ufeff")))
        if set(tree.table()) <= {"start"}:
            self._tell_lost(said)
            yield Change("nixpacks.toml", text, None)
        else:
            self.by_hand.append(
                "nixpacks.toml is not read: bring its phases into railpack.json, and remove it"
            )

    def _railpack(self) -> Iterator[Change]:
        text, said = self._text("railpack.json"), self._said_by("railpack")
        if text is None or said is None or self._builder() == "DOCKERFILE":
            return
        if self._should_follow(said):
            values = {"startCommand": self._wanted.start}
            yield Change("railpack.json", text, set_in_json(text, "deploy", values))

    def _dockerfile(self) -> None:
        """What the image starts by itself is its owner's: told where Railway will start it otherwise."""
        said = self._said_by("dockerfile")
        target = said.process.target if said is not None else None
        if said is None or _is_same(said.process, self._wanted.process):
            return
        if target is None or target.place.file == said.start.place.file:
            self.by_hand.append(
                f"{said.start.place}: {inside(self._wanted.command)}, as on Railway"
            )
        elif said is not base_of(self._service):
            self.by_hand.append(f"{target.place}: {inside(self._wanted.command)}, as on Railway")
            self._tell_skipped(target.place.file)

    def _tell_skipped(self, script: str) -> None:
        """Migrations in an entry script, which a start command goes past."""
        code = self._text(CODE) or ""
        for line, step in steps(self._text(script) or ""):
            if _MIGRATES.search(step) and step not in code:
                self.by_hand.append(f"{script}:{line} also runs `{step}`: {_PRE_DEPLOY}")

    def _requirements(self) -> Iterator[Change]:
        """An upper bound for gunicorn: the major version that was judged by."""
        pin = self._plan.gunicorn
        if pin.bounded or self._wanted.process.program != "gunicorn":
            return
        bound = f"<{pin.release[0] + 1}"
        if pin.place is None or not pin.place.file.endswith(".txt"):
            self.by_hand.append(f"gunicorn{bound} in the dependencies")
            return
        text = self._text(pin.place.file)
        if text is not None:
            yield Change(pin.place.file, text, _bounded(text, pin.place.line, bound))


def _is_same(one: Process, other: Process) -> bool:
    """Whether two commands start the same, as far as the files say."""

    def said(process: Process) -> tuple[object, ...]:
        settings = (process.target, process.workers, process.worker_class, process.threads)
        binds = {"$PORT" if "PORT" in str(b) else str(b).rpartition(":")[2] for b in process.binds}
        values = [str(s) if s is not None else None for s in (*settings, process.timeout)]
        return process.program, process.folder, *values, frozenset(binds)

    return said(one) == said(other)


def _bounded(text: str, line: int, bound: str) -> str:
    start, old = line_starts(text)[line - 1], lines_of(text)[line - 1]
    pattern = r"^(\s*gunicorn\s*(?:\[[^\]]*\])?)\s*([^;#\s]*)"

    def add(match: re.Match[str]) -> str:
        return f"{match[1]}{match[2]},{bound}" if match[2] else f"{match[1]}{bound}"

    new = re.sub(pattern, add, old, count=1, flags=re.IGNORECASE)
    return text[:start] + new + text[start + len(old) :]
