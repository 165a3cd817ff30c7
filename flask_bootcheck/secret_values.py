"""The values of a mapping that are secret, by the name of the key or the look of the value.

Time and memory grow with the size of the mapping and no faster: an environment may hold a key file
of a cloud, a list of forty databases or a certificate, and each worker reads it while it boots.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote, quote_plus, unquote, unquote_plus

#: What is given to a secret: ``password=...``, ``"client_secret": "..."``. Bounded, and without
#: going back, so that a long word takes no longer than its length. Most places fail at the first letter.
ASSIGNED = re.compile(
    r"(?=[pstamk_?&;])(?P<name>(?:passw(?:or)?d|passwd|pwd|passphrase|(?<![a-z])pass(?=[\"']?=)|_pass(?=[\"']?[=:])"
    r"|secret|token|(?:api|access|account|master|private)[_-]?key(?!name)|key[_-]data|[?&;](?:x-amz-)?sig(?:nature)?(?==))"
    r"[\w\-]{0,64}+[\"']?\s{0,8}+[=:]\s{0,8}+)"
    r"(?P<value>\"[^\"]*\"|'[^']*'|[^\s&;,)\"']+)",
    re.IGNORECASE,
)
_SECRET_NAME = re.compile(
    r"passw|passphrase|passcode|(?:^|_|db|admin|root)pass$|_pw$|_auth$|^jwt$|(?<!^)(?<!^old)pwd|secret|token|credential|salt|_key$|^key$"
    r"|(?:api|access|account|master|signing|encryption)_?key|private(?!_(?:domain|host|ip|network))|key[_-]data$",
    re.IGNORECASE,
)
_DSN_NAME = re.compile(
    r"dsn|ur[li]|database|conn|broker|backend|redis|mongo|amqp|proxy", re.IGNORECASE
)
_URL = re.compile(r"\W*[a-z][a-z0-9+.\-]*:/+", re.IGNORECASE)
_BETWEEN_URLS = re.compile(
    r"(?<![\s,;|])[\s,;|]++(?=[\"']?[a-z][a-z0-9+.\-]{0,32}+://)", re.IGNORECASE
)
_PORT_OF_WORDS = re.compile(
    r"[a-z][a-z0-9+.\-]*:/{1,2}(?!/)[^/:\s]*:(?P<port>(?!\d+(/|$))[^/\s]+)", re.IGNORECASE
)
#: A well-formed connection string inside other text: of a YAML file, of code.
_WITHIN = re.compile(r"://[^\s:/@]{0,128}+:(?P<password>[^\s:/@\"']{1,256}+)@")
_SEPARATOR = re.compile(r"[@:/?#&=,\s\[\]]")
_LINE_END = re.compile(r"\\n|\s+")
#: How deep a configuration is looked into: one may hold itself.
_DEPTH = 8
#: Linux gives a variable 128 KiB. What is longer is looked through, but not parsed.
_MOST_JSON = 256 * 1024
#: The longest text that is one connection string, and about how many pieces one value is taken into.
_LONGEST_DSN = 2048
_MOST_PIECES = 512
#: Values that are no secret whatever they are called, and would blot out honest words.
PUBLIC_WORDS = frozenset(
    [
        "localhost",
        "postgres",
        "postgresql",
        "mysql",
        "mariadb",
        "sqlite",
        "redis",
        "root",
        "user",
        "username",
        "password",
        "admin",
        "app",
        "main",
        "test",
        "shop",
        "false",
        "true",
        "none",
        "null",
        "require",
        "disable",
        "prefer",
        "sslmode",
    ]
)


def known_secrets(source: Mapping[str, Any]) -> Iterator[str]:
    """The secret values in a mapping: the environment, ``app.config``."""
    pending: list[tuple[str, Any, int]] = [("", source, _DEPTH)]
    seen: dict[int, Any] = {}  # the values keep their ids as long as they are held
    while pending:
        name, value, depth = pending.pop()
        if isinstance(value, Mapping | list | tuple):
            if depth and id(value) not in seen:
                seen[id(value)] = value
                pending += [(key, inner, depth - 1) for key, inner in _items(name, value)]
        elif text := _text(value):
            inside, rest = _parse_json(text)
            if inside is not None:
                pending.append((name, inside, depth - 1))
                if _SECRET_NAME.search(name):
                    yield text
            yield from _secrets_of_text(name, rest)


def _items(name: str, value: Any) -> Iterable[tuple[str, Any]]:
    """What a collection holds. In a list, all have its name: SECRET_KEY_FALLBACKS."""
    if isinstance(value, Mapping):
        return [(str(key), inner) for key, inner in list(value.items())]
    return [(name, inner) for inner in value]


def _text(value: Any) -> str:
    # sqlalchemy.URL. Its class is asked: an object may answer to any name, and mean nothing by it.
    if hasattr(type(value), "render_as_string"):
        return str(value.render_as_string(hide_password=False))
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value if isinstance(value, str) else ""


def _parse_json(text: str) -> tuple[Any, str]:
    """The collection that a text begins with, and the rest of the text."""
    start = text.lstrip()
    if start[:1] in ("{", "[") and len(text) <= _MOST_JSON:
        try:
            inside, end = json.JSONDecoder().raw_decode(start)
        except (ValueError, RecursionError):
            return None, text
        return inside, start[end:]
    return None, text


def _secrets_of_text(name: str, text: str) -> Iterator[str]:
    yield from (match["value"].strip("\"'") for match in ASSIGNED.finditer(text))
    dsns, text = _split_dsns(name, text)
    for dsn in dsns:
        yield from _secrets_of_url(dsn, _MOST_PIECES // len(dsns))
    is_secret = bool(_SECRET_NAME.search(name))
    if "PRIVATE KEY-----" in text or (is_secret and "-----BEGIN" in text):
        # An error shows one line of it.
        yield from (
            line for line in _LINE_END.split(text) if len(line) >= 16 and "-----" not in line
        )
    if port := _PORT_OF_WORDS.match(text):
        yield port["port"]  # a password whose host is missing: postgresql://shop:secret
    elif is_secret and not _URL.match(text) and not _is_harmless(text):
        yield text
    yield from (match["password"] for match in _WITHIN.finditer(text))


def _split_dsns(name: str, text: str) -> tuple[list[str], str]:
    """The connection strings that a value or a line of it consists of, and the other lines.

    A line that holds anything else is none: taken apart, a key file would be a million pieces.
    """
    lines = text.strip().split("\n")
    dsns, others = [], []
    for line in lines:
        parts = _BETWEEN_URLS.split(line)
        if all(_URL.match(part) for part in parts):
            found = [part for part in parts if "@" in part]
        else:  # u:p@tcp(h)/db
            found = [line] if "@" in line and len(lines) == 1 and _DSN_NAME.search(name) else []
        dsns += found
        others += [] if found else [line]
    return dsns, "\n".join(others) if dsns else text


def _secrets_of_url(url: str, most: int) -> Iterator[str]:
    """The password of a connection string, in every reading of a malformed one.

    One with an unescaped ``@``, ``:`` or ``/`` is cut by drivers in ways of their own, and the
    pieces come out as "host name" or "port" in their errors: every run of pieces is a secret then.
    With too many pieces for that, runs are shorter, down to each piece alone; what no driver takes
    for a connection string is left whole.
    """
    scheme = _URL.match(url)
    userinfo, _, tail = url[scheme.end() if scheme else 0 :].rpartition("@")
    user, _, password = userinfo.partition(":")
    if not password:
        if len(user) >= 16:  # https://token@github.com/...
            yield user
        return
    yield password
    yield f"{password}@{tail}"
    if len(url) > _LONGEST_DSN:
        return
    cuts = [-1, *(match.start() for match in _SEPARATOR.finditer(password)), len(password)]
    longest = max(1, most // len(cuts))
    for index, start in enumerate(cuts):
        for end in cuts[index + 1 : index + 1 + longest]:
            piece = password[start + 1 : end]
            if not _is_harmless(piece):
                yield piece


def _is_harmless(text: str) -> bool:
    """``TOKENIZERS_PARALLELISM=false``, ``TOKEN_TTL=3600``."""
    return text.lower() in PUBLIC_WORDS or (text.isdecimal() and len(text) < 6)


def forms_of(secret: str) -> set[str]:
    """A secret as it is, as Python shows it, and as a URL writes it."""
    try:
        raw = secret.encode("utf-8", "surrogateescape")  # in the environment any bytes may be
    except UnicodeEncodeError:
        raw = secret.encode("utf-8", "surrogatepass")
    return {
        secret,
        repr(secret)[1:-1],
        unquote(secret),
        unquote_plus(secret),
        quote(raw, safe=""),
        quote_plus(raw),
    }
