"""No secret leaves: not in a log, a page, JSON, the command line or an exception of ours.

Drivers put whole connection strings into their errors, malformed ones cut into unexpected pieces.
So two nets: patterns of what a credential looks like, and the values we know to be secret, whole
and in pieces, wherever they turn up. Both take a time that grows with the text and no faster.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .secret_values import ASSIGNED, forms_of, known_secrets

MASK = "***"

#: All are bounded or never go back: with a run of letters in front, a long word would take seconds.
_WORD = re.compile(r"\S+")
_SCHEME_END = re.compile(r"[a-z0-9+.\-]://", re.IGNORECASE)
_PRIVATE_KEY = re.compile(
    r"(?P<begin>-----BEGIN [A-Z ]{0,32}PRIVATE KEY-----).*?(?:-----END [A-Z ]{0,32}PRIVATE KEY-----|\Z)",
    re.DOTALL,
)
_AUTHORIZATION = re.compile(
    r"(?P<kind>\bauthorization[\"']?\s{0,8}+[=:]\s{0,8}+[\"']?"
    r"(?:token|digest|api-?key|jwt|oauth|negotiate)\s{1,8}+)[^\s\"',;]+",
    re.IGNORECASE,
)
_BEARER = re.compile(r"\b(?P<kind>bearer|basic)\s+[\w.~+/\-]+=*", re.IGNORECASE)
#: ``user:password@host`` without a scheme; not ``image:tag@sha256:...``, ``mailto:me@example.com``.
_LOGIN = re.compile(
    r"(?<![\w.\-/:])(?!(?:mailto|sips?|xmpp|acct|im):)(?P<user>[\w.\-]{1,64}+:)[^\s:@/\"']{1,128}+"
    r"(?=@(?!sha\d)(?:localhost|[\w\-]{1,63}+[.:/(]\w))",
    re.IGNORECASE,
)
#: What tells by itself that it is a token: a JWT, and those of GitHub, GitLab, Slack, Stripe, AWS.
_TOKEN = re.compile(
    r"(?<![A-Za-z0-9])(?:eyJ[\w\-]{8,}+\.[\w\-]{8,}+(?:\.[\w\-]*+)?|gh[oprsu]_[A-Za-z0-9]{20,}+"
    r"|github_pat_\w{20,}+|glpat-[\w\-]{16,}+|xox[abeoprs]-[\w\-]{10,}+"
    r"|[rs]k_(?:live|test)_\w{8,}+|(?:AKIA|ASIA)[A-Z0-9]{12,}+)"
)
#: A longer secret is known in parts: a text may end before it does.
_LONGEST = 128
_SHORTEST = 2
_HEAD = 4


class Redactor:
    """Masks credentials in text; made once from the secrets of a process.

    :param secrets: values that must not appear, whatever they look like.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._known = _Known(secrets)

    def __call__(self, text: str) -> str:
        """The text without credentials."""
        text = self._known.masked_in(text)
        text = _PRIVATE_KEY.sub(rf"\g<begin>{MASK}", text)
        text = _WORD.sub(_without_userinfo, text) if "://" in text else text
        text = _AUTHORIZATION.sub(rf"\g<kind>{MASK}", text)
        text = _BEARER.sub(rf"\g<kind> {MASK}", text)
        text = ASSIGNED.sub(rf"\g<name>{MASK}", text)
        text = _LOGIN.sub(rf"\g<user>{MASK}", text)
        return _TOKEN.sub(MASK, text)

    @classmethod
    def of(cls, *sources: Mapping[str, Any]) -> Redactor:
        """A redactor that knows the secrets in some mappings: the environment, ``app.config``."""
        return cls(secret for source in sources for secret in known_secrets(source))


def _without_userinfo(match: re.Match[str]) -> str:
    """A word without what stands between its first ``://`` and its last ``@``."""
    word = match[0]
    begin, end = _SCHEME_END.search(word), word.rfind("@")
    if begin is None or end < begin.end():
        return word
    return f"{word[: begin.end()]}{MASK}{word[end:]}"


class _Known:
    """Known secrets, found by how they begin.

    At each place of a text, only those that begin as it does are compared. A pattern with all of
    them as alternatives would take hundreds of MiB for an environment of the usual size.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        # Whatever the case: a host name, and what was taken for one, is said in lower case.
        parts = {
            _fold(form[start : start + _LONGEST])
            for secret in secrets
            for form in forms_of(secret)
            for start in _starts(len(form))
        }
        self._by_head: dict[str, list[str]] = {}
        # The longest first: it is the one that counts.
        for part in sorted(parts, key=len, reverse=True):
            if len(part) >= _SHORTEST:
                head = part[:_HEAD] if len(part) >= _HEAD else part[:_SHORTEST]
                self._by_head.setdefault(head, []).append(part)
        self._widths = sorted({len(head) for head in self._by_head}, reverse=True)

    def masked_in(self, text: str) -> str:
        """The text with each of them masked; where two overlap, all that belongs to either."""
        told, shown = [], 0
        for start, end in self._spans(text):
            told += [text[shown:start], MASK]
            shown = end
        return "".join([*told, text[shown:]]) if told else text

    def _spans(self, text: str) -> Iterator[tuple[int, int]]:
        begin = end = -1
        for start, length in self._places(_fold(text)):
            if start > end:
                if end > begin:
                    yield begin, end
                begin = start
            end = max(end, start + length)
        if end > begin:
            yield begin, end

    def _places(self, text: str) -> Iterator[tuple[int, int]]:
        heads = self._by_head
        for start in range(len(text) if heads else 0):
            for width in self._widths:
                for part in heads.get(text[start : start + width], ()):
                    if text.startswith(part, start) and _stands_alone(part, text, start):
                        yield start, len(part)
                        break


def _starts(length: int) -> Iterable[int]:
    """Where the parts of a secret start. The last one is no shorter: it might be a word."""
    last = max(0, length - _LONGEST)
    return [*range(0, last, _LONGEST), last]


def _fold(text: str) -> str:
    """The text in one case, and of the same length."""
    if text.isascii():
        return text.lower()
    return "".join(folded if len(folded := char.casefold()) == 1 else char for char in text)


def _stands_alone(secret: str, text: str, start: int) -> bool:
    """Whether it is there as itself: a short one inside a longer word is not."""
    if len(secret) >= _LONGEST or (len(secret) >= 8 and not secret.isalpha()):
        return True
    end = start + len(secret)
    before = start and secret[0].isalnum() and _is_of_a_word(text[start - 1])
    after = end < len(text) and secret[-1].isalnum() and _is_of_a_word(text[end])
    return not before and not after


def _is_of_a_word(char: str) -> bool:
    return char.isalnum() or char == "_"
