"""A shell command as words, read the way a POSIX shell would; nothing is run.

Variables and substitutions stay in the words as they are written, for
:func:`flask_bootcheck.deploy.expansion.expand`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_OPERATORS = ("&&", "||", ";;", "|&", ">>", "<<", "&", "|", ";", "\n", "(", ")", "<", ">")
_BLANKS = re.compile(r"[ \t\r\f\v]+|\\\n|#[^\n]*")
_REDIRECTS = ("<", ">", ">>", "<<")


@dataclass(frozen=True, slots=True)
class Word:
    """One word, and its line in the text; ``literal`` when a dollar in it is no variable, ``splits``
    when the value of one stands outside of quotes, and is split into words."""

    text: str
    line: int = 1
    literal: bool = False
    splits: bool = False

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Simple:
    """One command of a line; ``after`` is what follows it: ``&&``, ``|``, ``;`` or nothing."""

    words: tuple[Word, ...]
    after: str = ""


@dataclass(frozen=True, slots=True)
class Token:
    """A word or an operator, and where in the text it stands."""

    item: Word | str
    start: int
    end: int


def tokens(text: str) -> tuple[Token, ...]:
    """All words and operators of a text."""
    reader, found = _Reader(text, 1, _OPERATORS), list[Token]()
    while (token := reader.token()) is not None:
        found.append(token)
    return tuple(found)


def split_shell(text: str, line: int = 1) -> tuple[Simple, ...]:
    """The commands in a text, redirections left out. What is never closed is closed at its end."""
    commands: list[Simple] = []
    words: list[Word] = []
    skip = False
    for item in _tokens(text, line):
        if isinstance(item, Word):
            if not skip:
                words.append(item)
            skip = False
        elif item in _REDIRECTS:
            if words and words[-1].text.isdecimal():
                words.pop()  # 2>&1
            skip = True
        elif skip and item == "&":
            continue  # >&2
        else:
            skip = False
            if words:
                commands.append(Simple(tuple(words), item))
            words = []
    if words:
        commands.append(Simple(tuple(words)))
    return tuple(commands)


def split_words(text: str, line: int = 1) -> tuple[Word, ...]:
    """The words of a command that no shell reads: quotes count, and nothing else."""
    return tuple(item for item in _tokens(text, line, ("\n",)) if isinstance(item, Word))


def _tokens(text: str, line: int, operators: tuple[str, ...] = _OPERATORS) -> list[Word | str]:
    reader = _Reader(text, line, operators)
    found: list[Word | str] = []
    while (token := reader.next()) is not None:
        found.append(token)
    return found


class _Reader:
    def __init__(self, text: str, line: int, operators: tuple[str, ...]) -> None:
        self._text = text
        self._operators = operators
        self._ending = frozenset(" \t\r\n").union(*operators)
        self._at = 0
        self._line = line

    def next(self) -> Word | str | None:
        """The next word or operator, ``None`` at the end."""
        self._skip_blanks()
        rest = self._text[self._at : self._at + 2]
        if not rest:
            return None
        for operator in self._operators:
            if rest.startswith(operator):
                self._take(len(operator))
                return operator
        return self._word()

    def token(self) -> Token | None:
        """The next word or operator with its place, ``None`` at the end."""
        self._skip_blanks()
        start = self._at
        item = self.next()
        return Token(item, start, self._at) if item is not None else None

    def _skip_blanks(self) -> None:
        while match := _BLANKS.match(self._text, self._at):
            if match[0][0] == "#" and self._at and self._text[self._at - 1] not in " \t\n;&|()":
                return
            self._take(len(match[0]))

    def _take(self, count: int) -> str:
        taken = self._text[self._at : self._at + count]
        self._at += count
        self._line += taken.count("\n")
        return taken

    def _word(self) -> Word:
        word, line = "", self._line
        literal = splits = False
        while self._at < len(self._text):
            char = self._text[self._at]
            if char in self._ending:
                break
            if char == "'":
                part = self._until("'")
                literal |= "$" in part
                word += part
            elif char == '"':
                word += self._double_quoted()
            elif char == "\\":
                word += self._take(2)[1:].replace("\n", "")
            elif char in "$`":
                word += self._substitution()
                splits = True
            else:
                word += self._take(1)
        return Word(word, line, literal, splits)

    def _until(self, quote: str) -> str:
        end = self._text.find(quote, self._at + 1)
        end = len(self._text) if end < 0 else end
        return self._take(end + 1 - self._at)[1:].removesuffix(quote)

    def _double_quoted(self) -> str:
        self._take(1)
        inner = ""
        while self._at < len(self._text) and self._text[self._at] != '"':
            char = self._text[self._at]
            if char in "$`":
                inner += self._substitution()
            elif char == "\\" and self._text[self._at + 1 : self._at + 2] in (
                '"',
                "\\",
                "$",
                "`",
                "\n",
            ):
                inner += self._take(2)[1:].replace("\n", "")
            else:
                inner += self._take(1)
        self._take(1)
        return inner

    def _substitution(self) -> str:
        """``$NAME``, ``${...}``, ``$(...)`` or what stands in backticks, as it is written."""
        if self._text[self._at] == "`":
            end = self._text.find("`", self._at + 1)
            return self._take((end + 1 if end > 0 else len(self._text)) - self._at)
        opening = self._text[self._at + 1 : self._at + 2]
        if opening not in ("(", "{"):
            return self._take(1)
        closing, depth, end = {"(": ")", "{": "}"}[opening], 0, self._at + 1
        while end < len(self._text):
            depth += (self._text[end] == opening) - (self._text[end] == closing)
            end += 1
            if depth == 0:
                break
        return self._take(end - self._at)
