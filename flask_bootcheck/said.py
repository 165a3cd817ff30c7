"""What a check says, whatever its function gives back: findings, notes, and what it is at."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

from .findings import Attempt, Finding, Status, fail, warn


class Said:
    """What a check has said so far.

    :param attempts: called with each of its attempts, before it is made.
    :param most: how many things are heard: a generator may have no end, and would fill the memory.
    """

    def __init__(
        self, attempts: Callable[[Attempt], None] | None = None, most: int | None = None
    ) -> None:
        self.findings: list[Finding] = []
        self.notes: list[str] = []
        self._attempts = attempts
        self._most = most

    def take(self, value: Any) -> None:
        """What a check's function gave back, one after the other."""
        for number, item in enumerate(_flatten(value)):
            if number == self._most:
                self.findings.append(_says_too_much(number))
                return
            self._hear(item)

    def _hear(self, item: Any) -> None:
        if isinstance(item, Finding):
            self.findings.append(_with_status(item))
        elif isinstance(item, Attempt):
            if self._attempts is not None:
                self._attempts(item)
        elif isinstance(item, str):
            self.notes.append(item)
        elif item is False:
            self.findings.append(fail("the check returned False"))
        elif item is not None and item is not True:
            self.findings.append(_says_nothing(item))


def _flatten(value: Any) -> Iterator[Any]:
    if isinstance(value, Iterable) and not isinstance(value, str | bytes | dict):
        for item in value:
            yield from _flatten(item)
    else:
        yield value


def _with_status(finding: Finding) -> Finding:
    """The finding, with a status also where others wrote something else: its name is understood, its
    number too, and what means nothing is a trouble all the same."""
    given: Any = finding.status
    if isinstance(given, Status):
        return finding
    known = {status.label: status for status in Status} | {str(int(s)): s for s in Status}
    return replace(finding, status=known.get(str(given).lower(), Status.FAIL))


def _says_too_much(most: int) -> Finding:
    return warn(
        f"the check said {most} things and was not at its end: the rest was not heard",
        hint="does its generator have an end? one finding can tell of many things",
    )


def _says_nothing(item: object) -> Finding:
    return warn(
        f"the check returned a {type(item).__name__}, which says nothing",
        hint="return findings, a bool or nothing, or raise",
    )
