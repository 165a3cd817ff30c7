"""The environment as the shell gave it, without what ``flask`` puts into it before a command runs.

``flask`` loads ``.env`` and ``.flaskenv`` into the environment, and sets ``FLASK_RUN_FROM_CLI``, which
makes ``app.run()`` a no-op. Production has neither, so nothing that we look at or start may see them.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import click
from click.core import ParameterSource

from .boot import LoadError

#: The files that ``flask`` loads by itself: what stands in a later one wins.
_FILES = (".flaskenv", ".env")
_MARK = "FLASK_RUN_FROM_CLI"
_KEY = f"{__name__}.left_out"
#: What is for ``flask`` itself: an app does not miss it.
_OF_FLASK = re.compile(r"FLASK_(APP|DEBUG|ENV|RUN_\w+)")
#: So many names are told; more help nobody.
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Variables that only a file for development sets: which file, by the name of the variable."""

    files: Mapping[str, str] = field(default_factory=dict)

    def announce(self) -> None:
        """Say on stderr what the app is not given, before it is booted."""
        if self.files:
            click.echo(f"{self._said()}; to set them: flask --env-file FILE bootcheck", err=True)

    def explain(self, error: LoadError | None) -> LoadError | None:
        """The error, with what to do where one of the variables may be what the app misses."""
        if error is None or not self.files:
            return error
        hint = self.hint(error.message)
        own = "" if self._named(error.message) else error.hint
        return replace(error, hint="; ".join(part for part in (own, hint) if part))

    def hint(self, text: str) -> str:
        """What to do about an error with this text; empty where nothing was left out."""
        named = self._named(text)
        if not named:
            return self._said() if self.files else ""
        files = " and ".join(dict.fromkeys(self.files[name] for name in named))
        wanted = ", ".join(named)
        return f"{files} {_be(files)} not loaded in production: set {wanted} in the service's variables"

    def _named(self, text: str) -> list[str]:
        return [name for name in self.files if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text)]

    def _said(self) -> str:
        files = " and ".join(dict.fromkeys(self.files.values()))
        names = ", ".join([*self.files][:_SHOWN])
        more = f" and {len(self.files) - _SHOWN} more" if len(self.files) > _SHOWN else ""
        return f"{files} {_be(files)} not loaded, as in production; not set: {names}{more}"


def left_out(ctx: click.Context) -> LeftOut:
    """What was left out for the command that runs."""
    found: LeftOut = ctx.meta.get(_KEY, LeftOut())
    return found


@contextmanager
def environ_of_the_shell(ctx: click.Context) -> Iterator[None]:
    """``os.environ`` as the shell gave it, with what an ``--env-file`` sets, for as long as it lasts."""
    before = dict(os.environ)
    given = _given_values(ctx)
    shell = _initial_environ()
    added = {
        name: file
        for name, (file, value) in _values_of_files().items()
        # Where nobody says what the shell had, what has the value of the file is taken for the file's.
        if name in before and (name not in shell if shell is not None else before[name] == value)
    }
    if ctx.find_root().get_parameter_source("debug") is ParameterSource.COMMANDLINE:
        added.pop("FLASK_DEBUG", None)
    for name in (_MARK, *added):
        os.environ.pop(name, None)
    os.environ.update({n: v for n, v in given.items() if shell is None or n not in shell})
    ctx.meta[_KEY] = LeftOut(
        {n: f for n, f in added.items() if n not in given and not _OF_FLASK.fullmatch(n)}
    )
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _initial_environ() -> Mapping[str, str] | None:
    """The environment that this process was started with; ``None`` where the system does not say."""
    import psutil

    try:
        found: Mapping[str, str] = psutil.Process().environ()
    except (psutil.Error, OSError, NotImplementedError):
        return None
    return found


def _values_of_files() -> dict[str, tuple[str, str | None]]:
    """What the files say that ``flask`` loads by itself: file and value, by the name of the variable."""
    with suppress(ImportError):
        from dotenv import find_dotenv

        found = [(name, find_dotenv(name, usecwd=True)) for name in _FILES]
        return {
            key: (name, value) for name, path in found if path for key, value in _read(path).items()
        }
    return {}


def _given_values(ctx: click.Context) -> dict[str, str]:
    """What the file says that is named with ``--env-file``, or in ``FLASK_ENV_FILE``."""
    root = ctx.find_root()
    source, path = root.get_parameter_source("env_file"), None
    if source is ParameterSource.ENVIRONMENT:
        path = os.environ.get("FLASK_ENV_FILE")
    elif source is ParameterSource.COMMANDLINE:
        with suppress(click.UsageError):
            path = root.command.make_parser(root).parse_args(sys.argv[1:])[0].get("env_file")
    if not path or not Path(path).is_file():
        return {}
    return {name: value for name, value in _read(path).items() if value is not None}


def _read(path: str) -> dict[str, str | None]:
    with suppress(ImportError, OSError, ValueError):
        from dotenv import dotenv_values

        return dict(dotenv_values(path, encoding="utf-8"))
    return {}


def _be(files: str) -> str:
    return "are" if " and " in files else "is"
