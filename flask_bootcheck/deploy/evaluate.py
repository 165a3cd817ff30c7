"""Working out a value in Python's syntax tree as on a machine with K CPUs. Nothing is executed.

Known are numbers and texts, arithmetic, comparisons, the CPU count in its spellings, variables of
the environment, ``int``, ``min``, ``max`` and the like. All else is :class:`Unknown`.
"""

from __future__ import annotations

import ast
from typing import Any

from .calling import returned
from .machine import Hidden, Known, Machine, Names, Unknown, is_plain
from .vocabulary import AFFINITY, BINARY, COMPARE, CPU_COUNTS, FUNCTIONS, GETTERS, UNARY

_TEXT_METHODS = frozenset(["strip", "lower", "upper", "lstrip", "rstrip"])
_KEEP_LINE = frozenset(["int", "str", "float"])
_OF_LISTS = frozenset(["min", "max", "len"])
_LARGEST = 10**12
_MOST_CHARS = 20_000
_DEPTH = 60


class Evaluator:
    """Works out expressions over some names."""

    def __init__(self, names: Names, machine: Machine, depth: int = 0) -> None:
        self._names = names
        self._machine = machine
        self._depth = depth

    def value(self, node: ast.expr) -> Known:
        """What an expression is.

        :raises Unknown: with the line of what cannot be worked out.
        """
        if self._depth > _DEPTH:
            raise Unknown("nested too deep", node.lineno)
        self._depth += 1
        try:
            found = self._value(node)
        except (
            ArithmeticError,
            TypeError,
            ValueError,
            AttributeError,
            KeyError,
            IndexError,
        ) as error:
            raise Unknown(f"{type(error).__name__}: {error}", node.lineno) from None
        finally:
            self._depth -= 1
        return found

    def _value(self, node: ast.expr) -> Known:
        method = getattr(self, f"_{type(node).__name__.lower()}", None)
        if method is None:
            raise Unknown(_said(node), node.lineno)
        found: Known = method(node)
        return found

    def _constant(self, node: ast.Constant) -> Known:
        return Known(node.value, node.lineno)

    def _name(self, node: ast.Name) -> Known:
        found = self._names.get(node.id)
        if isinstance(found, Known):
            return found
        if isinstance(found, Unknown):
            raise Unknown(found.what, found.line)
        raise Unknown(node.id, node.lineno)

    def _binop(self, node: ast.BinOp) -> Known:
        left, right = self.value(node.left), self.value(node.right)
        function = BINARY.get(type(node.op))
        if function is None:
            raise Unknown(_said(node), node.lineno)
        if isinstance(node.op, ast.Mod) and isinstance(left.value, str):
            return self._filled_in("%s", node, left, right)
        values = _plain(left, node), _plain(right, node)
        if any(isinstance(value, Hidden) for value in values):
            if not isinstance(node.op, ast.Add):
                raise Unknown(_said(node), node.lineno)
            return self._text_of(f"{values[0]}{values[1]}", node, left, right)
        if isinstance(node.op, ast.Mult | ast.Mod) and not _are_numbers(left, right):
            raise Unknown(_said(node), node.lineno)
        result = function(left.value, right.value)
        if isinstance(result, str):
            return self._text_of(result, node, left, right)
        return self._bounded(result, node, left, right)

    def _unaryop(self, node: ast.UnaryOp) -> Known:
        inner = self.value(node.operand)
        function = UNARY.get(type(node.op))
        if function is None:
            raise Unknown(_said(node), node.lineno)
        return Known(function(inner.value), node.lineno, inner.of_cpus)

    def _boolop(self, node: ast.BoolOp) -> Known:
        """``os.cpu_count() or 1``: the first that decides."""
        wanted = isinstance(node.op, ast.Or)
        for item in node.values:
            found = self.value(item)
            if bool(found.value) is wanted:
                break
        return found

    def _compare(self, node: ast.Compare) -> Known:
        left = self.value(node.left)
        for op, item in zip(node.ops, node.comparators, strict=True):
            right = self.value(item)
            several = right.value if isinstance(right.value, tuple) else (right.value,)
            for value in (left.value, *several):
                if isinstance(value, Hidden) or not is_plain(value):
                    raise Unknown(_said(node), node.lineno)
            if not COMPARE[type(op)](left.value, right.value):
                return Known(False, node.lineno)
            left = right
        return Known(True, node.lineno)

    def _ifexp(self, node: ast.IfExp) -> Known:
        return self.value(node.body if self.value(node.test).value else node.orelse)

    def _joinedstr(self, node: ast.JoinedStr) -> Known:
        parts = [self.value(part) for part in node.values]
        text = "".join(str(_plain(part, node)) for part in parts)
        return self._text_of(text, node, *parts)

    def _filled_in(self, gap: str, node: ast.expr, text: Known, *parts: Known) -> Known:
        """``"0.0.0.0:{}".format(port)`` and ``"0.0.0.0:%s" % port``, without any format."""
        pieces = str(_plain(text, node)).replace("%d", "%s").split(gap)
        rest = "".join(pieces)
        if len(pieces) != len(parts) + 1 or set(rest) & set("{}%"):
            raise Unknown(_said(node), node.lineno)
        values = [str(_plain(part, node)) for part in parts]
        whole = pieces[0] + "".join(v + p for v, p in zip(values, pieces[1:], strict=True))
        return self._text_of(whole, node, *parts)

    def _text_of(self, text: Any, node: ast.expr, *parts: Known) -> Known:
        """A text made of others is said where its count is."""
        if len(text) > _MOST_CHARS:
            raise Unknown(f"{_said(node)} is too long", node.lineno)
        counted = next((part for part in parts if part.of_cpus), None)
        said = counted or (parts[0] if len(parts) == 1 else None)
        return Known(text, said.line if said else node.lineno, counted is not None)

    def _formattedvalue(self, node: ast.FormattedValue) -> Known:
        if node.format_spec is not None:
            raise Unknown(_said(node), node.lineno)
        found = self.value(node.value)
        return Known(str(_plain(found, node)), found.line, found.of_cpus)

    def _list(self, node: ast.List) -> Known:
        items = [self.value(item) for item in node.elts]
        return Known(items, node.lineno, any(item.of_cpus for item in items))

    def _tuple(self, node: ast.Tuple) -> Known:
        items = [self.value(item) for item in node.elts]
        return Known(tuple(item.value for item in items), node.lineno)

    def _subscript(self, node: ast.Subscript) -> Known:
        if dotted(node.value) in ("os.environ", "environ"):
            return self._variable(str(self.value(node.slice).value), None, node)
        raise Unknown(_said(node), node.lineno)

    def _call(self, node: ast.Call) -> Known:
        name = dotted(node.func)
        if name in CPU_COUNTS or name.endswith(".cpu_count"):
            return Known(self._machine.cpus, node.lineno, True)
        if name in AFFINITY:
            return Known(range(self._machine.cpus), node.lineno, True)
        if name in GETTERS:
            return self._getter(node)
        if (
            isinstance(node.func, ast.Attribute)
            and node.func.attr == "format"
            and not node.keywords
        ):
            parts = [self.value(node.func.value), *(self.value(item) for item in node.args)]
            return self._filled_in("{}", node, *parts)
        if name in FUNCTIONS and not node.keywords:
            return self._function(name, node)
        if (
            isinstance(node.func, ast.Attribute)
            and node.func.attr in _TEXT_METHODS
            and not node.args
        ):
            return self._text_method(node.func)
        return self._own(name, node)

    def _function(self, name: str, node: ast.Call) -> Known:
        arguments = [self.value(argument) for argument in node.args]
        values = [a.value for a in arguments]
        if any(isinstance(value, Hidden) for value in values):
            if name in _KEEP_LINE:
                return arguments[0]
            raise Unknown(_said(node), node.lineno)
        if name in _OF_LISTS and values and isinstance(values[0], list | tuple):
            items = values[0]
            values = [[item.value if isinstance(item, Known) else item for item in items]]
        elif name != "len" and not all(is_plain(value) for value in values):
            raise Unknown(_said(node), node.lineno)
        result = FUNCTIONS[name](*values)
        if name in _KEEP_LINE and arguments:
            return Known(result, arguments[0].line, arguments[0].of_cpus)
        if name in ("min", "max") and any(a.value == result and not a.of_cpus for a in arguments):
            return Known(result, node.lineno)  # the bound decided, not the CPUs
        return self._bounded(result, node, *arguments)

    def _text_method(self, function: ast.Attribute) -> Known:
        text = self.value(function.value)
        if not isinstance(text.value, str):
            raise Unknown(_said(function), function.lineno)
        return Known(getattr(text.value, function.attr)(), text.line, text.of_cpus)

    def _getter(self, node: ast.Call) -> Known:
        name, *default = [self.value(argument) for argument in node.args]
        default += [self.value(k.value) for k in node.keywords if k.arg == "default"]
        return self._variable(str(name.value), default[0] if default else Known(None, 0), node)

    def _variable(self, name: str, default: Known | None, node: ast.expr) -> Known:
        if name in self._machine.environ:
            return Known(self._machine.environ[name], node.lineno)
        if name in self._machine.injected:
            return Known(Hidden(name), node.lineno)
        if default is None:
            raise Unknown(f"the variable {name}", node.lineno)
        return Known(default.value, node.lineno, default.of_cpus)

    def _own(self, name: str, node: ast.Call) -> Known:
        """A function of the file, called without arguments."""
        function = self._names.get(name)
        if isinstance(function, ast.FunctionDef) and not (node.args or node.keywords):
            return returned(function, self._names, self._inside)
        raise Unknown(_said(node), node.lineno)

    def _inside(self, node: ast.expr, names: Names) -> Known:
        return Evaluator(names, self._machine, self._depth + 1).value(node)

    def _bounded(self, value: Any, node: ast.expr, *parts: Known) -> Known:
        of_cpus = any(part.of_cpus for part in parts)
        if isinstance(value, int | float) and abs(value) > _LARGEST:
            raise Unknown(f"{_said(node)} is too large", node.lineno)
        return Known(value, node.lineno, of_cpus)


def _are_numbers(*values: Known) -> bool:
    return all(isinstance(value.value, int | float) for value in values)


def _plain(known: Known, node: ast.expr) -> Any:
    """A value that is a text or a number: lists may hold themselves many times over."""
    if not is_plain(known.value):
        raise Unknown(_said(node), node.lineno)
    return known.value


def dotted(node: ast.expr) -> str:
    """``os.environ.get``; empty for what is no chain of names."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if isinstance(node, ast.Name):
        return ".".join([node.id, *reversed(parts)])
    return ""


def _said(node: ast.AST) -> str:
    """An expression for people, short."""
    try:
        text = ast.unparse(node)
    except (ValueError, RecursionError, AttributeError):
        text = type(node).__name__
    return text if len(text) < 60 else f"{text[:57]}..."
