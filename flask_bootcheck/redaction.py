"""No secret leaves: not in a log, a page, JSON, the command line or an exception of ours.

Drivers put whole connection strings into their errors, malformed ones cut into unexpected pieces.
So two nets: patterns of what a credential looks like, and the values we know to be secret, whole
and in pieces, wherever they turn up.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, quote_plus, unquote, unquote_plus

MASK = "***"

_SECRET_NAME = re.compile(
    r"passw|(?<!^)(?<!^old)pwd|secret|token|credential|private|salt|api_?key|_key$|^key$",
    re.IGNORECASE,
)
_DSN_NAME = re.compile(r"dsn|ur[li]|database|conn|broker|backend|redis|mongo|amqp", re.IGNORECASE)
# Both begin with what is rare: with a run of letters in front, a long word would take seconds.
_USERINFO = re.compile(r"(?P<scheme>[a-z0-9+.\-]://)\S*@", re.IGNORECASE)
_ASSIGNED = re.compile(
    r"(?P<name>(?:passw(?:or)?d|passwd|pwd|secret|token|api[_-]?key)[\w\-]*[\"']?\s*[=:]\s*)"
    r"(?P<value>\"[^\"]*\"|'[^']*'|[^\s&;,)\"']+)",
    re.IGNORECASE,
)
_BEARER = re.compile(r"\b(?P<kind>bearer|basic)\s+[\w.~+/\-]+=*", re.IGNORECASE)
_SCHEME = re.compile(r"\W*[a-z][a-z0-9+.\-]*:/+", re.IGNORECASE)
_PORT_OF_WORDS = re.compile(
    r"[a-z][a-z0-9+.\-]*:/{1,2}(?!/)[^/:\s]*:(?P<port>(?!\d+(/|$))[^/\s]+)", re.IGNORECASE
)
_SEPARATOR = re.compile(r"[@:/?#&=,\s\[\]]")
_MIN_LENGTH = 2
#: How deep a configuration is looked into: one may hold itself.
_DEPTH = 8
#: Values that are no secret whatever they are called, and would blot out honest words.
_PUBLIC_WORDS = frozenset(
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


class Redactor:
    """Masks credentials in text; made once from the secrets of a process.

    :param secrets: values that must not appear, whatever they look like.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        forms = {form for secret in secrets for form in _forms(secret)}
        # The longest first, so that no half of one is left over from a shorter one.
        known = sorted((f for f in forms if len(f) >= _MIN_LENGTH), key=len, reverse=True)
        # Whatever the case: a host name, and what was taken for one, is said in lower case.
        self._known = re.compile("|".join(map(_bounded, known)), re.IGNORECASE) if known else None

    def __call__(self, text: str) -> str:
        """The text without credentials."""
        if self._known is not None:
            text = self._known.sub(MASK, text)
        text = _USERINFO.sub(rf"\g<scheme>{MASK}@", text)
        text = _BEARER.sub(rf"\g<kind> {MASK}", text)
        return _ASSIGNED.sub(rf"\g<name>{MASK}", text)

    @classmethod
    def of(cls, *sources: Mapping[str, Any]) -> Redactor:
        """A redactor that knows the secrets in some mappings: the environment, ``app.config``."""
        return cls(secret for source in sources for secret in known_secrets(source))


def known_secrets(source: Mapping[str, Any], depth: int = _DEPTH) -> Iterable[str]:
    """The secret values in a mapping, by the name of the key or the look of the value."""
    for name, value in list(source.items()) if depth else ():
        if isinstance(value, Mapping):
            yield from known_secrets(value, depth - 1)
            continue
        if isinstance(value, list | tuple):  # SECRET_KEY_FALLBACKS, the nodes of a cluster
            for item in value:
                inner = item if isinstance(item, Mapping) else {name: item}
                yield from known_secrets(inner, depth - 1)
            continue
        text = _text(value)
        yield from (match["value"].strip("\"'") for match in _ASSIGNED.finditer(text))
        if "@" in text and ("://" in text or _DSN_NAME.search(str(name))):
            yield from _secrets_of_url(text)
        elif port := _PORT_OF_WORDS.match(text):
            yield port["port"]  # a password whose host is missing: postgresql://shop:secret
        elif "://" not in text and _SECRET_NAME.search(str(name)) and not _is_harmless(text):
            yield text


def _text(value: Any) -> str:
    # sqlalchemy.URL. Its class is asked: an object may answer to any name, and mean nothing by it.
    if hasattr(type(value), "render_as_string"):
        return str(value.render_as_string(hide_password=False))
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value if isinstance(value, str) else ""


def _is_harmless(text: str) -> bool:
    """``TOKENIZERS_PARALLELISM=false``, ``TOKEN_TTL=3600``."""
    return text.lower() in _PUBLIC_WORDS or (text.isdecimal() and len(text) < 6)


def _secrets_of_url(url: str) -> Iterable[str]:
    """The password of a connection string, in every reading of a malformed one.

    One with an unescaped ``@``, ``:`` or ``/`` is cut by drivers in ways of their own, and the
    pieces come out as "host name" or "port" in their errors: every run of pieces is a secret then.
    """
    scheme = _SCHEME.match(url)
    userinfo, _, tail = url[scheme.end() if scheme else 0 :].rpartition("@")
    password = userinfo.partition(":")[2]
    if not password:
        return
    yield password
    yield f"{password}@{tail}"
    cuts = [-1, *(match.start() for match in _SEPARATOR.finditer(password)), len(password)]
    for index, start in enumerate(cuts):
        for end in cuts[index + 1 :]:
            piece = password[start + 1 : end]
            if not _is_harmless(piece):
                yield piece


def _forms(secret: str) -> set[str]:
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


def _bounded(secret: str) -> str:
    """A pattern that finds the secret, but a short one not inside a longer word."""
    pattern = re.escape(secret)
    if len(secret) >= 8 and not secret.isalpha():
        return pattern
    before = r"(?<!\w)" if secret[0].isalnum() else ""
    after = r"(?!\w)" if secret[-1].isalnum() else ""
    return f"{before}{pattern}{after}"
