"""Results that may be shown: without credentials, of plain data, and no longer than they need be."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from .findings import Finding, Result

Redact = Callable[[str], str]

#: All but tab and newline.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
#: How long a text of a check may be, and how much of one is looked through for credentials.
_MOST_TEXT = 2000
_MOST_READ = 2 * _MOST_TEXT
_LONGEST_SECRET = 500


def scrub(result: Result, redact: Redact) -> Result:
    """The result without credentials in any of its texts, and of plain data: what a check of
    others put in place of a text or a number goes on as a text, and a long text is cut."""

    def clean(text: str) -> str:
        is_cut, text = len(text) > _MOST_READ, redact(text[:_MOST_READ])
        if is_cut:  # the half of a credential at the end is not known as one
            text = text[:-_LONGEST_SECRET]
        # A file name of another encoding has surrogates, which nobody could write; what moves the
        # cursor of a terminal may come from a file that somebody else has written.
        text = text.encode("utf-8", "backslashreplace").decode()
        text = _CONTROL.sub(lambda match: f"\\x{ord(match[0]):02x}", text)
        return text if len(text) <= _MOST_TEXT else f"{text[: _MOST_TEXT - 1]}…"

    def text(value: Any) -> str:
        return "" if value is None else clean(text_of(value))

    def plain(value: Any) -> Any:
        return value if value is None or _is_number(value) else clean(text_of(value))

    return replace(
        result,
        findings=tuple(_scrub_finding(finding, text, plain) for finding in result.findings),
        note=clean(result.note),
        reason=clean(result.reason),
    )


def _is_number(value: Any) -> bool:
    """Whether it is one that everybody can read."""
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, int) and abs(value) < 2**63


def text_of(value: object) -> str:
    """Its text, whatever it is."""
    try:
        return str(value)
    except Exception:  # of others: it may do anything
        return f"<{type(value).__name__}>"


def _scrub_finding(
    finding: Finding, text: Callable[[Any], str], plain: Callable[[Any], Any]
) -> Finding:
    return replace(
        finding,
        message=text(finding.message),
        hint=text(finding.hint),
        where=text(finding.where),
        component=text(finding.component),
        observed=plain(finding.observed),
        limit=plain(finding.limit),
        unit=text(finding.unit),
    )
