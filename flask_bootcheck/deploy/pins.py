"""Which packages, and which gunicorn, a project will be deployed with: read from the files that say."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from .plan import Pin, Place, Trouble, Value
from .source import Unreadable, inside, is_file, lines_of, read_text, words_in
from .tree import Tree, json_tree, toml_tree

#: Releases of gunicorn that differ in what we judge; the newest that is known comes last.
RELEASES = words_in("""
19.9.0 19.10.0 20.0.4 20.1.0 21.2.0 22.0.0 23.0.0 24.0.0 24.1.1 25.0.3 25.1.0 25.2.0 25.3.0
26.0.0 26.1.0 26.2.0 27.0.0 27.0.1
""")
#: Below this Python pip takes no release from this one on, by its Requires-Python.
_NEEDS_PYTHON = (3, 10), (24, 0)
#: What our own extras bring.
_OUR_EXTRAS = {"eventlet": ("gunicorn>=23,<25.1", "eventlet"), "gevent": ("gunicorn[gevent]>=23",)}
_OURS = "flask-bootcheck"
_UPPER = ("==", "===", "~=", "<", "<=")
_MOST_FILES = 40


@dataclass(frozen=True, slots=True)
class Requirement:
    """A package that a file names, with the versions it allows; ``locked``: it is in a lock file."""

    name: str
    specifier: str
    place: Place
    extras: tuple[str, ...] = ()
    locked: bool = False
    #: Of a file that pip is given by ``-c``: it bounds a package, and brings none.
    bound: bool = False


@dataclass(frozen=True, slots=True)
class Dependencies:
    """All that the files of a project name."""

    files: tuple[str, ...]
    requirements: tuple[Requirement, ...]
    troubles: tuple[Trouble, ...]

    @property
    def locked(self) -> bool:
        """Whether a lock file names every package there will be."""
        return any(requirement.locked for requirement in self.requirements)

    @property
    def packages(self) -> frozenset[str]:
        """The names, in lower case and with dashes; of ``gunicorn[gevent]`` also ``gevent``."""
        brought = [r for r in self.requirements if not r.bound]
        extras = {e for r in brought if r.name == "gunicorn" for e in r.extras}
        return frozenset({r.name for r in brought} | extras)


def read_dependencies(folder: Path, prefix: str = "") -> Dependencies:
    """What the files in a folder say. Never raises: what cannot be read is a trouble."""
    files: list[str] = []
    found: list[Requirement] = []
    troubles: list[Trouble] = []
    for path, reader in _files(folder):
        name = prefix + path.relative_to(folder).as_posix()
        files.append(name)
        try:
            found += reader(name, read_text(path))
        except Unreadable as error:
            troubles.append(Trouble(Place(name, error.line), error.reason))
    found += [extra for item in found for extra in _from_our_extras(item)]
    return Dependencies(tuple(files), tuple(found), tuple(troubles))


Reader = Callable[[str, str], Iterator[Requirement]]


def _files(folder: Path) -> Iterator[tuple[Path, Reader]]:
    try:
        found = sorted(folder.glob("requirements*.txt")) + sorted(folder.glob("requirements/*.txt"))
    except OSError:
        return
    wanted = [path for path in found if "dev" not in path.name and "test" not in path.name]
    bounds = [other for one in wanted for other in _named(one, "-c|--constraint")]
    included = [other for one in wanted for other in _named(one, "-r|--requirement")]
    for path in dict.fromkeys([*wanted, *included, *bounds]):
        yield path, _constraints if path in bounds else _requirements
    for name, reader in _LOCKS.items():
        if (folder / name).exists():
            yield folder / name, reader


def _named(path: Path, option: str) -> Iterator[Path]:
    """What ``-r other.txt`` names beside it."""
    try:
        text = read_text(path)
    except Unreadable:
        return
    names = re.findall(rf"^(?:{option})[\s=]*([\w./-]+)", text, re.MULTILINE)
    for name in names[:_MOST_FILES]:
        other = inside(path.parent, name)
        if other is not None and is_file(other):
            yield path.parent / name


def _requirements(file: str, text: str) -> Iterator[Requirement]:
    number = 1
    for line in re.split(r"(?<!\\)\n", text):
        whole = line.replace("\\\n", "  ")
        yield from _requirement(whole.partition(" #")[0], Place(file, number))
        number += len(lines_of(line))


def _constraints(file: str, text: str) -> Iterator[Requirement]:
    for item in _requirements(file, text):
        yield replace(item, bound=True)


def _requirement(line: str, place: Place) -> Iterator[Requirement]:
    """One line, of ``requirements.txt`` or ``pyproject.toml``; nothing for what is no requirement."""
    from packaging.requirements import InvalidRequirement
    from packaging.requirements import Requirement as Parsed

    line = re.split(r"\s+--", line.strip(), maxsplit=1)[0].strip()
    if not line or line[0] in "#-./":
        return
    try:
        parsed = Parsed(line)
    except (InvalidRequirement, ValueError, RecursionError):
        return
    yield Requirement(
        normal(parsed.name), str(parsed.specifier), place, tuple(sorted(parsed.extras))
    )


def installed(packages: Iterable[Value]) -> Iterator[Requirement]:
    """What a file installs by itself."""
    for package in packages:
        for item in _requirement(str(package.value), package.place):
            yield item
            yield from _from_our_extras(item)


def _from_our_extras(item: Requirement) -> Iterator[Requirement]:
    if item.name == _OURS:
        for extra in item.extras:
            for line in _OUR_EXTRAS.get(extra, ()):
                yield from _requirement(line, item.place)


def _pyproject(file: str, text: str) -> Iterator[Requirement]:
    tree = toml_tree(file, text)
    for path in _lists(tree):
        listed = tree.get(*path)
        for index, line in enumerate(listed if isinstance(listed, list) else ()):
            yield from _requirement(str(line), _line_of(tree, text, line, *path, index))
    poetry = ("tool", "poetry")
    groups = [(*poetry, "group", name, "dependencies") for name in tree.table(*poetry, "group")]
    for table in [(*poetry, "dependencies"), *groups]:
        for name, value in tree.table(*table).items():
            version = value.get("version", "*") if isinstance(value, dict) else value
            place = tree.place(*table, name)
            yield Requirement(normal(name), _from_poetry(str(version)), place)


def _lists(tree: Tree) -> Iterator[tuple[str, ...]]:
    """Where a ``pyproject.toml`` lists requirements; a server is often in an extra or a group."""
    yield ("project", "dependencies")
    for name in tree.table("project", "optional-dependencies"):
        yield ("project", "optional-dependencies", name)
    for name in tree.table("dependency-groups"):
        yield ("dependency-groups", name)


def _line_of(tree: Tree, text: str, line: object, *path: str | int) -> Place:
    """A requirement stands in a list; its line is found by its text."""
    for number, shown in enumerate(lines_of(text), 1):
        if f'"{line}"' in shown or f"'{line}'" in shown:
            return Place(tree.file, number)
    return tree.place(*path)


def _from_poetry(version: str) -> str:
    """``^23.0`` and ``~23`` in the words of everybody else; what is not understood allows all."""
    version = version.strip()
    if version in ("*", ""):
        return ""
    if match := re.fullmatch(r"\^\s*(\d+)([\d.]*)", version):
        return f">={match[1]}{match[2]},<{int(match[1]) + 1}"
    if match := re.fullmatch(r"~\s*(\d+)(?:\.(\d+))?([\d.]*)", version):
        if match[2] is None:
            return f">={match[1]},<{int(match[1]) + 1}"
        return f">={match[1]}.{match[2]}{match[3]},<{match[1]}.{int(match[2]) + 1}"
    return f"=={version}" if version[:1].isdigit() else version


def _lock(file: str, text: str) -> Iterator[Requirement]:
    """``uv.lock`` and ``poetry.lock``: a list of packages, each with its version."""
    tree = toml_tree(file, text)
    packages = tree.get("package")
    for index, package in enumerate(packages if isinstance(packages, list) else ()):
        name, version = tree.text("package", index, "name"), tree.text("package", index, "version")
        if name is not None and version is not None and isinstance(package, dict):
            yield Requirement(normal(str(name)), f"=={version}", version.place, locked=True)


def _pipfile_lock(file: str, text: str) -> Iterator[Requirement]:
    tree = json_tree(file, text)
    for name in tree.table("default"):
        version = tree.text("default", name, "version")
        place = version.place if version is not None else tree.place("default", name)
        yield Requirement(normal(name), str(version or ""), place, locked=True)


def _pipfile(file: str, text: str) -> Iterator[Requirement]:
    tree = toml_tree(file, text)
    for name, value in tree.table("packages").items():
        version = value.get("version", "*") if isinstance(value, dict) else value
        yield Requirement(normal(name), _from_poetry(str(version)), tree.place("packages", name))


_LOCKS: dict[str, Reader] = {
    "pyproject.toml": _pyproject,
    "Pipfile": _pipfile,
    "uv.lock": _lock,
    "poetry.lock": _lock,
    "Pipfile.lock": _pipfile_lock,
}


def normal(name: str) -> str:
    """A package's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def python_of(root: Path) -> Value | None:
    """The Python that ``.python-version`` or Heroku's ``runtime.txt`` asks for, such as ``3.12``."""
    for name in (".python-version", "runtime.txt"):
        try:
            lines = lines_of(read_text(root / name)) if is_file(root / name) else []
        except Unreadable:
            continue
        for number, line in enumerate(lines, 1):
            if match := re.match(r"(?:python-)?(\d+\.\d+)\b", line.strip()):
                return Value(match[1], Place(name, number))
    return None


