"""Finding and reading the deploy files of a project. Never raises: what cannot be read is said."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterator
from pathlib import Path

from .plan import Place, Said, Trouble
from .readers import READERS, Read
from .readers.dockerfile import read as read_dockerfile
from .source import Unreadable, inside, is_file, read_text


def read_files(root: Path) -> dict[str, Said]:
    """What every deploy file says, by its name; a Dockerfile also where another file names it."""
    found = {file: _read(root, file, reader, read) for file, reader, read in _known(root)}
    for said in [*found.values()]:
        for service in said.services:
            named = service.dockerfile
            file = posixpath.normpath(str(named.value).lstrip("/")) if named is not None else ""
            path = inside(root, file)
            if file and file not in found and path is not None and is_file(path):
                found[file] = _read(root, file, "dockerfile", read_dockerfile)
    return found


def _known(root: Path) -> Iterator[tuple[str, str, Read]]:
    for reader in READERS:
        for file in reader.files:
            if os.path.lexists(root / file):
                yield file, reader.name, reader.read


def _read(root: Path, file: str, reader: str, read: Read) -> Said:
    path = inside(root, file)
    try:
        if path is None:
            raise Unreadable("it leads out of the project")
        return read(file, read_text(path))
    except Unreadable as error:
        return Said(file, reader, troubles=(Trouble(Place(file, error.line), error.reason),))
    except RecursionError:
        return Said(file, reader, troubles=(Trouble(Place(file), "nested too deep"),))
