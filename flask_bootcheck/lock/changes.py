"""What has become of locked routes that are not there as they were: moved, renamed, gone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from .entries import Route, routes_in


@dataclass(frozen=True, slots=True)
class Change:
    """``now`` is what a route has become, ``None`` when it is gone."""

    was: Route
    now: Route | None = None

    @property
    def is_rename(self) -> bool:
        """Whether its endpoint is another one now."""
        return self.now is not None and self.now.endpoint != self.was.endpoint

    @property
    def is_move(self) -> bool:
        """Whether its rule is another one now."""
        return self.now is not None and not self.is_rename and self.now.rule != self.was.rule

    @property
    def prefixes(self) -> tuple[str, str]:
        """Of a move, what stands before the end that was kept: ``/cart`` and ``/basket``."""
        was, now = self.was.rule.split("/"), (self.now or self.was).rule.split("/")
        while was and now and was[-1] == now[-1] and len(was) + len(now) > 3:
            was.pop()
            now.pop()
        return "/".join(was) or "/", "/".join(now) or "/"


def changes(locked: frozenset[str], present: frozenset[str]) -> list[Change]:
    """What is lost of the locked entries, by what is there. More than what is locked is no loss."""
    lost = locked - present
    if not lost:
        return []
    there = _There(routes_in(present - locked))
    return [change for was in routes_in(lost) for change in there.match(was)]


class _There:
    """Routes that are not locked: each stands for one that is lost at most."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._by_endpoint: dict[str, list[Route]] = defaultdict(list)
        self._by_rule: dict[str, list[Route]] = defaultdict(list)
        self._taken: set[Route] = set()
        for route in routes:
            self._by_endpoint[route.endpoint].append(route)
            self._by_rule[route.rule].append(route)

    def match(self, was: Route) -> Iterator[Change]:
        same = [route for route in self._by_endpoint[was.endpoint] if route.rule == was.rule]
        methods = frozenset[str]().union(*(route.methods for route in same))
        if "ANY" in methods or (same and was.methods <= methods):
            return
        if same:
            yield Change(was, Route(was.endpoint, methods, was.rule))
        else:
            yield Change(was, self._moved(was) or self._renamed(was))

    def _moved(self, was: Route) -> Route | None:
        return self._take(
            route for route in self._by_endpoint[was.endpoint] if was.methods <= route.methods
        )

    def _renamed(self, was: Route) -> Route | None:
        return self._take(
            route for route in self._by_rule[was.rule] if was.methods <= route.methods
        )

    def _take(self, routes: Iterable[Route]) -> Route | None:
        found = next((route for route in routes if route not in self._taken), None)
        if found is not None:
            self._taken.add(found)
        return found
