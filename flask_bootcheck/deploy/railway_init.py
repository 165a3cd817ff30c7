"""What ``flask bootcheck init railway`` would write: changes to files, and what no file can say."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .agreement import Agreement, Wishes, agree
from .edits import set_in_json, set_in_procfile, set_in_railway_py, set_in_toml
from .plan import DeployPlan, PlannedService
from .readers.railway import BUILD_KEYS, DEPLOY_KEYS, unknown_keys
from .source import Unreadable, line_starts, lines_of, with_plain_ends
from .tree import Tree, json_tree, toml_tree

CODE = ".railway/railway.py"
_OTHER_CODE = (".railway/railway.ts", ".railway/railway.go")
_CONFIG = {"railway.toml": toml_tree, "railway.json": json_tree}
_KEYS = {"startCommand", "healthcheckPath", "healthcheckTimeout", "numReplicas", "preDeployCommand"}

_TEMPLATE = '''\
"""Railway's Infrastructure as Code, in place of railway.toml, which Railway does not read.

Nothing reads this file at deploy: `railway config plan` shows what it would change in the linked
project, `railway config apply` writes that into the service's settings. Both need the Railway CLI
and `pip install railway-sdk`. Read the plan first: variables, volumes and domains of the project
belong into this file as well.
"""

from railway_sdk import define_railway, project, service


@define_railway
def main(ctx=None):
    web = service(
        {name},
{arguments}    )
    return project({project}, resources=[web])
'''


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
    wanted = agree(plan, service, wishes)
    writer = _Writer(root, plan, service, wanted)
    changes = [change for change in writer.changes() if change.before != change.after]
    return Proposal(tuple(changes), (*wanted.notes, *writer.by_hand, *_settings(wanted)))


def _settings(wanted: Agreement) -> Iterator[str]:
    yield "`railway config plan`, read it, then `railway config apply`: no deploy reads .railway/"
    yield (
        "or in the dashboard, Settings > Deploy: "
        f"Custom Start Command {wanted.start!r}, Healthcheck Path {wanted.health_path}, "
        f"Healthcheck Timeout {wanted.health_timeout}"
    )


class _Writer:
    def __init__(
        self,
        root: Path,
        plan: DeployPlan,
        service: PlannedService | None,
        wanted: Agreement,
    ) -> None:
        self._root = root
        self._plan = plan
        self._service = service
        self._wanted = wanted
        self.by_hand: list[str] = []

    def changes(self) -> Iterator[Change]:
        yield self._code()
        yield from self._config()
        yield from self._procfile()
        yield from self._nixpacks()
        yield from self._railpack()
        yield from self._requirements()

    def _text(self, file: str) -> str | None:
        """A file as it is, its byte order mark and line ends included."""
        path = self._root / file
        try:
            return path.read_bytes().decode("utf-8") if path.is_file() else None
        except (OSError, UnicodeDecodeError) as error:
            raise Unreadable(f"{file}: {error}") from None

    def _name(self) -> str:
        return self._service.name if self._service is not None else "web"

    def _code(self) -> Change:
        text = self._text(CODE)
        other = next((file for file in _OTHER_CODE if (self._root / file).exists()), None)
        if text is None and other is not None:
            self.by_hand.append(f"{other}: start, healthcheck and healthcheckTimeout as below")
            return Change(other, None, None)
        if text is None:
            return Change(CODE, None, self._new_code())
        values = {
            "start": self._wanted.start,
            "healthcheck": self._wanted.health_path,
            "healthcheckTimeout": self._wanted.health_timeout,
        }
        known = self._known_in_code(text)
        differing = {key: value for key, value in values.items() if known.get(key) != value}
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

    def _new_code(self) -> str:
        arguments: dict[str, Any] = {
            "start": self._wanted.start,
            "healthcheck": self._wanted.health_path,
            "healthcheckTimeout": self._wanted.health_timeout,
            **self._migrated(),
        }
        lines = (f"        {key}={_python(value)},\n" for key, value in arguments.items())
        return _TEMPLATE.format(
            name=json.dumps(self._name()),
            arguments="".join(lines),
            project=json.dumps(self._root.resolve().name or "project"),
        )

    def _migrated(self) -> dict[str, Any]:
        """What Config as Code says besides, which `railway config migrate` keeps as comments at most."""
        found: dict[str, Any] = {}
        for file, tree_of in _CONFIG.items():
            text = self._text(file)
            tree = tree_of(file, with_plain_ends(text.lstrip("\ufeff"))) if text else None
            found = {**_besides(tree), **found} if tree is not None else found
        return found

    def _config(self) -> Iterator[Change]:
        """Config as Code is moved. What cannot be moved is said."""
        code = self._text(CODE) or next(filter(None, map(self._text, _OTHER_CODE)), None)
        if code is not None:
            self.by_hand += [
                f".railway/ does not have {key} of railway.toml: {key}={_inline(value)}"
                for key, value in self._migrated().items()
                if key not in code
            ]
        for file in _CONFIG:
            text = self._text(file)
            if text is not None:
                self.by_hand += _not_moved(file, text)
                yield Change(file, text, None)

    def _procfile(self) -> Iterator[Change]:
        text = self._text("Procfile")
        if text is not None and self._builder() != "DOCKERFILE":
            yield Change("Procfile", text, set_in_procfile(text, "web", self._wanted.start))

    def _builder(self) -> str:
        return self._service.builder if self._service is not None else "RAILPACK"

    def _nixpacks(self) -> Iterator[Change]:
        """Aligned where it is read. Elsewhere removed, when a start command is all that is in it."""
        text = self._text("nixpacks.toml")
        if text is None:
            return
        if self._builder() == "NIXPACKS":
            yield Change(
                "nixpacks.toml", text, set_in_toml(text, "start", {"cmd": self._wanted.start})
            )
            return
        tree = toml_tree("nixpacks.toml", with_plain_ends(text.lstrip("\ufeff")))
        if set(tree.table()) <= {"start"}:
            yield Change("nixpacks.toml", text, None)
        else:
            self.by_hand.append(
                "nixpacks.toml is not read: bring its phases into railpack.json, and remove it"
            )

    def _railpack(self) -> Iterator[Change]:
        text = self._text("railpack.json")
        if text is None or self._builder() == "DOCKERFILE":
            return
        if "startCommand" in json_tree("railpack.json", text.lstrip("\ufeff")).table("deploy"):
            values = {"startCommand": self._wanted.start}
            yield Change("railpack.json", text, set_in_json(text, "deploy", values))

    def _requirements(self) -> Iterator[Change]:
        """An upper bound for gunicorn: the major version that was judged by."""
        pin = self._plan.gunicorn
        if pin.bounded or "gunicorn" not in self._wanted.start:
            return
        bound = f"<{pin.release[0] + 1}"
        if pin.place is None or not pin.place.file.endswith(".txt"):
            self.by_hand.append(f"gunicorn{bound} in the dependencies")
            return
        text = self._text(pin.place.file)
        if text is not None:
            yield Change(pin.place.file, text, _bounded(text, pin.place.line, bound))


def _besides(tree: Tree) -> dict[str, Any]:
    """Arguments of ``service`` for what such a file says besides a start and a health check."""
    deploy = {k: v for k, v in tree.table("deploy").items() if k in DEPLOY_KEYS}
    build = {k: v for k, v in tree.table("build").items() if k in BUILD_KEYS}
    found = {
        "preDeploy": deploy.get("preDeployCommand"),
        "replicas": deploy.get("numReplicas"),
        "build": build or None,
        "deploy": {k: v for k, v in deploy.items() if k not in _KEYS} or None,
    }
    return {key: value for key, value in found.items() if value is not None}


def _not_moved(file: str, text: str) -> Iterator[str]:
    """What nobody knows, and what holds in one environment only."""
    tree = _CONFIG[file](file, with_plain_ends(text.lstrip("\ufeff")))
    for item in unknown_keys(tree):
        yield f"{item.place}: {item.key} is not moved ({item.hint})"
    for name in tree.table("environments"):
        place = tree.place("environments", name)
        yield f"{place}: what it says of the environment {name} is not moved"


def _bounded(text: str, line: int, bound: str) -> str:
    start, old = line_starts(text)[line - 1], lines_of(text)[line - 1]
    pattern = r"^(\s*gunicorn\s*(?:\[[^\]]*\])?)\s*([^;#\s]*)"

    def add(match: re.Match[str]) -> str:
        return f"{match[1]}{match[2]},{bound}" if match[2] else f"{match[1]}{bound}"

    new = re.sub(pattern, add, old, count=1, flags=re.IGNORECASE)
    return text[:start] + new + text[start + len(old) :]


def _python(value: Any) -> str:
    """A value as Python, a dictionary a key a line."""
    if isinstance(value, Mapping):
        lines = (f"            {json.dumps(k)}: {_inline(v)},\n" for k, v in value.items())
        return "{\n" + "".join(lines) + "        }"
    return _inline(value)


def _inline(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)
