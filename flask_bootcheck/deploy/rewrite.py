"""Changing a start command in place. What need not change stays as it is written: other commands of
the line, wrappers, assignments, quotes."""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from .command import understand
from .shell import Token, Word, tokens
from .source import words_in

_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*\+?=")
_SHELL = re.compile(r"(?:ba|da|a|z|k)?sh")
_QUOTED = r"'[^']*'|\"(?:[^\"\\]|\\.)*\""
_FACTORY = re.compile(rf"{_QUOTED}|(?<![^\s])([\w.]+:\w+\((?:[^()'\"]|{_QUOTED})*\))", re.DOTALL)
#: What only a shell does with a word: expand a variable (double quotes allow that), match files.
_EXPANDS = re.compile(r"[$`]")
_MATCHES = re.compile(r"[*?]|^~|=~")
_BUILTINS = frozenset(
    words_in("""
. : alias bg break builtin cd command continue declare eval exec exit export fg hash jobs let local
read readonly return set shift shopt source time times trap type typeset ulimit umask unalias unset
wait !
""")
)
_COMPOUND = frozenset(
    words_in("if then elif else fi while until do done for case esac select function { } [[ trap")
)
_BRANCHES = frozenset(words_in("if then elif else case"))
_REDIRECTS = ("<", ">", ">>")
_SHORT = {"--workers": "-w", "--bind": "-b", "--worker-class": "-k"}
_GUNICORN = ("gunicorn", "gunicorn.app.wsgiapp")
_KEPT_BINDS = ("unix:", "fd:")


@dataclass(frozen=True, slots=True)
class _Part:
    """One simple command of a line, and the operators around it."""

    words: tuple[Token, ...]
    before: str
    after: str

    @property
    def first(self) -> str:
        return str(self.words[0].item)

    @property
    def names(self) -> list[str]:
        return [posixpath.basename(str(word.item)) for word in self.words]


Edit = tuple[int, int, str]


def set_options(text: str, options: Mapping[str, str]) -> str | None:
    """The text with these options of its gunicorn; ``None`` where that cannot be done safely."""
    if not options:
        return text
    if any(token.item == "<<" for token in tokens(text)):
        return None  # what stands in a here-document is no command
    parts = _parts(text)
    branches = any(part.first in _BRANCHES for part in parts)
    edits: list[Edit] = []
    for part in parts:
        if not edits or branches:
            edits += _in_part(text, part, options)
    return _edited(text, edits) if edits else None


def set_expanding(text: str, words: Collection[str]) -> str:
    """The text with these words, which single quotes keep from being expanded, in double quotes."""
    edits = [
        (token.start, token.end, f'"{token.item}"')
        for token in tokens(text)
        if isinstance(token.item, Word) and token.item.text in words and token.item.literal
        if not re.search(r'["`\\]|\$\(', token.item.text)
    ]
    return _edited(text, edits)


def quote_factories(text: str) -> str:
    """``main:create_app()`` in quotes: a shell takes the parentheses for its own."""
    return _FACTORY.sub(lambda found: shlex.quote(found[1]) if found[1] else found[0], text)


def through_shell(text: str) -> str:
    """The command for a platform that splits it into words and uses no shell."""
    if not needs_shell(text):
        return text
    return f"/bin/sh -c {shlex.quote(_in_double_quotes(_with_exec(text)))}"


def needs_shell(text: str) -> bool:
    """Whether a shell would do more than split the text into words."""
    found = tokens(text)
    words = [token.item for token in found if isinstance(token.item, Word)]
    if not words or len(words) < len(found):
        return bool(words)
    if words[0].text in _BUILTINS | _COMPOUND or _ASSIGNMENT.match(words[0].text):
        return True
    script = _script_of(words)
    return any(
        _is_expanded(text[token.start : token.end])
        for index, token in enumerate(found)
        if index != script
    )


def is_plain(text: str) -> bool:
    """Whether it is gunicorn, and nothing besides."""
    parts = _parts(text)
    return len(parts) == 1 and understand(text, None, in_shell=True).program == "gunicorn"


def handed_on(text: str) -> str:
    """The gunicorn that a script is given to run in the end; else the text. The shell that reads the
    line has expanded its words before the script gets them."""
    inner = inside(text)
    for part in _parts(inner):
        at = _arguments(inner, part)
        shown = inner[part.words[0].start : part.words[-1].end]
        if at is not None and understand(shown, None, in_shell=True).script:
            return inner[: part.words[0].start] + inner[part.words[at - 1].start :]
    return text


def inside(text: str) -> str:
    """What ``sh -c "..."`` runs, where that is the whole command."""
    found = tokens(text)
    script = _script_of([t.item for t in found if isinstance(t.item, Word)])
    return str(found[script].item) if script is not None and len(_parts(text)) == 1 else text


def steps(text: str) -> Iterator[tuple[int, str]]:
    """What a command line, or a script, runs besides gunicorn, each with its line: migrations, a
    bot."""
    text = inside(text)
    for part in _parts(text):
        shown = text[part.words[0].start : part.words[-1].end]
        program = understand(shown, None, in_shell=True).program
        setting = part.first in _BUILTINS | _COMPOUND or _ASSIGNMENT.match(part.first)
        if program != "gunicorn" and not setting and part.first not in ("echo", "true"):
            yield text.count("\n", 0, part.words[0].start) + 1, shown


