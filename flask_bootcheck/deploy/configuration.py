"""gunicorn's effective configuration, from its command line, variables and conf, in its own order."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from .conf import read_conf
from .machine import Known, Unknown, is_plain, shown
from .options import READ, BadOption, parse_options, takes_value
from .plan import Place, Process, Trouble, Value
from .project import Project, Setting
from .shell import split_words
from .source import locate

_ARGUMENTS = "GUNICORN_CMD_ARGS"
_OPEN = re.compile(r"\$\{?\w+(?:\[[@*]\]|[-:?+=].*)?\}?|\$\{?[@*]\}?|\$\(.*\)|`.*`", re.DOTALL)
_NUMBERS = ("workers", "threads", "timeout")
_TEXTS = ("worker_class", "chdir", "worker_tmp_dir", "wsgi_app", "target", "config")


def configure(
    words: Sequence[Value],
    project: Project,
    folder: str,
    place: Place,
    application: Mapping[str, Setting],
) -> Process:
    """The process of a gunicorn with these arguments. What stands first wins: the command line,
    ``GUNICORN_CMD_ARGS``, the conf, then variables and defaults.

    :param application: options of a gunicorn application of the project's own.
    """
    known, open_ = _without_open(words)
    settings, troubles = _from_arguments(known, place)
    environ, more = _from_arguments(_command_args(project), place)
    conf = _text(settings.get("config")) or _text(environ.get("config"))
    read = read_conf(conf, project, folder, place)
    merged = {**read.settings, **environ, **settings, **application}
    unreadable = (*troubles, *more, *read.troubles)
    complete = read.complete and not (open_ or unreadable)
    process = _Settings(merged, project, place, complete).process(folder)
    unknown = (*open_, *read.unknown, *process.not_looked_at)
    # An application of its own loads its app itself, and --paste names it in a file.
    named = application or any(str(word.value).startswith("--paste") for word in words)
    return replace(
        process,
        unreadable=unreadable,
        not_looked_at=unknown,
        governed=read.governed,
        misspelt=read.misspelt,
        start=None if named else place,
    )


def _without_open(words: Sequence[Value]) -> tuple[list[Value], list[Trouble]]:
    """The arguments without those of which nobody knows how many words they are, ``$OPTIONS``; such a
    one that is the value of an option stays."""
    known, unknown = list[Value](), list[Trouble]()
    before = ""
    for word in words:
        text = str(word.value)
        if _OPEN.fullmatch(text) and not takes_value(before):
            unknown.append(Trouble(word.place, f"what {text} holds is not known"))
        else:
            known.append(word)
        before = text
    return known, unknown


def _command_args(project: Project) -> list[Value]:
    text = project.machine.environ.get(_ARGUMENTS, "")
    place = project.places.get(_ARGUMENTS, Place(_ARGUMENTS))
    return [Value(word.text, place) for word in split_words(text)]


def _from_arguments(
    words: Sequence[Value], place: Place
) -> tuple[dict[str, Setting], list[Trouble]]:
    try:
        options = parse_options([str(word.value) for word in words])
    except BadOption as error:
        return {}, [Trouble(place, f"gunicorn: {error}")]
    found: dict[str, Setting] = {}
    for name, value in options.items():
        where = _word_of(name, value, words)
        spoken = where or Value("", place)
        said = Known(value, spoken.place.line, spoken.of_cpus)
        found[name] = Setting(said, spoken.place.file, of_command=True)
    return found, []


def _word_of(name: str, value: Any, words: Sequence[Value]) -> Value | None:
    """The word that gave an option, the last one when it is there several times."""
    if name in ("target", "preload_app", "control_socket_disable"):
        texts = {"target": (str(value),), "preload_app": ("--preload",)}.get(name, ())
        return next((word for word in words if str(word.value) in texts), None)
    for index in range(len(words) - 1, -1, -1):
        text = str(words[index].value)
        for flag in READ[name]:
            if text == flag and index + 1 < len(words):
                return words[index + 1]
            if text.startswith(f"{flag}=") or (flag[1] != "-" and text.startswith(flag)):
                return words[index]
    return None


def _text(setting: Setting | None) -> str:
    said = setting.said if setting is not None else None
    return shown(said.value) if isinstance(said, Known) else ""


class _Settings:
    """Settings as values; what is not known becomes a trouble."""

    def __init__(
        self, settings: Mapping[str, Setting], project: Project, place: Place, complete: bool
    ) -> None:
        self._settings = settings
        self._complete = complete
        self._machine = project.machine
        self._root = project.root
        self._places = project.places
        self._place = place
        self._troubles: list[Trouble] = []
        self._unexpanded: list[Value] = []

    def process(self, folder: str) -> Process:
        chdir = self._value("chdir")
        where = folder
        if chdir is not None:
            below = str(chdir.value)
            where = locate(self._root, folder, below) or posixpath.normpath(
                posixpath.join(folder, below.lstrip("/"))
            )
        process = Process(
            program="gunicorn",
            target=self._value("target") or self._value("wsgi_app"),
            workers=self._workers(),
            worker_class=self._value("worker_class"),
            binds=self._binds(),
            threads=self._number("threads"),
            timeout=self._number("timeout"),
            preload=self._value("preload_app"),
            control_socket=self._value("control_socket_disable") is None,
            folder="" if where == "." else where,
            python_path=self._python_path(folder),
            complete=self._complete,
        )
        return replace(
            process,
            not_looked_at=tuple(self._troubles),
            unexpanded=tuple(self._unexpanded),
        )

    def _python_path(self, folder: str) -> tuple[str, ...]:
        """Where modules are looked for besides: ``--pythonpath`` and the variable."""
        option = self._value("pythonpath")
        named = str(option.value).split(",") if option is not None else []
        named += self._machine.environ.get("PYTHONPATH", "").split(":")
        found = (locate(self._root, folder, name.strip()) for name in named if name.strip())
        return tuple(path for path in found if path)

    def _known(self, name: str) -> tuple[Known, Place] | None:
        setting = self._settings.get(name)
        if setting is None:
            return None
        if isinstance(setting.said, Unknown):
            reason = f"{name}: {setting.said.what} cannot be worked out without running it"
            self._troubles.append(Trouble(setting.place, reason))
            return None
        return setting.said, setting.place

    def _value(self, name: str) -> Value | None:
        found = self._known(name)
        if found is None or found[0].value in (None, "", False):
            return None
        said, place = found
        if isinstance(said.value, str | int | float):
            plain = shown(said.value) if isinstance(said.value, str) else said.value
            return Value(plain, place, said.of_cpus)
        return Value(shown(getattr(said.value, "__name__", said.value)), place)

    def _number(self, name: str) -> Value | None:
        found = self._known(name)
        if found is None:
            return None
        said, place = found
        try:
            return Value(int(said.value), place, said.of_cpus)
        except (TypeError, ValueError):
            reason = f"{name} is {shown(said.value):.60}, which no deploy file sets to a number"
            self._troubles.append(Trouble(place, reason))
            return None

    def _workers(self) -> Value | None:
        if "workers" in self._settings:
            return self._number("workers")
        if not self._complete:
            return None
        injected = "WEB_CONCURRENCY" in self._machine.injected
        text = self._machine.environ.get("WEB_CONCURRENCY", "" if injected else "1")
        if injected and not text:
            return None
        if text.strip().isdecimal():
            return Value(int(text), self._places.get("WEB_CONCURRENCY", self._place))
        reason = f"WEB_CONCURRENCY is {text!r:.40}, which is no number"
        self._troubles.append(Trouble(self._place, reason))
        return None

    def _binds(self) -> tuple[Value, ...]:
        found = self._known("bind")
        if found is None:
            if "bind" in self._settings or not self._complete:
                return ()
            port = "PORT" in self._machine.environ or "PORT" in self._machine.injected
            return (Value("0.0.0.0:$PORT" if port else "127.0.0.1:8000", self._place),)
        said, place = found
        items = said.value if isinstance(said.value, list | tuple) else [said.value]
        plain = [item.value if isinstance(item, Known) else item for item in items]
        texts = [str(item) for item in plain if is_plain(item)]
        split = [part.strip() for text in texts for part in text.split(",") if part.strip()]
        if place.file.endswith(".py") and not self._on_command_line("bind"):
            self._unexpanded += [Value(text, place) for text in split if "$" in text]
        return tuple(Value(shown(text), place) for text in split)

    def _on_command_line(self, name: str) -> bool:
        """Words of a command are looked at where they are read."""
        return self._settings[name].of_command
