"""Is the app that a start command names there? Looked for in the syntax tree, not imported."""

from __future__ import annotations

import ast
import difflib
import posixpath
import re
from collections.abc import Iterator
from pathlib import Path

from .factories import factory, required
from .plan import Process, Trouble
from .python_file import is_main_guard
from .source import Unreadable, inside, is_file, is_folder, parse_python, read_text

_TARGET = re.compile(r"([\w.]+)(?::\s*([A-Za-z_]\w*)\s*(\(.*\))?)?", re.DOTALL)
#: Worker classes that call the app as WSGI has it.
_OF_WSGI = frozenset(["sync", "gthread", "gevent", "eventlet", "tornado", "gevent_pywsgi"])
_MOST_FOLDERS = 200
_SKIPPED = frozenset(["node_modules", "venv", "env", "site-packages", "tests", "build", "dist"])


def missing_target(root: Path, process: Process, in_image: bool = False) -> Trouble | None:
    """Why the app is not there; ``None`` when it is, or when that cannot be said.

    :param in_image: it runs in an image that is laid out as its own file says.
    """
    if process.target is None:
        return _unnamed(process)
    match = _TARGET.fullmatch(str(process.target.value).strip())
    if match is None:
        return None
    module, name = match[1], match[2] or "application"
    if "$" in process.folder:
        return None
    folder = inside(root, process.folder or ".")
    if folder is None or not is_folder(folder):
        reason = f"the folder {process.folder} is not there"
        elsewhere = in_image or _may_be_elsewhere(root)
        return None if elsewhere else Trouble(process.target.place, reason)
    below = (inside(root, path) for path in process.python_path)
    folders = [folder, *(path for path in below if path is not None)]

    def find(wanted: str) -> Path | None:
        return next(filter(None, (_module_file(place, wanted) for place in folders)), None)

    file = find(module)
    if file is not None:
        missing = _no_name(root, process, file, name)
        is_known = not (missing or match[3] or process.unreadable)
        made = factory(file, module, name, find) if is_known else None
        return missing if made is None else _not_called(root, process, *made)
    elsewhere = in_image or _may_be_elsewhere(root)
    return None if elsewhere else _no_module(root, process, module)


def _unnamed(process: Process) -> Trouble | None:
    """No app at all, where nothing else could name it."""
    is_gunicorn = process.program == "gunicorn" and process.start is not None
    if not (is_gunicorn and process.complete) or process.not_looked_at:
        return None
    assert process.start is not None  # noqa: S101 - looked at above
    return Trouble(process.start, "the command names none, nor does a conf")


def _not_called(
    root: Path, process: Process, file: Path, function: ast.FunctionDef
) -> Trouble | None:
    """Each request would be given to the factory, and answered with an error."""
    target, served = process.target, process.worker_class
    assert target is not None  # noqa: S101 - the caller has looked
    if served is not None and str(served.value) not in _OF_WSGI:
        return None
    needed = required(function)
    shown = f"{_relative(root, file)}:{function.lineno}"
    reason = f"{function.name} in {shown} makes the app, and nothing calls it"
    call = f"{target}({', '.join(f'{name}=...' for name in needed)})"
    return Trouble(target.place, reason, f'call it, in quotes: "{call}"')


def _relative(root: Path, file: Path) -> str:
    return file.relative_to(root.resolve() if file.is_absolute() else root).as_posix()


def _may_be_elsewhere(root: Path) -> bool:
    """A package is installed."""
    names = ("setup.py", "setup.cfg", "src")
    return any((root / name).exists() for name in names) or _is_a_package(root)


def _module_file(folder: Path, module: str) -> Path | None:
    path = folder / Path(*module.split("."))
    for found in (path / "__init__.py", path.with_name(path.name + ".py")):
        if is_file(found):
            return found
    return None


def _no_module(root: Path, process: Process, module: str) -> Trouble | None:
    assert process.target is not None  # noqa: S101 - the caller has looked
    top = module.split(".")[0]
    folders = [*_folders_with(root, top)]
    place, hint = process.target.place, ""
    if folders:
        near = posixpath.join(folders[0].relative_to(root).as_posix())
        hint = f"; {near} has one: --chdir {near}"
    elif not [*root.glob("*.py")]:
        return None
    return Trouble(place, f"there is no module {module}{hint}")


def _is_a_package(root: Path) -> bool:
    try:
        return "[build-system]" in read_text(root / "pyproject.toml")
    except Unreadable:
        return False


def _folders_with(root: Path, top: str) -> Iterator[Path]:
    """Folders below the root that hold a module; not deep, and not many."""
    looked = 0
    for pattern in ("*", "*/*"):
        for folder in sorted(root.glob(pattern)):
            hidden = folder.name.startswith(".") or folder.name in _SKIPPED
            if hidden or not folder.is_dir():
                continue
            looked += 1
            if looked > _MOST_FOLDERS:
                return
            if _module_file(folder, top) is not None:
                yield folder


def _no_name(root: Path, process: Process, file: Path, name: str) -> Trouble | None:
    assert process.target is not None  # noqa: S101 - the caller has looked
    try:
        tree = parse_python(read_text(file))
    except (Unreadable, SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    names = set(_names(tree.body))
    if name in names or names & {"*", "__getattr__"}:
        return None
    shown = _relative(root, file)
    near = difflib.get_close_matches(name, sorted(names), 1, 0.6)
    hint = f"; did you mean {near[0]}?" if near else ""
    return Trouble(process.target.place, f"{shown} has no {name}{hint}")


def _names(body: list[ast.stmt]) -> Iterator[str]:
    """What a module has at its top level. ``*`` where that is not known."""
    for statement in body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield statement.name
        elif isinstance(statement, ast.Import | ast.ImportFrom):
            yield from (alias.asname or alias.name.split(".")[0] for alias in statement.names)
        elif isinstance(statement, ast.If) and is_main_guard(statement.test):
            yield from _names(statement.orelse)
        else:
            yield from _stored(statement)


def _stored(statement: ast.stmt) -> Iterator[str]:
    for node in ast.walk(statement):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.alias):
            yield node.asname or node.name.split(".")[0]
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("globals", "exec"):
            yield "*"
