"""What a shell puts in place of variables, arithmetic and commands, as far as that can be worked out."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass

from .evaluate import Evaluator, dotted
from .machine import Known, Machine, Unknown, is_plain
from .python_file import read_python
from .shell import split_shell
from .source import Unreadable, parse_python


@dataclass(frozen=True, slots=True)
class Expanded:
    """A word with what is known filled in; ``open`` are the variables that are not known."""

    text: str
    of_cpus: bool = False
    open: tuple[str, ...] = ()


#: Parentheses in parentheses, three deep; it never goes back.
_NESTED = r"(?:[^()]++|\((?:[^()]++|\((?:[^()]++|\([^()]*+\))*+\))*+\))*+"
_EXPANSION = re.compile(
    rf"\$\(\((?P<sum>{_NESTED})\)\)|\$\((?P<run>{_NESTED})\)|`(?P<ticks>[^`]*)`"
    r"|\$\{(?P<braced>\w+)(?P<default>:?[-+?=][^{}]*)?\}|\$(?P<name>[A-Za-z_]\w*)"
)
_CPUINFO = re.compile(r"\^?processor\b.*")
#: Variables made of variables: a few lines could ask for more than the memory holds.
_MOST_STEPS, _MOST_CHARS = 200, 20_000


def expand(text: str, environ: Mapping[str, str], machine: Machine) -> Expanded:
    """Fill in what is known: variables, defaults, ``$(nproc)``, ``$((...))``. The rest stays."""
    return _Expander(environ, machine).expand(text)


class _Expander:
    def __init__(self, environ: Mapping[str, str], machine: Machine) -> None:
        self._environ = environ
        self._machine = machine
        self._steps = 0

    def expand(self, text: str) -> Expanded:
        parts, end = list[Expanded](), 0
        for match in _EXPANSION.finditer(text):
            parts += [Expanded(text[end : match.start()]), self._one(match)]
            end = match.end()
        parts.append(Expanded(text[end:]))
        whole = "".join(part.text for part in parts)
        if len(whole) > _MOST_CHARS:
            return Expanded(text[:_MOST_CHARS], open=("...",))
        of_cpus = any(part.of_cpus for part in parts)
        return Expanded(whole, of_cpus, tuple(name for part in parts for name in part.open))

    def _one(self, match: re.Match[str]) -> Expanded:
        self._steps += 1
        if self._steps > _MOST_STEPS:
            return Expanded(match[0], open=(match[0],))
        if match["sum"] is not None:
            return self._sum(match["sum"], match[0])
        run = match["run"] or match["ticks"]
        if run is not None:
            return self._printed(run) or Expanded(match[0], open=(match[0],))
        return self._variable(match)

    def _printed(self, run: str) -> Expanded | None:
        """What a command prints; ``None`` where only running it would tell."""
        commands = [[word.text for word in simple.words] for simple in split_shell(run)]
        if _count_cpus(commands):
            return Expanded(str(self._machine.cpus), of_cpus=True)
        if len(commands) != 1:
            return None
        program, *words = commands[0]
        if re.fullmatch(r"python[\d.]*", program) and words[:1] == ["-c"] and len(words) == 2:
            return _printed_by_python(words[1], self._machine)
        inner = self.expand(" ".join(words))
        if inner.open or program not in ("echo", "expr"):
            return None
        total = inner.text if program == "echo" else _arithmetic(inner.text, {})
        return Expanded(str(total), inner.of_cpus) if total is not None else None

    def _sum(self, text: str, written: str) -> Expanded:
        inner = self.expand(text)
        names = {k: int(v) for k, v in self._environ.items() if v.isdecimal() and len(v) < 10}
        total = _arithmetic(inner.text, names)
        if total is None:
            return Expanded(written, open=(written,))
        return Expanded(str(total), inner.of_cpus)

    def _variable(self, match: re.Match[str]) -> Expanded:
        name = match["braced"] or match["name"] or ""
        value, default = self._environ.get(name), match["default"] or ""
        if value is not None and (value or default[:1] != ":"):
            return self.expand(value) if "$" in value else Expanded(value)
        has_default = default.lstrip(":")[:1] in ("-", "=")
        if has_default and name not in self._machine.injected:
            return self.expand(default.lstrip(":")[1:])
        return Expanded(match[0], open=(name,))


def _arithmetic(text: str, names: Mapping[str, int]) -> int | None:
    """The value of what a shell has in ``$((...))``, ``None`` where it is not known."""
    source = re.sub(r"(?<![/*])/(?![/*])", "//", text.strip().replace("$", ""))
    try:
        (statement,) = parse_python(source).body
        if not isinstance(statement, ast.Expr):
            return None
        known = {name: Known(value, 1) for name, value in names.items()}
        value = Evaluator(known, Machine(1)).value(statement.value).value
        return int(value)
    except (SyntaxError, ValueError, TypeError, Unknown, RecursionError, MemoryError):
        return None


def _count_cpus(commands: list[list[str]]) -> bool:
    """``nproc``, ``getconf _NPROCESSORS_ONLN``, and counting the lines of ``/proc/cpuinfo``."""
    first, *rest = commands or [[""]]
    if first[:1] == ["nproc"] or first == ["sysctl", "-n", "hw.ncpu"]:
        return not rest
    if first[0] == "getconf":
        return "NPROCESSORS" in first[-1] and not rest
    counted = any(_CPUINFO.fullmatch(word) for words in commands for word in words)
    counts = rest[-1:] == [["wc", "-l"]] or any("-c" in words for words in commands)
    return counted and counts and any("/proc/cpuinfo" in words for words in commands)


def _printed_by_python(code: str, machine: Machine) -> Expanded | None:
    """What ``python -c`` prints with its one ``print``."""
    try:
        file = read_python(code, machine)
        calls = [s.value for s in file.tree.body if isinstance(s, ast.Expr)]
        (call,) = [c for c in calls if isinstance(c, ast.Call) and dotted(c.func) == "print"]
        (argument,) = call.args
        found = Evaluator(file.names, machine).value(argument)
    except (Unreadable, Unknown, ValueError, RecursionError):
        return None
    return Expanded(str(found.value), found.of_cpus) if is_plain(found.value) else None
