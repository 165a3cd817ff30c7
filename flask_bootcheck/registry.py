"""Checks, and the ordered set of them that an app has."""

from __future__ import annotations

import difflib
import inspect
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from .errors import UsageError
from .findings import Stage

ENTRY_POINTS = "flask_bootcheck.checks"

#: The facts a check may need; without them it is skipped with a reason.
NEEDS = {
    "app": "no app here",
    "server": "no server here",
    "instance": "no running server here",
    "trial": "only in a trial",
    "loaded": "only in a trial, of an app that loads",
    "module": "its module was not imported",
    "database": "no SQLAlchemy engine on this app",
    "sqlalchemy": "no SQLAlchemy engine on this app",
    "migrations": "no migrations in this project",
    "migrated": "no migrations in this project, or no SQLAlchemy engine on this app",
    "plan": "no deploy files here",
    "command": "no start command was found",
    "start": "no start command was understood",
    "gunicorn": "no start command that runs gunicorn was found",
    "health-path": "no app here, or no health path in the deploy files",
}
#: Facts that the deploy files alone tell.
OF_FILES = frozenset({"plan", "command", "start", "gunicorn"})
#: Facts that a serving worker never has: of the whole instance, and of the deploy files.
ELSEWHERE = OF_FILES | {"instance", "health-path"}

_ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*\.[a-z][a-z0-9]*(-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Check:
    """What is looked at: an id such as ``database.unreachable``, a stage, and a function.

    The function takes the :class:`~flask_bootcheck.boot.Boot`, or nothing. It may return nothing,
    findings, a ``bool`` (false fails), or a text to show when all is well; raising fails.
    """

    id: str
    function: Callable[..., Any]
    stage: Stage
    needs: str | None = None
    builtin: bool = False

    def __post_init__(self) -> None:
        if not _ID.fullmatch(self.id):
            raise UsageError(
                f"{self.id!r} is no check id: expected area.trouble in lower case, "
                "such as redis.unreachable"
            )
        if not callable(self.function):
            raise UsageError(f"check {self.id}: {self.function!r} is not a function")
        if self.needs is not None and self.needs not in NEEDS:
            raise UsageError(
                f"check {self.id}: needs={self.needs!r}, expected one of {', '.join(NEEDS)}"
            )

    @property
    def area(self) -> str:
        """What stands before the dot."""
        return self.id.partition(".")[0]

    @property
    def doc(self) -> str:
        """The docstring: what is checked, why, and the fix."""
        return inspect.getdoc(self.function) or ""

    @property
    def summary(self) -> str:
        """The first line of the docstring."""
        return self.doc.partition("\n")[0]

    def __call__(self, boot: object) -> Any:
        """Run the function, with the boot if it takes one."""
        return self.function(boot) if _takes_boot(self.function) else self.function()


def check(
    id: str,
    *,
    stage: Stage | None = None,
    needs: str | None = None,
) -> Callable[[Callable[..., Any]], Check]:
    """Make a check of a function, of :attr:`Stage.LIVE` unless said otherwise. It registers nothing:
    hand the result to ``BootCheck.add``."""
    when = Stage.LIVE if stage is None else stage
    if not isinstance(when, Stage):
        raise UsageError(f"check {id}: stage={stage!r}, expected a Stage such as Stage.LIVE")
    return lambda function: Check(id, function, when, needs)


class Registry:
    """Checks in the order they were added; each id once."""

    def __init__(self, checks: Iterable[Check] = ()) -> None:
        self._checks: dict[str, Check] = {}
        for item in checks:
            self.add(item)

    def add(self, check: Check) -> None:
        """Add a check.

        :raises UsageError: when it is none, or its id is taken.
        """
        if not isinstance(check, Check):
            raise UsageError(
                f"{check!r} is not a Check: decorate the function with @check('area.trouble')"
            )
        if check.id in self._checks:
            raise UsageError(f"there is a check {check.id!r} already: each id once")
        self._checks[check.id] = check

    def __iter__(self) -> Iterator[Check]:
        return iter(self._checks.values())

    def __len__(self) -> int:
        return len(self._checks)

    def get(self, check_id: str) -> Check | None:
        """The check with this id."""
        return self._checks.get(check_id)

    def copy(self) -> Registry:
        """The same checks, to add to."""
        return Registry(self)

    def select(self, only: Iterable[str] = (), skip: Iterable[str] = ()) -> Registry:
        """The checks with these ids or areas, without those.

        :raises UsageError: on an id or area that nothing has.
        """
        only, skip = tuple(only), tuple(skip)
        for name in (*only, *skip):
            self._must_know(name)
        return Registry(
            item
            for item in self
            if (not only or {item.id, item.area} & set(only))
            and not {item.id, item.area} & set(skip)
        )

    def why_unknown(self, name: str) -> str:
        """What to do about a name that no check and no area has; empty for one that is known."""
        known = [*self._checks, *{item.area for item in self}]
        if name in known:
            return ""
        nearest = difflib.get_close_matches(name, known, 1)
        return f"did you mean {nearest[0]}?" if nearest else "see `flask bootcheck list`"

    def _must_know(self, name: str) -> None:
        if meant := self.why_unknown(name):
            raise UsageError(f"there is no check and no area {name!r}: {meant}")


def with_entry_points(registry: Registry) -> tuple[Registry, list[str]]:
    """A copy with the checks other packages bring, and what is wrong with those left out."""
    from importlib.metadata import entry_points

    whole, errors = registry.copy(), list[str]()
    for entry in entry_points(group=ENTRY_POINTS):
        try:
            loaded = entry.load()
            for item in [loaded] if isinstance(loaded, Check) else loaded:
                whole.add(item)
        except Exception as error:
            errors.append(f"checks of {entry.name} ({entry.value}) left out: {error}")
    return whole, errors


def _takes_boot(function: Callable[..., Any]) -> bool:
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):  # a builtin that does not say
        return False
    return any(
        p.default is p.empty and p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
        for p in parameters
    )
