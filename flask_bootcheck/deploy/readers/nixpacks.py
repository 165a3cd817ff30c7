"""``nixpacks.toml``: the builder Railway used before Railpack."""

from __future__ import annotations

from ..plan import Said, Service, Value, Variable
from ..tree import Tree, toml_tree


def read(file: str, text: str) -> Said:
    """What a ``nixpacks.toml`` says."""
    tree = toml_tree(file, text)
    start = tree.text("start", "cmd") or tree.text("start", "command")
    service = Service(start=start, in_shell=True, variables=_variables(tree))
    return Said(file, "nixpacks", (service,))


def _variables(tree: Tree) -> tuple[Variable, ...]:
    return tuple(
        Variable(name, Value(str(value), tree.place("variables", name)))
        for name, value in tree.table("variables").items()
    )
