"""Is every route there, and is it reached?

What is there is held against the lock. What is reached is asked of werkzeug's own map: rules with
the same pattern stand in one state of its matcher, in the order they were added, and the first that
takes the method answers. What a converter refuses after that is a 404: no other rule is tried.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..boot import Boot, Stage
from ..findings import Finding, fail, warn
from ..lock.file import FILE_NAME, Lock
from ..registry import check
from ..sources.files import package_of, show
from ..sources.place import place_of_blueprint
from .locked import SHOWN, describe, lock_to_follow, lost_routes, more, together

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.routing import Map, Rule

    from ..lock.changes import Change

#: A rule without methods takes any.
_ANY = "any method"
#: Flask and werkzeug add these to what a view asks for.
_AUTOMATIC = {"HEAD", "OPTIONS"}


@dataclass(frozen=True, slots=True)
class Shadowed:
    """A rule that is never reached with some methods, each with the rule that takes it."""

    rule: Rule
    winners: dict[str, Rule]

    @property
    def methods(self) -> list[str]:
        """Without a ``HEAD`` that goes with ``GET``, and the like."""
        return sorted(set(self.winners) - _AUTOMATIC or self.winners)


@check("routes.missing", stage=Stage.APP)
def locked_are_there(boot: Boot) -> Iterator[Finding | str]:
    """Every route in `bootcheck.lock` is there, with its endpoint, its rule and its methods.

    Why: a route that was moved or renamed breaks bookmarks, webhooks, the clients of an API and every
    `url_for()` that names it; the app boots all the same. `flask bootcheck lock` writes down what is
    there: a pull request shows what changes, and this check misses what is lost. Without the file
    nothing is compared, and more than what is locked is no finding.

    Fix: bring it back. Where the change is meant, run `flask bootcheck lock` and commit the file.
    """
    if boot.lock is None or boot.app is None:
        return
    yield from _why_not_followed(boot, boot.lock)
    lock = lock_to_follow(boot)
    if lock is None:
        return
    names = boot.app.blueprints
    groups = together(
        change
        for change in lost_routes(boot)
        # Of a blueprint that is not there, blueprints.missing tells.
        if not change.was.blueprint or change.was.blueprint in names
    )
    for group in groups[:SHOWN]:
        yield fail(
            describe(group),
            hint="bring it back; if the change is meant, run flask bootcheck lock",
            where=_place(boot, lock, group),
            component=group[0].was.endpoint,
        )
    yield from more(fail, len(groups), "routes are locked and not there as they were")
    yield f"{lock.count('route')} locked"


def _why_not_followed(boot: Boot, lock: Lock) -> Iterator[Finding | str]:
    """What is wrong with the file itself: before a deploy it stops, at boot it is told."""
    assert boot.app is not None  # noqa: S101 - who calls it has looked
    if lock.error:
        yield (warn if boot.trial is None else fail)(lock.error, where=FILE_NAME)
    elif lock.app != boot.app.name:
        said = f"{FILE_NAME} is of the app {lock.app!r}, not of {boot.app.name!r}: not compared"
        hint = "if there is no such app any more, run flask bootcheck lock"
        yield said if boot.trial is None else warn(said, hint=hint, where=FILE_NAME)


def _place(boot: Boot, lock: Lock, group: list[Change]) -> str:
    """Where to go: to the blueprint that moved, to the view, or to the line of the lock."""
    assert boot.app is not None  # noqa: S101 - who calls it has looked
    first = group[0]
    blueprint = boot.app.blueprints.get(first.was.blueprint)
    if len(group) > 1 and blueprint is not None:
        return place_of_blueprint(blueprint, boot.root)
    view = boot.app.view_functions.get(first.now.endpoint) if first.now is not None else None
    code = _code(view, "GET")
    if code is None:
        return lock.place(first.was.entry)
    return f"{show(code.co_filename, boot.root)}:{code.co_firstlineno}"


@check("routes.shadowed", stage=Stage.APP)
def routes_are_reached(boot: Boot) -> Iterator[Finding | str]:
    """No route is hidden behind an earlier one with the same pattern and method.

    Why: werkzeug takes the first that was added, and says nothing of the second: its view is never
    called. Patterns are the same whatever their variables are called, `/<name>` and `/<slug>`, and
    whatever numbers an `int` converter accepts. One view registered twice, an `OPTIONS` or `HEAD` that
    comes along by itself, and a view of a package behind one of the project or its own are no findings.

    Fix: give one of them another path, prefix or method, or delete the one that is not wanted. Which
    is the first follows from the order of `register_blueprint()` and of the decorators.
    """
    app = boot.app
    assert app is not None  # noqa: S101 - the runner skips without
    states = _states(app.url_map)
    if states is None:
        yield "routes not compared: this werkzeug matches in another way"
        return
    meant = _Meant(app)
    found = [shadowed for rules in states for shadowed in _shadowed(rules, meant)]
    found.sort(key=lambda shadowed: shadowed.rule.rule)
    for shadowed in found[:SHOWN]:
        yield _finding(app, shadowed, boot.root)
    hint = "is a url_prefix missing, or are there two of the same blueprint?"
    yield from more(warn, len(found), "routes are never reached", hint)


@check("routes.view-missing", stage=Stage.APP)
def routes_have_views(boot: Boot) -> Iterator[Finding]:
    """Every route that a request can reach has a view.

    Why: `add_url_rule("/cart", endpoint="cart")` without a view is accepted, for a view that follows
    with `@app.endpoint("cart")`. When that never comes, its module was not imported or the name was
    changed, each visit ends in a `KeyError` and a 500.

    Fix: give it its view, or `build_only=True` when it is there for `url_for()` alone.
    """
    app = boot.app
    assert app is not None  # noqa: S101 - the runner skips without
    lost = [
        rule
        for rule in app.url_map.iter_rules()
        if rule.endpoint not in app.view_functions
        and not (rule.build_only or rule.alias or rule.websocket or rule.redirect_to is not None)
    ]
    states = (_states(app.url_map) or ()) if lost else ()
    hidden = {
        id(shadowed.rule) for rules in states for shadowed in _shadowed(rules, lambda *_: False)
    }
    lost = [rule for rule in lost if id(rule) not in hidden]
    for rule in lost[:SHOWN]:
        yield warn(
            f"{rule.rule} has no view: nothing is registered for the endpoint {rule.endpoint}",
            hint="give it a view, or build_only=True when it is for url_for() alone",
            component=str(rule.endpoint),
        )
    yield from more(warn, len(lost), "routes have no view")


def _states(url_map: Map) -> Iterator[list[Rule]] | None:
    """The rules of each state that has several, in the order they are tried; ``None`` when the
    matcher is not the one we know."""
    url_map.update()
    root = getattr(getattr(url_map, "_matcher", None), "_root", None)
    if not all(hasattr(root, name) for name in ("rules", "static", "dynamic")):
        return None
    return _walk(root)


def _walk(root: Any) -> Iterator[list[Rule]]:
    waiting = [root]
    while waiting:
        state = waiting.pop()
        if len(state.rules) > 1:
            yield list(state.rules)
        waiting += state.static.values()
        waiting += [following for _, following in state.dynamic]


def _shadowed(rules: list[Rule], is_meant: Callable[[Rule, Rule, str], bool]) -> Iterator[Shadowed]:
    """Those of some rules, tried in this order, that earlier ones keep from a method."""
    first: dict[tuple[bool, str], Rule] = {}
    for rule in rules:
        methods, winners = rule.methods or {_ANY}, {}
        for method in methods:
            taken = first.get((rule.websocket, _ANY))
            winner = taken or first.setdefault((rule.websocket, method), rule)
            if winner is not rule and not is_meant(rule, winner, method):
                winners[method] = winner
        # An OPTIONS view of the user's own may be hidden by an automatic one; nothing else is lost.
        if winners and (winners.keys() - _AUTOMATIC or methods <= _AUTOMATIC):
            yield Shadowed(rule, winners)


class _Meant:
    """Whether a rule is behind another on purpose, or without harm."""

    def __init__(self, app: Flask) -> None:
        self._app = app

    def __call__(self, rule: Rule, winner: Rule, method: str) -> bool:
        if rule.endpoint == winner.endpoint or self._redirects(rule, winner):
            return True
        view, winning = (self._app.view_functions.get(each.endpoint) for each in (rule, winner))
        if view == winning if view is not None else not rule.websocket:
            return True  # without a view it is for url_for() alone
        folder, wins = (static_folder(self._app, each.endpoint) for each in (rule, winner))
        if folder is not None and (wins == folder or not folder.is_dir()):
            return True  # no file is lost
        both_static = folder is not None and wins is not None
        return not both_static and self._is_of_package(_code(view, method), _code(winning, method))

    def _redirects(self, *rules: Rule) -> bool:
        return any(rule.alias or rule.redirect_to is not None for rule in rules)

    def _is_of_package(self, theirs: Any, wins: Any) -> bool:
        """A view of a package behind one of the project, which overrides it, or behind one of its
        own: flask-restx has its page for ``/`` twice. The project may be installed, too."""
        if theirs is None or wins is None:
            return False
        package, project = package_of(theirs.co_filename), package_of(self._app.root_path)
        return bool(package) and package_of(wins.co_filename) in ("", package, project)


def static_folder(app: Flask, endpoint: str) -> Path | None:
    """The folder whose files the endpoint serves, when it is that of an app or a blueprint."""
    owner, _, name = str(endpoint).rpartition(".")
    scaffold = app.blueprints.get(owner) if owner else app
    folder = scaffold.static_folder if scaffold is not None and name == "static" else None
    return Path(folder).resolve() if folder else None


def _finding(app: Flask, shadowed: Shadowed, root: Path) -> Finding:
    rule, methods = shadowed.rule, shadowed.methods
    winner = shadowed.winners[methods[0]]
    is_static = static_folder(app, rule.endpoint) is not None
    code = _code(app.view_functions.get(rule.endpoint), methods[0])
    return warn(
        f"{', '.join(methods)} {rule.rule} never reaches {rule.endpoint}: {winner.endpoint}"
        f"{'' if winner.rule == rule.rule else f' at {winner.rule}'} was added first",
        hint="give the blueprint a url_prefix or a static_url_path of its own"
        if is_static
        else "give one of them another path or method, or delete the one that is not wanted",
        where=f"{show(code.co_filename, root)}:{code.co_firstlineno}"
        if code and not is_static
        else "",
        component=str(rule.endpoint),
    )


def _code(view: Any, method: str) -> Any:
    """What runs when a view is called, beneath its decorators; of a class what answers the method."""
    if view is None:
        return None
    function = inspect.unwrap(view)
    made_of = getattr(function, "view_class", None)
    if made_of is not None:
        names = (method.lower(), "get", "dispatch_request")
        function = next(getattr(made_of, name) for name in names if hasattr(made_of, name))
    return getattr(getattr(function, "func", function), "__code__", None)
