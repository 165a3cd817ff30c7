"""The modules of the project that make a blueprint and that the app has not got.

Either their import failed while the app loaded, and somebody swallowed that: then the error is known.
Or nobody imported them: then they are imported apart, unless they look like something else than a part
of this app. What is certain, and what is not:

- An error that a handler swallows without a word (`pass`) is certain, whatever it is.
- An error that is a mistake in the code (syntax, a name that is not there) is certain, whatever the
  handler does.
- Where a handler does something, what is missing may be missing on purpose.
- What nobody imports may be old, and is no more than likely, unless an import of it stands in a ``try``
  that says nothing.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ..boot import Unimported
from ..sources.files import package_of, show
from ..sources.folder import read_source
from ..sources.handlers import Handler, handler_of
from ..sources.makers import read_module
from .apart import import_apart
from .imports import Failure, Imports, make_failure
from .project import Candidate, Project

if TYPE_CHECKING:
    from flask import Flask

#: For one module, and for all of them; more than so many are not tried.
_SECONDS, _ALL_SECONDS, _MOST = 5.0, 15.0, 40
_MISTAKES = frozenset({"SyntaxError", "NameError", "AttributeError", "TypeError"})
#: What an import raises, where it is not known what this one has.
_ANY_IMPORT = frozenset({"ModuleNotFoundError", "ImportError", "Exception", "BaseException"})
_Lines = Collection[tuple[str, int]]


def find_unimported(app: Flask, imports: Imports, root: Path) -> tuple[Unimported, ...]:
    """Look for them, once the app is loaded."""
    registered = {name.rpartition(".")[2] for name in app.blueprints}
    found = [*_failed(imports, root), *_forgotten(Project(app, imports, root), root)]
    # Where there is a blueprint of the name, the module is an old copy, or the fallback is there.
    return tuple(each for each in found if each.name not in registered)


def _failed(imports: Imports, root: Path) -> Iterator[Unimported]:
    """Those whose import was tried while the app loaded, and failed."""
    for file, failure in imports.failed.items():
        module = read_module(read_source(Path(file)), failure.module)
        if module.made and file not in imports.loaded:
            handler, swallowed = _handler(failure.callers, failure.kinds, root)
            certain = _is_mistake(failure, root) or (handler is not None and handler.silent)
            candidate = Candidate(failure.module, Path(file), module)
            yield _unimported(candidate, root, failure, swallowed, certain)


def _forgotten(project: Project, root: Path) -> Iterator[Unimported]:
    """Those that nobody has imported."""
    deadline = time.monotonic() + _ALL_SECONDS
    for candidate in project.candidates()[:_MOST]:
        makes_one, failure = _try(candidate, root, min(_SECONDS, deadline - time.monotonic()))
        if makes_one:
            kinds = failure.kinds if failure is not None else _ANY_IMPORT
            handler, swallowed = _handler(project.importers(candidate.name), kinds, root)
            certain = failure is not None and handler is not None and handler.silent
            yield _unimported(candidate, root, failure, swallowed, certain)


def _try(candidate: Candidate, root: Path, seconds: float) -> tuple[bool, Failure | None]:
    """Whether it makes a blueprint, as far as is known, and why it cannot be imported."""
    if candidate.module.error is not None:
        wrong = candidate.module.error
        wrong.filename = str(candidate.path)
        return True, make_failure(candidate.name, wrong, root)
    if candidate.module.acts or seconds <= 0:
        return True, None
    attempt = import_apart(candidate.name, root, seconds)
    is_known = attempt.finished and attempt.failure is None
    return bool(attempt.blueprints) or not is_known, attempt.failure


def _handler(lines: _Lines, kinds: Collection[str], root: Path) -> tuple[Handler | None, str]:
    """The first that catches it at one of some lines, and its ``file:line``."""
    for file, line in lines:
        handler = handler_of(read_source(Path(file)), line, kinds)
        if handler is not None:
            return handler, f"{show(file, root)}:{handler.line}"
    return None, ""


def _is_mistake(failure: Failure, root: Path) -> bool:
    """Whether nobody writes that on purpose: also a name that a module of the project lacks."""
    if failure.kinds & _MISTAKES:
        return True
    is_name = "ImportError" in failure.kinds and "ModuleNotFoundError" not in failure.kinds
    return is_name and _is_of_project(failure.missing, root)


def _is_of_project(module: str, root: Path) -> bool:
    file = getattr(sys.modules.get(module), "__file__", None)
    return isinstance(file, str) and Path(file).is_relative_to(root) and not package_of(file)


def _unimported(
    candidate: Candidate, root: Path, failure: Failure | None, swallowed: str, certain: bool
) -> Unimported:
    first = candidate.module.made[0]
    made = f"{show(str(candidate.path), root)}:{first.line}"
    return Unimported(
        module=candidate.name,
        name=first.name or candidate.name.rpartition(".")[2],
        made=made,
        error=failure.error if failure is not None else "",
        where=failure.where or made if failure is not None else made,
        swallowed=swallowed,
        certain=certain,
    )
