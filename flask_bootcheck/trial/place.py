"""Where in the project it happened: the innermost line that is the user's own."""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterable
from pathlib import Path

from ..sources.files import show

_FOREIGN = ("site-packages", "dist-packages", "<frozen", "<string>")
_OURS = str(Path(__file__).parent.parent)
_DUMPED = re.compile(r'^  File "(?P<file>.*)", line (?P<line>\d+) in ', re.MULTILINE)


def place_of_error(error: BaseException, root: Path) -> str:
    """``file:line`` of an exception; a syntax error is where the syntax is wrong."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{show(error.filename, root)}:{error.lineno or 0}"
    frames = traceback.extract_tb(error.__traceback__)
    return innermost(((f.filename, f.lineno or 0) for f in reversed(frames)), root)


def place_in_dump(text: str, root: Path) -> str:
    """``file:line`` in what :mod:`faulthandler` wrote. The thread that loads is the last one."""
    main = text.rpartition("Thread 0x")[2] or text
    frames = ((match["file"], int(match["line"])) for match in _DUMPED.finditer(main))
    return innermost(frames, root)


def innermost(frames: Iterable[tuple[str, int]], root: Path) -> str:
    """The first of some frames, innermost first, that is in the project; else the first at all
    that is not ours; empty when there is none."""
    others = [frame for frame in frames if not frame[0].startswith((_OURS, "<"))]
    for file, line in others:
        if Path(file).is_relative_to(root) and not any(part in file for part in _FOREIGN):
            return f"{show(file, root)}:{line}"
    return f"{show(others[0][0], root)}:{others[0][1]}" if others else ""
