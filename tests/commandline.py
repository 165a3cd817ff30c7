"""``flask`` as a person runs it, without an interpreter of its own: it is called."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, chdir, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from unittest import mock

from click.testing import CliRunner
from flask.cli import FlaskGroup


@dataclass(frozen=True)
class Done:
    """What became of a command, in the words of ``subprocess``."""

    returncode: int
    stdout: str
    stderr: str


def flask(folder: Path, *arguments: str, environ: Mapping[str, str]) -> Done:
    """``flask ...`` in a folder, with exactly that environment. A trial still has its process.

    What goes past ``sys.stdout``, from a child that has inherited the descriptor, is in it, too.
    """
    with ExitStack() as stack:
        files = [stack.enter_context(_redirected(descriptor)) for descriptor in (1, 2)]
        stack.enter_context(chdir(folder))
        # Undoes what flask leaves in the environment. The group is a new one: it keeps its app.
        stack.enter_context(mock.patch.dict(os.environ, environ, clear=True))
        found = CliRunner().invoke(FlaskGroup(name="flask"), arguments)
        past = [_text(file) for file in files]
    if found.exception is not None and not isinstance(found.exception, SystemExit):
        raise found.exception
    return Done(found.exit_code, found.stdout + past[0], found.stderr + past[1])


@contextmanager
def _redirected(descriptor: int) -> Iterator[IO[bytes]]:
    kept = os.dup(descriptor)
    try:
        with tempfile.TemporaryFile() as file:
            os.dup2(file.fileno(), descriptor)
            yield file
    finally:
        os.dup2(kept, descriptor)
        os.close(kept)


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode()
