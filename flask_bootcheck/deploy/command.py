"""Seeing through a start command: what it runs in the end, behind shells, wrappers and settings."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from .shell import Simple, Word, split_shell, split_words
from .source import words_in

_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)=(.*)", re.DOTALL)
_SHELLS = frozenset(["sh", "bash", "dash", "ash", "zsh", "ksh"])
_PYTHON = re.compile(r"(?:python|pypy)[\d.]*")
_SERVERS = frozenset(
    words_in("""
gunicorn flask uwsgi waitress-serve uvicorn hypercorn daphne granian
""")
)
#: Modules that a Python runs as a server.
_MODULES = {"gunicorn": "gunicorn", "gunicorn.app.wsgiapp": "gunicorn", "flask": "flask"}
_KEYWORDS = frozenset(
    ["if", "then", "elif", "else", "fi", "while", "until", "do", "done", "esac", "{", "}", "!"]
)
_MOST_STEPS = 40


@dataclass(frozen=True, slots=True)
class Wrapper:
    """A program that runs another: the subcommands that do (``run``), its options that take a value,
    how many words of its own stand before the command, and whether that begins behind ``--`` only."""

    subcommands: tuple[str, ...] = ()
    valued: frozenset[str] = frozenset()
    own_words: int = 0
    dashes: bool = False


def _options(*names: str) -> frozenset[str]:
    return frozenset(names)


_WRAPPERS = {
    "exec": Wrapper(valued=_options("-a")),
    "command": Wrapper(),
    "nohup": Wrapper(),
    "time": Wrapper(),
    "setsid": Wrapper(),
    "nice": Wrapper(valued=_options("-n", "--adjustment")),
    "ionice": Wrapper(valued=_options("-c", "-n", "--class", "--classdata")),
    "stdbuf": Wrapper(valued=_options("-i", "-o", "-e")),
    "timeout": Wrapper(valued=_options("-k", "-s", "--kill-after", "--signal"), own_words=1),
    "sudo": Wrapper(valued=_options("-u", "-g", "--user", "--group")),
    "gosu": Wrapper(own_words=1),
    "su-exec": Wrapper(own_words=1),
    "setpriv": Wrapper(valued=_options("--reuid", "--regid")),
    "dumb-init": Wrapper(valued=_options("-r", "--rewrite")),
    "tini": Wrapper(valued=_options("-p", "-e")),
    "catatonit": Wrapper(),
    "doppler": Wrapper(("run",), _options("-p", "--project", "-c", "--config", "-t", "--token")),
    "infisical": Wrapper(("run",), dashes=True),
    "op": Wrapper(("run",), dashes=True),
    "dotenv": Wrapper(("run",), _options("-f", "--file", "-q", "--quote", "-e", "--export")),
    "chamber": Wrapper(("exec",), dashes=True),
    "aws-vault": Wrapper(("exec",), dashes=True),
    "poetry": Wrapper(("run",), _options("-C", "--directory", "-P", "--project")),
    "pipenv": Wrapper(("run",)),
    "pdm": Wrapper(("run",), _options("-p", "--project")),
    "rye": Wrapper(("run",)),
    "hatch": Wrapper(("run",), _options("-e", "--env")),
    "uv": Wrapper(
        ("run",),
        _options(
            *("--extra", "--group", "--with", "--python", "-p", "--project", "--directory"),
            *("--env-file", "--no-group", "--package", "--index", "--with-requirements"),
        ),
    ),
    "uvx": Wrapper(valued=_options("--with", "--from", "--python", "-p")),
    "conda": Wrapper(("run",), _options("-n", "--name", "-p", "--prefix")),
    "micromamba": Wrapper(("run",), _options("-n", "--name", "-p", "--prefix")),
    "pixi": Wrapper(("run",), _options("-e", "--environment")),
    "ddtrace-run": Wrapper(),
    "opentelemetry-instrument": Wrapper(dashes=False, valued=_options("--service_name")),
    "newrelic-admin": Wrapper(("run-program",)),
    "scout-apm": Wrapper(),
    "wait-for-it": Wrapper(dashes=True),
    "wait-for-it.sh": Wrapper(dashes=True),
    "wait-for": Wrapper(dashes=True),
    "dockerize": Wrapper(valued=_options("-wait", "-timeout", "-template", "-wait-retry-interval")),
    "xvfb-run": Wrapper(valued=_options("-n", "-s")),
}


@dataclass(frozen=True, slots=True)
class Command:
    """What runs in the end. ``program`` is a base name (``gunicorn``), ``script`` the file that a
    shell or Python runs in place of a known server. ``shell``: its variables are expanded."""

    program: str = ""
    arguments: tuple[Word, ...] = ()
    environ: tuple[tuple[str, Word], ...] = ()
    folder: str = ""
    in_shell: bool = False
    script: str = ""
    literal: tuple[Word, ...] = field(default=())


def understand(start: str, words: Sequence[str] | None, in_shell: bool, line: int = 1) -> Command:
    """A start command, written as text or as a list of words that no shell reads."""
    if words is not None:
        simple = Simple(tuple(Word(word, line) for word in words))
        return _see_through(simple, Command(in_shell=False), 0)
    if not in_shell:
        return _see_through(Simple(split_words(start, line)), Command(in_shell=False), 0)
    return stays(split_shell(start, line), Command(in_shell=True), 0)


def stays(commands: Sequence[Simple], outer: Command, steps: int) -> Command:
    """The command of several that stays: the first that is a server, else the last."""
    found = outer
    environ, folder = outer.environ, outer.folder
    for simple in map(_without_keywords, commands):
        if not simple.words:
            continue
        text = simple.words[0].text
        if text == "cd" and len(simple.words) > 1:
            folder = posixpath.normpath(posixpath.join(folder, simple.words[-1].text))
            continue
        if text == "export" or all(_ASSIGNMENT.fullmatch(word.text) for word in simple.words):
            environ += _assigned(simple.words)
            continue
        seen = _see_through(simple, replace(outer, environ=environ, folder=folder), steps + 1)
        if _serves(seen):
            return seen
        if seen.program not in ("set", "trap", "wait", "echo", "exit", ":", "true"):
            found = seen
    return found


def _without_keywords(simple: Simple) -> Simple:
    """``then exec gunicorn ...``: which branch is taken nobody knows, so each is looked at."""
    words = simple.words
    while words and words[0].text in _KEYWORDS:
        words = words[1:]
    return replace(simple, words=words)


def _serves(command: Command) -> bool:
    """``flask db upgrade`` comes to an end, ``flask run`` does not."""
    first = command.arguments[0].text if command.arguments else ""
    return command.program in _SERVERS and (command.program != "flask" or first == "run")


def _assigned(words: Sequence[Word]) -> tuple[tuple[str, Word], ...]:
    matches = ((word, _ASSIGNMENT.fullmatch(word.text)) for word in words)
    return tuple((match[1], _rest(word, match[2])) for word, match in matches if match)


def _see_through(simple: Simple, outer: Command, steps: int) -> Command:
    """Take one layer after the other off."""
    words, here = simple.words, outer
    for _ in range(_MOST_STEPS):
        while words and (match := _ASSIGNMENT.fullmatch(words[0].text)) and here.in_shell:
            here = replace(here, environ=(*here.environ, (match[1], _rest(words[0], match[2]))))
            words = words[1:]
        if not words:
            return here
        name = posixpath.basename(words[0].text)
        if name == "env":
            here, words = _env(here, words[1:])
        elif name in _SHELLS and steps < _MOST_STEPS:
            return _shell(here, words, steps)
        elif _PYTHON.fullmatch(name):
            return _python(here, words)
        elif name in _WRAPPERS and (inner := _unwrap(_WRAPPERS[name], words)):
            words = inner
        else:
            return _last(here, name, words)
    return here


def _rest(word: Word, text: str) -> Word:
    return replace(word, text=text)


def _last(here: Command, name: str, words: tuple[Word, ...]) -> Command:
    if name.endswith((".py", ".sh")):
        return replace(here, script=words[0].text, program="", arguments=words[1:])
    if "/" in words[0].text and name not in _SERVERS:  # perhaps one of the project
        return replace(here, script=words[0].text, program=name, arguments=words[1:])
    return replace(here, program=name, arguments=words[1:])


def _env(here: Command, words: tuple[Word, ...]) -> tuple[Command, tuple[Word, ...]]:
    """``env -u NAME NAME=value command``."""
    while words:
        text = words[0].text
        if text in ("-u", "--unset", "-C", "--chdir"):
            words = words[2:]
        elif text.startswith("-"):
            words = words[1:]
        elif match := _ASSIGNMENT.fullmatch(text):
            here = replace(here, environ=(*here.environ, (match[1], _rest(words[0], match[2]))))
            words = words[1:]
        else:
            break
    return here, words


def _shell(here: Command, words: tuple[Word, ...], steps: int) -> Command:
    """``sh -c "..."``, ``bash start.sh``."""
    rest = list(words[1:])
    while rest and rest[0].text[:1] in ("-", "+"):
        option = rest.pop(0).text
        if option in ("-o", "+o", "--rcfile"):
            rest = rest[1:]
        elif "c" in option.lstrip("-") and not option.startswith("--") and rest:
            inner = split_shell(rest[0].text, rest[0].line)
            return stays(inner, replace(here, in_shell=True), steps + 1)
    if not rest:
        return replace(here, program="sh")
    return replace(here, script=rest[0].text, arguments=tuple(rest[1:]), program="")


def _python(here: Command, words: tuple[Word, ...]) -> Command:
    """``python -m gunicorn``, ``python -u start.py``."""
    rest = list(words[1:])
    while rest and rest[0].text.startswith("-"):
        option = rest.pop(0).text
        if option in ("-W", "-X"):
            rest = rest[1:]
        elif option == "-c":
            return replace(here, program="python")
        elif option.startswith("-m") or option == "-um":
            module = option[2:] if option.startswith("-m") and len(option) > 2 else ""
            module = module or (rest.pop(0).text if rest else "")
            return _module(here, module, tuple(rest))
    if not rest:
        return replace(here, program="python")
    return replace(here, script=rest[0].text, arguments=tuple(rest[1:]), program="python")


def _module(here: Command, module: str, arguments: tuple[Word, ...]) -> Command:
    if module in _MODULES or module in _SERVERS:
        return replace(here, program=_MODULES.get(module, module), arguments=arguments)
    if module == "waitress":
        return replace(here, program="waitress-serve", arguments=arguments)
    script = module.replace(".", "/") + ".py"
    return replace(here, program="python", script=script, arguments=arguments)


def _unwrap(wrapper: Wrapper, words: tuple[Word, ...]) -> tuple[Word, ...]:
    """The words of the command inside; none when this is not what the wrapper does here."""
    rest = list(words[1:])
    if wrapper.dashes:
        texts = [word.text for word in rest]
        if wrapper.subcommands and not set(wrapper.subcommands) & set(texts[:1]):
            return ()
        return tuple(rest[texts.index("--") + 1 :]) if "--" in texts else ()
    needed, own = bool(wrapper.subcommands), wrapper.own_words
    while rest:
        text = rest[0].text
        if text == "--":
            return tuple(rest[1:]) if not needed else ()
        if text.startswith("-"):
            rest = rest[2 if text in wrapper.valued else 1 :]
        elif needed:
            if text not in wrapper.subcommands:
                return ()
            needed, rest = False, rest[1:]
        elif own:
            own, rest = own - 1, rest[1:]
        else:
            return tuple(rest)
    return ()
