"""YAML as plain data that knows its lines. Only what PyYAML calls safe: nothing is constructed."""

from __future__ import annotations

from functools import cache
from typing import Any

from .source import Lines, Unreadable
from .tree import Path, Tree

_MOST_KEYS = 10_000


def yaml_tree(file: str, text: str) -> Tree:
    """A tree of the first YAML document in a text.

    :raises Unreadable: with the line of the error.
    """
    import yaml

    try:
        loader = _loader()(text)
        try:
            node = loader.get_node() if loader.check_node() else None
            data = loader.construct_document(node) if node is not None else None
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        reason = error.problem or error.context or "not YAML"
        raise Unreadable(reason, Lines(text).at(mark.index) if mark else 0) from None
    except yaml.YAMLError as error:
        raise Unreadable(str(error)) from None
    except (RecursionError, ValueError, TypeError, AttributeError, KeyError, IndexError) as error:
        # PyYAML raises these for dates, tags and nesting that cannot be.
        raise Unreadable(str(error) or "nested too deep") from None
    lines = Lines(text)
    return Tree(file, data, lambda path: _line(lines, node, path))


@cache
def _loader() -> Any:
    import yaml

    class Loader(yaml.SafeLoader):
        """Where ``<<`` merges what merges and so on, a few lines would fill the memory."""

        def flatten_mapping(self, node: Any) -> None:
            super().flatten_mapping(node)
            if len(node.value) > _MOST_KEYS:
                reason = "its merges make too many keys"
                raise yaml.constructor.ConstructorError(
                    problem=reason, problem_mark=node.start_mark
                )

    return Loader


def _line(lines: Lines, node: Any, path: Path) -> int:
    """The line of a path, or of the nearest one above it."""
    if node is None:
        return 0
    mark = node.start_mark
    for step in path:
        found = _below(node, step)
        if found is None:
            break
        key, node = found
        mark = key.start_mark
    return lines.at(mark.index)


def _below(node: Any, step: str | int) -> tuple[Any, Any] | None:
    """The key and the value of a step; keys merged in with ``<<`` come last."""
    if node.id == "sequence":
        here = isinstance(step, int) and step < len(node.value)
        return (node.value[step], node.value[step]) if here else None
    if node.id != "mapping":
        return None
    found = None
    for key, value in node.value:  # construct_document has put what was merged first
        if key.id == "scalar" and key.value == str(step):
            found = key, value
    return found
