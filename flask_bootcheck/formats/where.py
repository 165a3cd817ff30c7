"""The ``where`` of a finding as a file and a line."""

from __future__ import annotations

import posixpath
import re

_PLACE = re.compile(r"(?P<file>[^:\n]+):(?P<line>\d{1,9})")


def place_of(where: str, prefix: str = "") -> tuple[str, int] | None:
    """``railway.toml:6`` as its two parts, below a folder; ``None`` for ``environment`` and the like."""
    match = _PLACE.fullmatch(where)
    if match is None or int(match["line"]) < 1:
        return None
    return posixpath.join(prefix, match["file"]), int(match["line"])
