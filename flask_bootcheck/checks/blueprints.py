"""Is every blueprint there?"""

from __future__ import annotations

import difflib
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from ..boot import Boot, Stage, Unimported
from ..findings import Finding, fail, warn
from ..registry import check
from ..sources.files import package_of
from ..sources.place import place_of_blueprint
from .locked import SHOWN, lost_blueprints, lost_routes, more

if TYPE_CHECKING:
    from flask import Blueprint
    from flask.sansio.blueprints import Blueprint as AnyBlueprint


@check("blueprints.missing", stage=Stage.APP)
def named_are_registered(boot: Boot) -> Iterator[Finding | str]:
    """Every blueprint that is named in `BOOTCHECK_BLUEPRINTS` or locked in `bootcheck.lock` is
    registered.

    Why: a blueprint whose import failed inside `try/except`, or whose line was lost in a merge, is
    not missed by the server: its pages are simply 404.

    Fix: register it in the factory. One that is not wanted any more is taken out of
    `BOOTCHECK_BLUEPRINTS`, and out of the lock by `flask bootcheck lock`. Nested ones are named with
    their parent, `shop.cart`.
    """
    assert boot.app is not None  # noqa: S101 - the runner skips without
    registered = boot.app.blueprints
    routes = sum(1 for rule in boot.app.url_map.iter_rules() if not rule.build_only)
    yield f"{len(registered)} registered, {routes} routes"
    locked = lost_blueprints(boot)
    names = dict.fromkeys((*boot.settings.blueprints, *locked))
    missing = [name for name in names if name not in registered]
    successors = _successors(boot) if locked else {}
    for name in missing[:SHOWN]:
        successor = successors.get(name, "")
        yield fail(
            f"blueprint {name!r} is not registered"
            + (f": was {name}, is {successor}" if successor else ""),
            hint=_why_missing(name, successor, name in locked, boot),
            where=_made(name, successor, boot) or locked.get(name, ""),
            component=name,
        )
    yield from more(fail, len(missing), "blueprints are not registered")


def _why_missing(name: str, successor: str, is_locked: bool, boot: Boot) -> str:
    assert boot.app is not None  # noqa: S101 - the runner skips without
    nearest = difflib.get_close_matches(name, boot.app.blueprints, 1)
    if successor:
        return "url_for() needs the old name: bring it back, or run flask bootcheck lock"
    if nearest and name in boot.settings.blueprints and not _made(name, "", boot):
        return f"there is {nearest[0]!r}: is the name in BOOTCHECK_BLUEPRINTS right?"
    why = "did its import fail silently, or is its register_blueprint() gone?"
    return f"{why} If that is meant: flask bootcheck lock" if is_locked else why


def _made(name: str, successor: str, boot: Boot) -> str:
    """Where a blueprint is made that the app has not got, when a trial has found that out, or the one
    that it has become."""
    if successor and boot.app is not None:
        return place_of_blueprint(boot.app.blueprints[successor], boot.root)
    unimported = boot.trial.unimported if boot.trial is not None else ()
    return next((each.made for each in unimported if each.name == name.rpartition(".")[2]), "")


def _successors(boot: Boot) -> dict[str, str]:
    """For blueprints whose routes another one has now, its name."""
    pairs = Counter(
        (change.was.blueprint, change.now.blueprint)
        for change in lost_routes(boot)
        if change.now is not None and change.is_rename and change.now.blueprint
    )
    return dict(reversed([pair for pair, _ in pairs.most_common()]))


@check("blueprints.unregistered", stage=Stage.APP)
def made_are_registered(boot: Boot) -> Iterator[Finding]:
    """Every blueprint made in the project's own modules is registered on some app.

    Why: a blueprint that is written and never registered is most likely forgotten, whether its module
    is imported or, which `flask bootcheck` finds too, not even that. It warns only, since one may be
    switched off on purpose. Scripts, tests, other apps in the folder and modules that make a blueprint
    in a function are left alone.

    Fix: register it, delete it, or list `blueprints.unregistered` in `BOOTCHECK_SKIP`.
    """
    for module, variable, blueprint in _unregistered(boot):
        yield warn(
            f"blueprint {blueprint.name!r} is made but never registered",
            hint=f"add app.register_blueprint({variable}), or delete it",
            where=place_of_blueprint(blueprint, boot.root) or module.__name__,
            component=blueprint.name,
        )
    for each in boot.trial.unimported if boot.trial is not None else ():
        if not each.error:
            yield warn(
                f"blueprint {each.name!r} is made in {each.module}, which nothing imports",
                hint=f"import and register it, or delete it{_swallowed(each)}",
                where=each.made,
                component=each.name,
            )


