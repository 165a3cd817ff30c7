"""Sizes as people write them, and back: "512M" <-> 536870912."""

from __future__ import annotations

import re

_UNITS = {"": 1, "k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40}
#: Compiled with the first size there is to read: an import is part of every start.
_SIZE = r"(?P<number>\d{1,20}(?:\.\d{1,20})?)\s*(?P<unit>[kmgt]?)(?:i?b)?"

MIB = 2**20


def parse_size(text: str | int) -> int:
    """Bytes in ``512M``, ``1.5GiB``, ``536870912``: units are powers of 1024, whatever the spelling.

    :raises ValueError: when it is no size, or not positive.
    """
    match = re.fullmatch(_SIZE, str(text).strip(), re.IGNORECASE)
    size = int(float(match["number"]) * _UNITS[match["unit"].lower()]) if match else 0
    if size <= 0:
        raise ValueError(f"{text!r} is not a size such as 536870912, 512M or 1.5G")
    return size


def format_size(size: float) -> str:
    """A size for people, in MiB or, from 10 GiB on, in GiB: ``512 MiB``."""
    if size >= 10 * 2**30:
        return f"{size / 2**30:.1f} GiB"
    mib = size / MIB
    return f"{mib:.1f} MiB" if mib < 10 and mib % 1 else f"{mib:.0f} MiB"
