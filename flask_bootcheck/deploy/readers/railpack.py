"""``railpack.json``: Railway's builder."""

from __future__ import annotations

from ..plan import Said, Service, Value, Variable
from ..tree import json_tree


def read(file: str, text: str) -> Said:
    """What a ``railpack.json`` says."""
    tree = json_tree(file, text)
    variables = tuple(
        Variable(name, Value(str(value), tree.place("deploy", "variables", name)))
        for name, value in tree.table("deploy", "variables").items()
    )
    start = tree.text("deploy", "startCommand")
    service = Service(start=start, in_shell=True, variables=variables)
    return Said(file, "railpack", (service,))
