"""The entries of an app: a line for each blueprint and each route, and a route from its line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .file import Lock

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.routing import Rule

#: Between the words of a line; a word that has a blank of its own is in quotes.
_WORD = re.compile(r'"(?:[^"\\]|\\.)*"|\S+')


@dataclass(frozen=True, slots=True)
class Route:
    """A route as it is locked. ``rule`` starts with ``//`` and the host or subdomain where it has
    one; ``methods`` are those asked for, not what Flask adds."""

    endpoint: str
    methods: frozenset[str]
    rule: str

    @property
    def blueprint(self) -> str:
        """The blueprint it is of, nested ones with their parent; empty for the app's own."""
        return self.endpoint.rpartition(".")[0]

    @property
    def shown_methods(self) -> str:
        """As in the file."""
        return ",".join(sorted(self.methods))

    @property
    def entry(self) -> str:
        """Its line."""
        return f"route {_quoted(self.endpoint)} {self.shown_methods} {_quoted(self.rule)}"


def lock_of(app: Flask) -> Lock:
    """What there is to lock of an app."""
    return Lock(app.name, frozenset((*blueprint_entries(app.blueprints), *route_entries(app))))


def blueprint_entries(names: Iterable[str]) -> Iterator[str]:
    """The lines of some blueprints."""
    return (f"blueprint {_quoted(name)}" for name in names)


def route_entries(app: Flask) -> Iterator[str]:
    """The lines of the routes; those that are only for show or for ``url_for`` are none."""
    shown: dict[tuple[bool, bool, tuple[str, ...]], str] = {}
    for rule in app.url_map.iter_rules():
        if rule.build_only:
            continue
        automatic = bool(getattr(rule, "provide_automatic_options", False))
        key = (rule.websocket, automatic, tuple(rule.methods or ()))
        methods = shown.get(key) or shown.setdefault(key, _methods(*key))
        yield f"route {_quoted(str(rule.endpoint))} {methods} {_quoted(_pattern(rule))}"


def blueprints_in(entries: Iterable[str]) -> list[str]:
    """The names of blueprints among some lines."""
    return sorted(_words(entry)[1] for entry in entries if entry.startswith("blueprint "))


def routes_in(entries: Iterable[str]) -> list[Route]:
    """The routes among some lines; one that is cut short is left out."""
    words = [_words(entry) for entry in sorted(entries) if entry.startswith("route ")]
    return [Route(w[1], frozenset(w[2].split(",")), w[3]) for w in words if len(w) == 4]


def _methods(websocket: bool, automatic: bool, methods: tuple[str, ...]) -> str:
    """Without the ``HEAD`` that goes with ``GET``, and the ``OPTIONS`` that Flask answers."""
    if websocket or not methods:
        return "WEBSOCKET" if websocket else "ANY"
    dropped = {"HEAD"} if "GET" in methods else set()
    dropped |= {"OPTIONS"} if automatic else set()
    return ",".join(sorted(set(methods) - dropped)) or "OPTIONS"


def _pattern(rule: Rule) -> str:
    host = rule.host or rule.subdomain
    return f"//{host}{rule.rule}" if host else rule.rule


def _quoted(word: str) -> str:
    """As it is, but for what would break a line or a word; in the quotes of JSON then."""
    if word and word.isprintable() and " " not in word and word[0] != '"':
        return word
    return json.dumps(word)


def _words(entry: str) -> list[str]:
    return [json.loads(w) if w.startswith('"') else w for w in _WORD.findall(entry)]
