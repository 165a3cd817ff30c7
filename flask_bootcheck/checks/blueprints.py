"""Is every blueprint there?"""

from __future__ import annotations

import ast
import difflib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from ..boot import Boot, Stage
from ..findings import Finding, fail, warn
from ..registry import check
from ..sources.files import package_of, show


@check("blueprints.missing", stage=Stage.APP)
def named_are_registered(boot: Boot) -> Iterator[Finding | str]:
    """Every blueprint named in `BOOTCHECK_BLUEPRINTS` is registered.

    Why: a blueprint whose import failed inside `try/except`, or whose line was lost in a merge, is
    not missed by the server: its pages are simply 404.

    Fix: register it in the factory, or take its name out of `BOOTCHECK_BLUEPRINTS`. Nested ones are
    named with their parent, `shop.cart`.
    """
    assert boot.app is not None  # noqa: S101 - the runner skips without
    registered = boot.app.blueprints
    routes = sum(1 for rule in boot.app.url_map.iter_rules() if not rule.build_only)
    yield f"{len(registered)} registered, {routes} routes"
    for name in boot.settings.blueprints:
        if name not in registered:
            nearest = difflib.get_close_matches(name, registered, 1)
            yield fail(
                f"blueprint {name!r} is not registered",
                hint=f"there is {nearest[0]!r}: is the name in BOOTCHECK_BLUEPRINTS right?"
                if nearest
                else "did its import fail silently, or is its register_blueprint() gone?",
                component=name,
            )


@check("blueprints.unregistered", stage=Stage.APP)
def made_are_registered(boot: Boot) -> Iterator[Finding]:
    """Every blueprint made in the project's own modules is registered on some app.

    Why: a blueprint that is written and imported but never registered is most likely forgotten.
    It warns only, since one may be switched off on purpose.

    Fix: register it, delete it, or list `blueprints.unregistered` in `BOOTCHECK_SKIP`.
    """
    from flask import Blueprint

    assert boot.app is not None  # noqa: S101 - the runner skips without
    seen: set[int] = set()
    for module in _project_modules(boot):
        for variable, value in list(vars(module).items()):
            if not isinstance(value, Blueprint) or id(value) in seen:
                continue
            seen.add(id(value))
            if value.import_name == module.__name__ and not _was_registered(value):
                yield warn(
                    f"blueprint {value.name!r} is made but never registered",
                    hint=f"add app.register_blueprint({variable}), or delete it",
                    where=_place(module, variable, boot.root),
                    component=value.name,
                )


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


def _place(module: ModuleType, variable: str, root: Path) -> str:
    """``file:line`` of the assignment, the file relative to the project."""
    file = module.__file__ or ""
    shown = show(file, root)
    try:
        tree = ast.parse(Path(file).read_text("utf-8"))
    except (OSError, SyntaxError, ValueError):
        return shown
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if any(isinstance(t, ast.Name) and t.id == variable for t in targets):
            return f"{shown}:{node.lineno}"
    return shown
