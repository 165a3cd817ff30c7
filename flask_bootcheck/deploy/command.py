"""Seeing through a start command: what it runs in the end, behind shells, wrappers and settings."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from .shell import Simple, Word, split_shell, split_words
from .source import words_in
from .wrappers import WRAPPERS, unwrap

_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)=(.*)", re.DOTALL)
_SHELLS = frozenset(["sh", "bash", "dash", "ash", "zsh", "ksh"])
_PYTHON = re.compile(r"(?:python|pypy)[\d.]*")
SERVERS = frozenset(
    words_in("""
gunicorn flask uwsgi waitress-serve uvicorn hypercorn daphne granian twistd
""")
)
#: Programs that run no Flask app, and are known to.
OTHERS = frozenset(
    words_in("celery rq rqworker dramatiq arq huey_consumer nginx streamlit jupyter scrapy pytest")
)
#: Modules that a Python runs as a server.
_MODULES = {"gunicorn": "gunicorn", "gunicorn.app.wsgiapp": "gunicorn", "flask": "flask"}
_KEYWORDS = frozenset(
    ["if", "then", "elif", "else", "fi", "while", "until", "do", "done", "esac", "{", "}", "!"]
)
_OPENING = frozenset(["if", "while", "until", "for", "case"])
_CLOSING = frozenset(["fi", "done", "esac"])
_TESTS = frozenset(["[", "[[", "test"])
_PASSING = frozenset(
    words_in(
        "set trap wait echo exit : true false shift sleep source . unset printf return [ [[ test"
    )
    + words_in("case for local readonly umask ulimit read")
)
_MOST_STEPS = 40


@dataclass(frozen=True, slots=True)
class Command:
    """What runs in the end. ``program`` is a base name (``gunicorn``), ``script`` the file that a
    shell or Python runs in place of a known server. ``environ`` is what is set for it, ``None`` where
    only some branch does. ``in_shell``: its variables are expanded. ``line`` is that of its name."""

    program: str = ""
    arguments: tuple[Word, ...] = ()
    environ: tuple[tuple[str, Word | None], ...] = ()
    folder: str = ""
    in_shell: bool = False
    script: str = ""
    line: int = 1


def understand(start: str, words: Sequence[str] | None, in_shell: bool, line: int = 1) -> Command:
    """A start command, written as text or as a list of words that no shell reads."""
    if words is not None:
        simple = Simple(tuple(Word(word, line) for word in words))
        return _see_through(simple, Command(in_shell=False), 0)
    if not in_shell:
        return _see_through(Simple(split_words(start, line)), Command(in_shell=False), 0)
    return stays(split_shell(start, line), Command(in_shell=True), 0)


def stays(commands: Sequence[Simple], outer: Command, steps: int) -> Command:
    """The command of several that stays: the first that is a server, else the last. A development
    server in a branch gives way to any other server."""
    found, ways = outer, _Ways()
    environ, folder = outer.environ, outer.folder
    in_branch: Command | None = None
    for simple in commands:
        is_sure = ways.is_sure(simple)
        simple = _without_keywords(simple)
        if not simple.words or ways.is_pattern(simple):
            continue
        text = simple.words[0].text
        if text == "cd" and len(simple.words) > 1:
            folder = posixpath.normpath(posixpath.join(folder, simple.words[-1].text))
            continue
        if text == "export" or all(_ASSIGNMENT.fullmatch(word.text) for word in simple.words):
            environ += _assigned(simple.words, is_sure and simple.after != "(")
            continue
        seen = _see_through(simple, replace(outer, environ=environ, folder=folder), steps + 1)
        if serves(seen) and (is_sure or seen.program != "flask"):
            return seen
        if serves(seen):
            in_branch = in_branch or seen
        elif seen.program not in _PASSING:
            found = seen
    return in_branch or found


class _Ways:
    """The branches of a script, on its way from one command to the next."""

    def __init__(self) -> None:
        self._depth = 0
        self._before = Simple(())

    def is_sure(self, simple: Simple) -> bool:
        """Whether the next command is run whatever a test says."""
        before, self._before = self._before, simple
        for word in simple.words:
            if word.text not in _KEYWORDS | _OPENING:
                break
            self._depth += (word.text in _OPENING) - (word.text in _CLOSING)
        tested = before.words and before.words[0].text in _TESTS and before.after == "&&"
        return self._depth <= 0 and before.after != "||" and not tested

    def is_pattern(self, simple: Simple) -> bool:
        """``production)`` of a ``case``."""
        return self._depth > 0 and len(simple.words) == 1 and simple.after == ")"


def _without_keywords(simple: Simple) -> Simple:
    """``then exec gunicorn ...``: which branch is taken nobody knows, so each is looked at."""
    words = simple.words
    while words and words[0].text in _KEYWORDS:
        words = words[1:]
    return replace(simple, words=words)


def serves(command: Command) -> bool:
    """``flask db upgrade`` comes to an end, ``flask run`` does not."""
    texts = [word.text for word in command.arguments]
    return command.program in SERVERS and (command.program != "flask" or "run" in texts)


def _assigned(words: Sequence[Word], is_sure: bool) -> tuple[tuple[str, Word | None], ...]:
    matches = ((word, _ASSIGNMENT.fullmatch(word.text)) for word in words)
    return tuple(
        (match[1], _rest(word, match[2]) if is_sure else None) for word, match in matches if match
    )


def _see_through(simple: Simple, outer: Command, steps: int) -> Command:
    """Take one layer after the other off."""
    words, here = simple.words, outer
    for _ in range(_MOST_STEPS):
        while words and (match := _ASSIGNMENT.fullmatch(words[0].text)) and here.in_shell:
            here = replace(here, environ=(*here.environ, (match[1], _rest(words[0], match[2]))))
            words = words[1:]
        if not words:
            return here
        here = replace(here, line=words[0].line)
        name = posixpath.basename(words[0].text)
        if name == "env":
            here, words = _env(here, words[1:])
        elif name in _SHELLS and steps < _MOST_STEPS:
            return _shell(here, words, steps)
        elif _PYTHON.fullmatch(name):
            return _python(here, words)
        elif name in WRAPPERS and (inner := unwrap(WRAPPERS[name], words)):
            words = inner
        else:
            return _last(here, name, words)
    return here


def _rest(word: Word, text: str) -> Word:
    return replace(word, text=text)


def _last(here: Command, name: str, words: tuple[Word, ...]) -> Command:
    if name.endswith((".py", ".sh")):
        return replace(here, script=words[0].text, program="", arguments=words[1:])
    if "/" in words[0].text and name not in SERVERS:  # perhaps one of the project
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
    if module in _MODULES or module in SERVERS | OTHERS:
        return replace(here, program=_MODULES.get(module, module), arguments=arguments)
    if module == "waitress":
        return replace(here, program="waitress-serve", arguments=arguments)
    script = module.replace(".", "/") + ".py"
    return replace(here, program="python", script=script, arguments=arguments)
