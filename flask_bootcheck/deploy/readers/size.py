"""Memory as deploy files write it."""

from __future__ import annotations

from ...memory.size import MIB, parse_size
from ..plan import Value
from ..tree import Tree

Path = tuple[str | int, ...]


def memory_of(tree: Tree, size: Path, megabytes: Path) -> Value | None:
    """Bytes, from a text such as ``512mb`` or a number of MB."""
    text = tree.text(*size)
    if text is not None:
        try:
            return Value(parse_size(str(text.value)), text.place)
        except ValueError:
            return None
    for path in (size, megabytes):
        number = tree.number(*path)
        if number is not None and float(number.value) > 0:
            return Value(int(float(number.value)) * MIB, number.place)
    return None