def gunicorn_pin(dependencies: Dependencies, python: Value | None = None) -> Pin:
    """The gunicorn there will be: what a lock file says, else the newest that is known, allowed, and
    runs on the Python there will be."""
    mine = [r for r in dependencies.requirements if r.name == "gunicorn"]
    if all(requirement.bound for requirement in mine):
        return Pin("gunicorn", _newest("", python), None, False, python)
    chosen = next((r for r in mine if r.locked), None)
    if chosen is not None:
        version = chosen.specifier.lstrip("=")
        return Pin("gunicorn", version, chosen.place, True, python)
    bounded = next((r for r in mine if any(op in r.specifier for op in _UPPER)), None)
    specifier = ",".join(r.specifier for r in mine if r.specifier)
    place = (bounded or mine[0]).place
    return Pin("gunicorn", _newest(specifier, python), place, bounded is not None, python)


def _newest(specifier: str, python: Value | None) -> str:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    known = [release for release in RELEASES if _runs_on(release, python)]
    try:
        allowed = [*SpecifierSet(specifier).filter(known)]
    except InvalidSpecifier:
        allowed = []
    if allowed:
        return str(allowed[-1])
    exact = re.search(r"===?\s*([\d.]+)", specifier)
    return exact[1] if exact else known[-1]


def _runs_on(release: str, python: Value | None) -> bool:
    oldest, first = _NEEDS_PYTHON
    is_old = python is not None and _two(str(python.value)) < oldest
    return not (is_old and _two(release) >= first)


def _two(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:2])
