"""Setting values in deploy files, with all else in them left as it is: comments, order, line ends."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Mapping
from typing import Any

from .migration import as_python
from .source import Unreadable, line_starts, parse_python
from .tree import json_span

#: What railway-sdk calls a keyword besides.
_OTHER_NAMES = {
    "start": ("startCommand",),
    "healthcheck": ("healthcheckPath",),
}


def set_in_toml(text: str, table: str, values: Mapping[str, Any]) -> str:
    """The text with these keys of a table; what is there already in other words stays.

    :raises Unreadable: when it is no TOML.
    """
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        document = tomlkit.parse(text)
        if table not in document:
            document[table] = tomlkit.table()
        found: Any = document[table]
        for key, value in values.items():
            if str(found.get(key)) != str(value):
                found[key] = value
    except (TOMLKitError, TypeError, AttributeError) as error:
        raise Unreadable(str(error)) from None
    return tomlkit.dumps(document)


def set_in_json(text: str, table: str, values: Mapping[str, Any]) -> str:
    """The text with other values for keys that a table has.

    :raises Unreadable: when it is no JSON, or has no such key.
    """
    for key, value in values.items():
        try:
            start, end = json_span(text.removeprefix("\ufeff"), (table, key))
        except (ValueError, RecursionError) as error:
            raise Unreadable(str(error)) from None
        except KeyError:
            raise Unreadable(f"it has no {table}.{key}") from None
        offset = len(text) - len(text.removeprefix("\ufeff"))
        text = text[: start + offset] + json.dumps(value, ensure_ascii=False) + text[end + offset :]
    return text


def set_in_procfile(text: str, process: str, command: str) -> str:
    """The text with this command for a process."""
    line = f"{process}: {command}"
    pattern = re.compile(rf"^[ \t]*{re.escape(process)}[ \t]*:[^\r\n]*", re.MULTILINE)
    if pattern.search(text):
        return pattern.sub(lambda _: line, text, count=1)
    return f"{text.rstrip()}\n{line}\n".lstrip()


def set_in_railway_py(text: str, service: str, values: Mapping[str, Any]) -> str:
    """The text with these keywords of ``service("web", ...)``; one that is worked out is replaced.

    :raises Unreadable: when it is no Python, or has no such call.
    """
    for name, value in values.items():
        try:
            call = _call(parse_python(text), service)
        except (SyntaxError, ValueError, RecursionError) as error:
            raise Unreadable(str(error)) from None
        if call is None:
            raise Unreadable(f"it has no service({service!r})")
        text = _set_keyword(text, call, name, value)
    return text


def _call(tree: ast.Module, service: str) -> ast.Call | None:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
            name = node.func.id if isinstance(node.func, ast.Name) else name
            if name == "service" and node.args[0].value == service:
                return node
    return None


def _set_keyword(text: str, call: ast.Call, name: str, value: Any) -> str:
    shown = as_python(value)
    for keyword in call.keywords:
        if keyword.arg in (name, *_OTHER_NAMES.get(name, ())):
            start, end = _span(text, keyword.value)
            return text[:start] + shown + text[end:]
    first = call.args[0]
    end = _span(text, first)[1]
    own_line = first.lineno != call.lineno
    between = f",\n{' ' * first.col_offset}" if own_line else ", "
    return f"{text[:end]}{between}{name}={shown}{text[end:]}"


def _span(text: str, node: ast.expr) -> tuple[int, int]:
    """Where an expression is; Python counts its columns in bytes."""
    starts = line_starts(text)

    def at(line: int, column: int) -> int:
        return starts[line - 1] + len(text[starts[line - 1] :].encode()[:column].decode())

    return (
        at(node.lineno, node.col_offset),
        at(node.end_lineno or node.lineno, node.end_col_offset or 0),
    )
