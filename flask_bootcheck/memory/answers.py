"""What the app answered while it was measured, and what that says of the figures. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..findings import Finding, Result, Stage, Status, fail, warn

BROKEN, NOT_WARMED = "forecast.app-broken", "forecast.not-warmed"

#: An app that answers so works: nobody is logged in, or nothing is at that path.
_NOT_HERE = frozenset({401, 403, 404})
_FIRST_ERROR, _FIRST_SERVER_ERROR = 400, 500
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Answer:
    """What a path was answered with, and how often; ``status`` 0 is no answer in time."""

    path: str
    status: int
    requests: int


@dataclass(frozen=True, slots=True)
class Unhandled:
    """The first exception that the app did not handle, and its place in the project."""

    message: str
    where: str = ""


def judge(answers: Sequence[Answer], error: Unhandled | None = None) -> Result | None:
    """What is wrong with an app of which no path showed a page; ``None`` when one did.

    That it does not work is certain only where every path failed on the server.
    """
    finding = _finding(answers, error)
    if finding is None:
        return None
    id_ = BROKEN if finding.status is Status.FAIL else NOT_WARMED
    return Result(id_, finding.status, Stage.LIVE, (finding,))


def _finding(answers: Sequence[Answer], error: Unhandled | None) -> Finding | None:
    if any(_is_page(answer.status) for answer in answers):
        return None
    statuses = {answer.status for answer in answers}
    said = f"no request showed a page: {'; '.join(describe(answers))}"
    where = error.where if error is not None else ""
    cause = f": {error.message}" if error is not None else ""
    if all(status == 0 or status >= _FIRST_SERVER_ERROR for status in statuses):
        return fail(
            f"{said}{cause}; the figures are of an app that does not work",
            hint="start it with the settings and the database it has where it runs, "
            "or name a path that works: --url /path",
            where=where,
        )
    return warn(
        f"{said}{cause}; the figures are of an app that was not warmed",
        hint="name a path that works, without a login: --url /path"
        if statuses <= _NOT_HERE
        else "request one of them yourself: does it answer to the host 127.0.0.1? "
        "Or name a path that works: --url /path",
        where=where,
    )


def describe(answers: Iterable[Answer]) -> list[str]:
    """A phrase for each status, the most frequent first: ``404 from 2 paths (/, /about)``."""
    by_status: dict[int, list[str]] = {}
    for answer in answers:
        by_status.setdefault(answer.status, []).append(answer.path)
    ordered = sorted(by_status.items(), key=lambda item: -len(item[1]))
    return [f"{_name(status)} from {_few(paths)}" for status, paths in ordered]


def _is_page(status: int) -> bool:
    return 0 < status < _FIRST_ERROR


def _name(status: int) -> str:
    return str(status) if status else "no answer"


def _few(paths: Sequence[str]) -> str:
    if len(paths) == 1:
        return paths[0]
    more = f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
    return f"{len(paths)} paths ({', '.join(paths[:_SHOWN])}{more})"
