"""Where in the project a blueprint is made."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .files import show

if TYPE_CHECKING:
    from .makers import Made


def place_of_blueprint(blueprint: Any, root: Path) -> str:
    """``file:line`` of where it is made, the file alone when the line does not show, and nothing
    when its module is not known."""
    from .folder import read_source  # for findings only
    from .makers import read_module

    module = sys.modules.get(blueprint.import_name)
    file = getattr(module, "__file__", None)
    if not isinstance(file, str):
        return ""
    variables = {name for name, value in list(vars(module).items()) if value is blueprint}
    made = read_module(read_source(Path(file)), blueprint.import_name).made
    line = _line(made, variables, str(blueprint.name))
    return f"{show(file, root)}:{line}" if line else show(file, root)


def _line(made: tuple[Made, ...], variables: set[str], name: str) -> int:
    named = [each.line for each in made if each.name == name]
    assigned = [each.line for each in made if each.variable in variables]
    return next(iter([*assigned, *named]), 0)
