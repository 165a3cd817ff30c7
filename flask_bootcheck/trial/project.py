"""The files around an app that was loaded, and which of them belong to it though nobody imported
them. To be left alone: scripts, other apps, and folders that have nothing to do with this one.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from ..sources.files import package_of
from ..sources.folder import module_name, python_files, read_source
from ..sources.handlers import imports_in
from ..sources.home import home_of
from ..sources.makers import Module, read_module

if TYPE_CHECKING:
    from flask import Flask

    from .imports import Imports


@dataclass(frozen=True, slots=True)
class Candidate:
    """A module that makes a blueprint."""

    name: str
    path: Path
    module: Module


class Project:
    """The folder that an app is imported from, and what of it was imported."""

    def __init__(self, app: Flask, imports: Imports, root: Path) -> None:
        self._app = app
        home = home_of(app)
        is_here = home is not None and home.is_relative_to(root) and not package_of(f"{home}/-")
        #: ``None`` for an app that is installed, or lies elsewhere: what is there is not its own.
        self._home = home if is_here else None
        #: The project's modules by file, with the package of each.
        self._loaded = dict(self._loaded_modules())
        self._seen = {
            os.path.realpath(f) for f in (*imports.loaded, *imports.failed, *self._loaded)
        }

    def candidates(self) -> list[Candidate]:
        """Modules that make a blueprint, are a part of this app as far as one can tell, and were
        imported by nobody."""
        home = self._home
        if home is None:
            return []
        unseen = [
            Candidate(name, path, read_module(read_source(path), name))
            for path in python_files(home)
            if os.path.realpath(path) not in self._seen and (name := module_name(path, home))
        ]
        others = [each.path.parent for each in unseen if each.module.makes_app]
        foreign = [folder for folder in others if not self._has_loaded(folder)]
        return [
            each
            for each in unseen
            if each.module.made
            and not (each.module.makes_app or each.module.is_script)
            and not any(each.path.is_relative_to(folder) for folder in foreign)
            and (self._is_near(each.name, home) or self.importers(each.name))
        ]

    def importers(self, name: str) -> list[tuple[str, int]]:
        """The lines, with their files, where modules that were imported name this one."""
        last = name.rpartition(".")[2]
        return [
            (file, line)
            for file, package in self._loaded.items()
            if last in (source := read_source(Path(file)))
            for imported, line in imports_in(source, package)
            if imported == name
        ]

    def _loaded_modules(self) -> Iterator[tuple[str, str]]:
        for module in list(sys.modules.values()):
            file = getattr(module, "__file__", None)
            if isinstance(file, str) and self._is_ours(file):
                yield file, str(getattr(module, "__package__", "") or "")

    def _is_ours(self, file: str) -> bool:
        home = self._home
        return home is not None and Path(file).is_relative_to(home) and not package_of(file)

    def _has_loaded(self, folder: Path) -> bool:
        return any(Path(file).is_relative_to(folder) for file in self._loaded)

    def _is_near(self, name: str, home: Path) -> bool:
        """Whether it stands in a package of the app, or beside its blueprints."""
        parts = name.split(".")
        parents = [".".join(parts[:count]) for count in range(1, len(parts))]
        return self._is_flat or any(_is_package(parent, home) for parent in parents)

    @cached_property
    def _is_flat(self) -> bool:
        """Whether blueprints stand side by side in the folder itself, not in one package."""
        names = {blueprint.import_name for blueprint in self._app.blueprints.values()}
        ours = [
            name for name in names if getattr(sys.modules.get(name), "__file__", "") in self._loaded
        ]
        tops = {name.partition(".")[0] for name in ours}
        return len(tops) > 1 or any("." not in name and not _has_path(name) for name in ours)


def _is_package(name: str, home: Path) -> bool:
    """Whether a package is imported, and from there."""
    folder = home.joinpath(*name.split("."))
    return str(folder) in [str(path) for path in getattr(sys.modules.get(name), "__path__", ())]


def _has_path(name: str) -> bool:
    return hasattr(sys.modules.get(name), "__path__")
