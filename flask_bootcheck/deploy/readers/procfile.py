"""``Procfile``: a process type and its command on each line."""

from __future__ import annotations

import re

from ..plan import Place, Said, Service, Trouble, Value
from ..source import lines_of

_LINE = re.compile(r"\s*([A-Za-z0-9_-]+)\s*:\s*(.*?)\s*")


def read(file: str, text: str) -> Said:
    """What a ``Procfile`` says."""
    services, troubles = list[Service](), list[Trouble]()
    for number, line in enumerate(lines_of(text), 1):
        place = Place(file, number)
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = _LINE.fullmatch(line)
        if match is None or not match[2]:
            troubles.append(
                Trouble(place, "expected a process type and a command: web: gunicorn ...")
            )
            continue
        start = Value(match[2], place)
        services.append(Service(name=match[1], process=match[1], start=start, in_shell=True))
    return Said(file, "procfile", tuple(services), tuple(troubles))
