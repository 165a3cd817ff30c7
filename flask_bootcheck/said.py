"""What a check says, whatever its function gives back: findings, notes, and what it is at."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from .findings import Attempt, Finding, fail, warn


class Said:
    """What a check has said so far.

    :param attempts: called with each of its attempts, before it is made.
    """

    def __init__(self, attempts: Callable[[Attempt], None] | None = None) -> None:
        self.findings: list[Finding] = []
        self.notes: list[str] = []
        self._attempts = attempts

    def take(self, value: Any) -> None:
        """What a check's function gave back, one after the other."""
        for item in _flatten(value):
            if isinstance(item, Finding):
                self.findings.append(item)
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


def _says_nothing(item: object) -> Finding:
    return warn(
        f"the check returned a {type(item).__name__}, which says nothing",
        hint="return findings, a bool or nothing, or raise",
    )