def _unregistered(boot: Boot) -> Iterator[tuple[ModuleType, str, Blueprint]]:
    from flask import Blueprint

    seen: set[int] = set()
    for module in _project_modules(boot):
        for variable, value in list(vars(module).items()):
            if not isinstance(value, Blueprint) or id(value) in seen:
                continue
            seen.add(id(value))
            if value.import_name == module.__name__ and not _was_registered(value):
                yield module, variable, value


def _was_registered(blueprint: object) -> bool:
    """Flask marks a blueprint when it is registered, nested ones with their parent."""
    return bool(getattr(blueprint, "_got_registered_once", True))


def _project_modules(boot: Boot) -> Iterator[ModuleType]:
    """Loaded modules from the project's folder or the app's package, dependencies left out."""
    assert boot.app is not None  # noqa: S101 - the runner skips without
    folders = [boot.root.absolute(), Path(boot.app.root_path)]
    # As they are written, and resolved: the project may be behind a symbolic link.
    folders += [folder.resolve() for folder in folders]
    inside = tuple(f"{folder}/".replace("//", "/") for folder in folders)
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None)
        if not isinstance(file, str) or not isinstance(module, ModuleType):
            continue
        if file.startswith(inside) and not package_of(file):
            yield module


@check("blueprints.import-failed", stage=Stage.APP, needs="loaded")
def modules_import(boot: Boot) -> Iterator[Finding]:
    """Every module of the project that makes a blueprint can be imported.

    Why: `try: from .billing import bp` with `except ImportError: pass` hides any error in that
    module and in all it imports: the app boots, and its pages are 404. An error that is swallowed
    in silence fails, and so does a mistake in the code, such as a wrong name or syntax, whoever
    handles it. Of other errors a handler that does something, such as to assign a fallback or to log,
    makes a warning: what is missing may be missing on purpose. So is a module a warning that nothing
    imports, and that cannot be imported. Such modules are imported in a process apart, unless that
    would do more than define things: a bare call at the top level, as `app.run()` is one.

    Fix: mend what the message says, at the file and line named. Where a dependency may be missing,
    log that in the handler.
    """
    assert boot.trial is not None  # noqa: S101 - the runner skips without
    if boot.trial.not_searched:
        raise RuntimeError(boot.trial.not_searched)
    for each in boot.trial.unimported:
        if each.error:
            yield (fail if each.certain else warn)(
                f"blueprint {each.name!r} is not there: importing {each.module} fails: {each.error}",
                hint=f"mend that import, or delete the module{_swallowed(each)}",
                where=each.where,
                component=each.name,
            )


def _swallowed(unimported: Unimported) -> str:
    at = unimported.swallowed
    return f"; the try at {at} swallows it" if at else ""


@check("blueprints.folder-missing", stage=Stage.APP)
def folders_are_there(boot: Boot) -> Iterator[Finding]:
    """The template folder and the static folder that a blueprint names are there.

    Why: a folder that was renamed, or that did not get into the image, is not missed before a visitor
    comes: `TemplateNotFound`, and style sheets that are 404.

    Fix: mend the path, which is relative to the blueprint's module, or take the argument out when the
    blueprint has no files of its own.
    """
    assert boot.app is not None  # noqa: S101 - the runner skips without
    missing = {
        (id(blueprint), kind): (blueprint, kind, folder)
        for blueprint in boot.app.blueprints.values()
        for kind, folder in _folders(blueprint)
        if not folder.is_dir()
    }
    for blueprint, kind, folder in list(missing.values())[:SHOWN]:
        yield warn(
            f"the {kind} folder of blueprint {blueprint.name!r} is not there: {folder}",
            hint=f"mend {kind}_folder= (relative to the module), or take it out",
            where=place_of_blueprint(blueprint, boot.root),
            component=blueprint.name,
        )
    yield from more(warn, len(missing), "folders of blueprints are not there")


def _folders(blueprint: AnyBlueprint) -> Iterator[tuple[str, Path]]:
    """What a blueprint of the project names; those of packages are their own affair."""
    if package_of(f"{blueprint.root_path}/{blueprint.import_name}"):
        return
    if blueprint.template_folder is not None:
        yield "template", Path(blueprint.root_path, blueprint.template_folder)
    if blueprint.static_folder is not None:
        yield "static", Path(blueprint.static_folder)
