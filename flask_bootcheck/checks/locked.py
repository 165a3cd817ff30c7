"""What the checks against the lock share: the lock that holds for an app, and what they say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from ..boot import Boot
from ..findings import Finding

if TYPE_CHECKING:
    from ..lock.changes import Change
    from ..lock.file import Lock

#: More findings than this help nobody.
SHOWN = 10


def lock_to_follow(boot: Boot) -> Lock | None:
    """The lock, when there is one that can be followed and is of this app."""
    lock = boot.lock
    if lock is None or lock.error or boot.app is None or lock.app != boot.app.name:
        return None
    return lock


def lost_blueprints(boot: Boot) -> dict[str, str]:
    """The blueprints that are locked and not there, each with its line in the lock."""
    lock = lock_to_follow(boot)
    if lock is None or boot.app is None:
        return {}
    from ..lock.entries import blueprint_entries, blueprints_in  # only with a lock

    lost = lock.entries.difference(blueprint_entries(boot.app.blueprints))
    names = blueprints_in(lost)
    return dict(zip(names, map(lock.place, blueprint_entries(names)), strict=True))


def lost_routes(boot: Boot) -> list[Change]:
    """What has become of the routes that are locked and not there as they were."""
    lock = lock_to_follow(boot)
    if lock is None or boot.app is None:
        return []
    from ..lock.changes import changes  # only with a lock
    from ..lock.entries import route_entries

    return changes(lock.entries, frozenset(route_entries(boot.app)))


def more(say: Callable[..., Finding], count: int, what: str, hint: str = "") -> Iterator[Finding]:
    """What is left of so many when enough was shown."""
    if count > SHOWN:
        unit = what.partition(" ")[0]
        yield say(f"{count - SHOWN} more {what}", hint=hint, observed=count, unit=unit)


def together(found: Iterable[Change]) -> list[list[Change]]:
    """Changes that are one and the same: all routes of a blueprint with a new prefix."""
    groups: dict[object, list[Change]] = defaultdict(list)
    for change in found:
        key = (change.was.blueprint, change.prefixes) if change.is_move else change
        groups[key].append(change)
    return list(groups.values())


def describe(group: list[Change]) -> str:
    """What has become of some routes, in words."""
    first = group[0]
    was, now = first.was, first.now
    if now is None:
        return f"{was.endpoint} is gone: was {was.shown_methods} {was.rule}"
    if first.is_rename:
        return f"{was.shown_methods} {was.rule}: the endpoint was {was.endpoint}, is {now.endpoint}"
    if not first.is_move:
        lost = ", ".join(sorted(was.methods - now.methods))
        return f"{was.endpoint} takes no {lost} at {was.rule} any more, only {now.shown_methods}"
    if len(group) == 1:
        return f"{was.endpoint}: was {was.rule}, is {now.rule}"
    whose = f"blueprint {was.blueprint!r}" if was.blueprint else "the app"
    before, after = first.prefixes
    return f"{len(group)} routes of {whose}: was {before}, is {after}"
