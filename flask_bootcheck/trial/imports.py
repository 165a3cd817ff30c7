"""What is imported of the project while its app loads, and what fails to be.

Seen where Python executes a module: so the error is the first and real one, also when somebody
swallows it. To import the module again would not do: what it had defined before it failed, a table
or a route, is there already, and the second error is another one.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import FrameType, ModuleType

from ..sources.files import package_of
from .explain import said
from .place import place_of_error


@dataclass(frozen=True, slots=True)
class Failure:
    """An import that raised. ``kinds`` are the names of the exception's classes, ``missing`` is the
    module that was not there, or lacked a name. ``callers`` are the lines of the project that led to
    it, innermost first: one of them may be in a ``try``."""

    module: str
    kinds: frozenset[str]
    error: str
    where: str
    missing: str
    callers: tuple[tuple[str, int], ...] = ()


class Imports:
    """The files of a folder that were executed as modules, and those that raised, by path."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.loaded: set[str] = set()
        self.failed: dict[str, Failure] = {}

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Look on for as long as it lasts."""
        execute = SourceFileLoader.exec_module

        def exec_module(loader: SourceFileLoader, module: ModuleType) -> None:
            try:
                execute(loader, module)
            except BaseException as error:
                self._note(loader.path, module.__name__, error, sys._getframe(1))
                raise
            self.loaded.add(loader.path)

        SourceFileLoader.exec_module = exec_module  # type: ignore[method-assign, assignment]
        try:
            yield
        finally:
            SourceFileLoader.exec_module = execute  # type: ignore[method-assign]

    def _note(self, file: str, module: str, error: BaseException, frame: FrameType | None) -> None:
        if not self._is_ours(file) or file in self.failed:
            return
        callers = []
        while frame is not None:
            if self._is_ours(frame.f_code.co_filename):
                callers.append((frame.f_code.co_filename, frame.f_lineno))
            frame = frame.f_back
        self.failed[file] = make_failure(module, error, self._root, tuple(callers))

    def _is_ours(self, file: str) -> bool:
        return Path(file).is_relative_to(self._root) and not package_of(file)


def make_failure(
    module: str, error: BaseException, root: Path, callers: tuple[tuple[str, int], ...] = ()
) -> Failure:
    """What there is to say of an exception that an import raised."""
    kinds = frozenset(kind.__name__ for kind in type(error).__mro__)
    missing = str(error.name or "") if isinstance(error, ImportError) else ""
    return Failure(module, kinds, said(error), place_of_error(error, root), missing, callers)
