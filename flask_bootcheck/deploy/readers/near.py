"""Keys that are nearly the name of a known one: where we do not know every key there is."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator

from ..plan import UnknownKey
from ..tree import Tree


def misspelt(tree: Tree, path: tuple[str | int, ...], known: Iterable[str]) -> Iterator[UnknownKey]:
    """The keys of a table that look like one that is known, and are not."""
    spoken = {name.replace("_", "").lower(): name for name in known}
    names = set(spoken.values())
    for key in tree.table(*path):
        if key not in names:
            near = difflib.get_close_matches(key.replace("_", "").lower(), spoken, 1, 0.84)
            if near:
                shown = ".".join(str(step) for step in (*path, key))
                place = tree.place(*path, key)
                yield UnknownKey(place, shown, f"did you mean {spoken[near[0]]}?")
