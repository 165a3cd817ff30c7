"""Whether it is known what a start command starts, and what only a shell would make of it."""

from __future__ import annotations

import difflib
import posixpath
import re
from collections.abc import Sequence

from .command import OTHERS, SERVERS, Command, serves, understand
from .plan import Place, Trouble
from .shell import Word

_OPERATORS = frozenset(["&&", "||", ";", "|"])
_BUILTINS = frozenset(["cd", "exec", "export", "source", ".", "set", "if", "eval", "ulimit"])
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=.*", re.DOTALL)
_START = "name the server itself: exec gunicorn --bind 0.0.0.0:$PORT main:app"


def not_understood(command: Command, place: Place) -> Trouble | None:
    """Why nobody knows what a command starts, ``None`` where that is known."""
    program = command.program
    if serves(command) or program in OTHERS:
        return None
    behind = next((w for w in command.arguments if posixpath.basename(w.text) in SERVERS), None)
    if behind is not None and program not in SERVERS:
        said = command.script or program
        return Trouble(place, f"{said} runs {behind}, in a way that is not known here", _START)
    if command.script:
        hint = f"add {command.script.lstrip('./')} to the project, or {_START}"
        return Trouble(place, f"{command.script} is not in this project", hint)
    near = difflib.get_close_matches(program, sorted(SERVERS), 1, 0.75)
    if near and program not in SERVERS:
        hint = " ".join([near[0], *(word.text for word in command.arguments)])
        return Trouble(place, f"no program {program} is known; did you mean {near[0]}?", hint)
    if program == "flask":
        return Trouble(place, "this flask command comes to an end, and nothing after it", _START)
    if program in ("", "sh", "python", "$@", "$*"):
        return Trouble(place, "it names no program that stays", _START)
    return Trouble(place, f"no server {program} is known", _START)


def only_of_a_shell(words: Sequence[Word], place: Place) -> Trouble | None:
    """Why a command cannot start that no shell reads, ``None`` where it can."""
    texts = [word.text for word in words]
    if not texts:
        return None
    where = Place(place.file, place.line)
    if texts[0] in _BUILTINS or _ASSIGNMENT.fullmatch(texts[0]):
        return Trouble(where, f"there is no program {texts[0]}", through_shell(texts))
    split = next((i for i, text in enumerate(texts) if text in _OPERATORS), None)
    if split is None:
        return None
    before = understand("", texts[:split], in_shell=False)
    after = understand(" ".join(texts[split + 1 :]), None, in_shell=True)
    if serves(before) or not serves(after):
        return None
    rest = f"{texts[split]} and {after.program}"
    return Trouble(where, f"{texts[0]} gets {rest} as its arguments", through_shell(texts))


def through_shell(texts: Sequence[str]) -> str:
    """The same command, read by a shell that its last part takes the place of."""
    last = max((i for i, text in enumerate(texts) if text in _OPERATORS), default=-1) + 1
    while last < len(texts) and _ASSIGNMENT.fullmatch(texts[last]):
        last += 1
    first = [] if {*texts[last : last + 1]} & _BUILTINS else ["exec"]
    line = " ".join([*texts[:last], *first, *texts[last:]])
    quoted = line.replace("\\", "\\\\").replace('"', '\\"')
    return f'sh -c "{quoted}"'