def _parts(text: str) -> list[_Part]:
    parts, words = list[_Part](), list[Token]()
    before, skip = "", False
    for token in tokens(text):
        if isinstance(token.item, Word):
            words += [] if skip else [token]
            skip = False
        elif token.item in _REDIRECTS:
            if words and words[-1].end == token.start and str(words[-1].item).isdecimal():
                words.pop()  # 2>&1
            skip = True
        elif not (skip and token.item == "&"):  # >&2
            if words:
                parts.append(_Part(tuple(words), before, token.item))
            before, words, skip = token.item, [], False
    if words:
        parts.append(_Part(tuple(words), before, ""))
    return parts


def _in_part(text: str, part: _Part, options: Mapping[str, str]) -> list[Edit]:
    at = _arguments(text, part)
    if at is not None:
        return [*_option_edits(part.words[at:], part.words[at - 1].end, options)]
    for before, word in zip(part.words, part.words[1:], strict=False):
        raw = text[word.start : word.end]
        if not re.fullmatch(r"-\w*c", str(before.item)) or not _is_quoted_as_it_is(raw):
            continue
        inner = set_options(raw[1:-1], options)
        if inner is not None:
            return [(word.start + 1, word.end - 1, inner)]
    return []


def _is_quoted_as_it_is(raw: str) -> bool:
    """Whether the quotes are all that the shell takes off."""
    return bool(re.fullmatch(r"'[^']*'|\"[^\"\\]*\"", raw))


def _arguments(text: str, part: _Part) -> int | None:
    """Where the arguments of gunicorn begin; ``None`` where it is not run."""
    named = next((name for name in _GUNICORN if name in part.names), None)
    if named is None:
        return None
    run = understand(text[part.words[0].start : part.words[-1].end], None, in_shell=True)
    if run.program == "gunicorn" and not run.script:
        return len(part.words) - len(run.arguments)
    return part.names.index(named) + 1 if run.script else None


def _option_edits(
    arguments: Sequence[Token], at: int, options: Mapping[str, str]
) -> Iterator[Edit]:
    added = ""
    for option, value in options.items():
        given = [*_given(arguments, option)]
        for number, (start, end) in enumerate(given):
            yield start, end, "" if number else f"{option} {value}"
        added += "" if given else f" {option} {value}"
    if added:
        yield at, at, added


def _given(arguments: Sequence[Token], option: str) -> Iterator[tuple[int, int]]:
    """Where an option is given, its value included."""
    short = _SHORT.get(option, option)
    for index, token in enumerate(arguments):
        text = str(token.item)
        last = token
        if text in (option, short):
            last = arguments[min(index + 1, len(arguments) - 1)]
        elif not (text.startswith(f"{option}=") or re.match(rf"{short}[^-]", text)):
            continue
        if not str(last.item).startswith(_KEPT_BINDS):
            yield token.start, last.end


def _edited(text: str, edits: Sequence[Edit]) -> str:
    for start, end, new in sorted(edits, reverse=True):
        head = text[:start] if new else text[:start].rstrip(" ")
        text = head + new + text[end:]
    return text


def _script_of(words: Sequence[Word]) -> int | None:
    """Which word it is that a shell is given with ``-c``."""
    if not words or not _SHELL.fullmatch(posixpath.basename(words[0].text)):
        return None
    for index, word in enumerate(words[1:-1], 1):
        if re.fullmatch(r"-\w*c", word.text):
            return index + 1
    return None


def _is_expanded(raw: str) -> bool:
    bare = re.sub(r"\\.", "", raw, flags=re.DOTALL)
    bare = re.sub(r"'[^']*'", "", bare)
    return bool(_EXPANDS.search(bare) or _MATCHES.search(re.sub(r'"[^"]*"', "", bare)))


def _with_exec(text: str) -> str:
    """``exec`` before the last command, where that is what stays, so that signals reach it."""
    parts = _parts(text)
    items = {str(token.item) for token in tokens(text) if not isinstance(token.item, Word)}
    last = parts[-1]
    words = [str(word.item) for word in last.words]
    program = next((word for word in words if not _ASSIGNMENT.match(word)), "")
    if (
        items & {"(", ")", "<<"}
        or any(part.first in _COMPOUND for part in parts)
        or last.before in ("|", "|&")
        or last.after not in ("", ";", "\n")
        or program in _BUILTINS | {""}
    ):
        return text
    start = last.words[0].start
    return f"{text[:start]}exec {'' if program == words[0] else 'env '}{text[start:]}"


def _in_double_quotes(text: str) -> str:
    """Single quotes as double ones where both mean the same: they go into single quotes."""
    edits = [
        (token.start, token.end, f'"{token.item}"')
        for token in tokens(text)
        if re.fullmatch(r"'[^'\"$`\\!]*'", text[token.start : token.end])
    ]
    return _edited(text, edits)
