"""``.railway/railway.ts`` and ``.railway/railway.go``: programs, read as text and never run.

What is looked for is ``service("name", {key: value})``, whatever the language: quoted texts, numbers
and sums of texts. All else is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from ..plan import Place, Said, Service, Trouble, Value
from ..source import Lines

_TOKEN = re.compile(
    r"""(?P<comment>//[^\n]*|/\*.*?(?:\*/|\Z))
    |(?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`)
    |(?P<number>\d+(?:\.\d+)?)
    |(?P<name>[A-Za-z_$][\w$.]*)
    |(?P<mark>[^\s])""",
    re.VERBOSE | re.DOTALL,
)
_FIELDS = {
    "start": "start",
    "startcommand": "start",
    "healthcheck": "health_path",
    "healthcheckpath": "health_path",
    "healthchecktimeout": "health_timeout",
    "replicas": "replicas",
    "numreplicas": "replicas",
    "builder": "builder",
    "dockerfilepath": "dockerfile",
}
_NUMBERS = ("health_timeout", "replicas")
_OPEN, _CLOSE = "({[", ")}]"


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    line: int


def read(file: str, text: str) -> Said:
    """What a ``.railway/railway.ts`` or ``.go`` says."""
    tokens = [*_tokens(text)]
    services, troubles = [], list[Trouble]()
    for index, token in enumerate(tokens):
        called = token.kind == "name" and token.text.rpartition(".")[2].lower() == "service"
        if called and _is(tokens, index + 1, "("):
            service, missing = _service(file, [*_inside(tokens, index + 1)])
            if service is not None:
                services.append(service)
                troubles += missing
    return Said(file, "railway-code", tuple(services), tuple(troubles))


def _tokens(text: str) -> Iterator[_Token]:
    lines = Lines(text)
    for match in _TOKEN.finditer(text):
        if match.lastgroup != "comment":
            yield _Token(match.lastgroup or "", match[0], lines.at(match.start()))


def _is(tokens: list[_Token], index: int, mark: str) -> bool:
    return index < len(tokens) and tokens[index].text == mark


def _inside(tokens: list[_Token], opening: int) -> Iterator[_Token]:
    """The tokens between a bracket and the one that closes it."""
    depth = 0
    for token in tokens[opening:]:
        depth += (token.text in _OPEN) - (token.text in _CLOSE)
        if depth == 0:
            return
        yield token


def _service(file: str, tokens: list[_Token]) -> tuple[Service | None, list[Trouble]]:
    if len(tokens) < 2 or tokens[1].kind != "text":
        return None, []
    service, troubles = Service(name=_unquoted(tokens[1].text)), list[Trouble]()
    for index, token in enumerate(tokens):
        key = _unquoted(token.text).lower() if token.kind in ("name", "text") else ""
        field = _FIELDS.get(key.replace("_", ""))
        if field and _is(tokens, index + 1, ":"):
            value = _value(tokens, index + 2, field)
            place = Place(file, tokens[min(index + 2, len(tokens) - 1)].line)
            if value is None:
                troubles.append(Trouble(place, f"{token.text} cannot be worked out"))
            else:
                change: dict[str, Any] = {field: Value(value, place)}
                service = replace(service, **change)
    return service, troubles


def _value(tokens: list[_Token], index: int, field: str) -> str | int | None:
    """A number, or a text that may be a sum of texts; ``None`` for anything else."""
    parts = []
    while index < len(tokens):
        token = tokens[index]
        if token.kind == "number" and field in _NUMBERS:
            return int(float(token.text))
        if token.kind != "text" or (token.text[0] == "`" and "${" in token.text):
            return None
        parts.append(_unquoted(token.text))
        if not _is(tokens, index + 1, "+"):
            return None if field in _NUMBERS else "".join(parts)
        index += 2
    return None


def _unquoted(text: str) -> str:
    if text[0] not in "\"'`":
        return text
    return re.sub(r"\\(.)", lambda m: {"n": "\n", "t": "\t"}.get(m[1], m[1]), text[1:-1])
