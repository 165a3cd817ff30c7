"""From ``railway.toml`` and ``railway.json``, which Railway does not read, to code that it applies."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from .readers.railway import BUILD_KEYS, DEPLOY_KEYS, unknown_keys
from .source import read_text
from .tree import Tree, json_tree, toml_tree

CODE = ".railway/railway.py"
FILES = {"railway.toml": toml_tree, "railway.json": json_tree}
#: What has a keyword of its own.
_KEYS = {"startCommand", "healthcheckPath", "healthcheckTimeout", "numReplicas", "preDeployCommand"}

#: A table of which people expect that it sets variables.
_VARIABLES = re.compile(r"(?:^|\.)(?:env|environment|variables)$")

_TEMPLATE = '''\
"""Railway's Infrastructure as Code, in place of railway.toml, which Railway does not read.

Nothing reads this file at deploy: `railway config plan` shows what it would change in the linked
project, `railway config apply` writes that into the service's settings. Both need the Railway CLI
and `pip install railway-sdk`. Read the plan first: variables, volumes and domains of the project
belong into this file as well.
"""

from railway_sdk import define_railway, project, service


@define_railway
def main(ctx=None):
    web = service(
        {name},
{arguments}    )
    return project({project}, resources=[web])
'''


class Config:
    """What Config as Code says, ``railway.toml`` before ``railway.json``.

    :raises Unreadable: when such a file cannot be read.
    """

    def __init__(self, root: Path) -> None:
        self._trees = [
            tree_of(file, read_text(root / file))
            for file, tree_of in FILES.items()
            if (root / file).exists()
        ]

    def arguments(self) -> dict[str, Any]:
        """What it says besides a start and a health check, as arguments of ``service(...)``."""
        found: dict[str, Any] = {}
        for tree in self._trees:
            found = {**_besides(tree), **found}
        return found

    def lacking(self, code: str) -> Iterator[str]:
        """The arguments that existing code does not have, or has in ways that only its author knows."""
        for key, value in self.arguments().items():
            if key not in code:
                yield f".railway/ does not have {key} of {self._trees[0].file}: {key}={as_python(value)}"

    def not_moved(self) -> Iterator[str]:
        """What Railway does not know, and what holds in one environment only."""
        for tree in self._trees:
            for item in unknown_keys(tree):
                hint = (
                    "set it as variables of the service"
                    if _VARIABLES.search(item.key)
                    else item.hint
                )
                yield f"{item.place}: {item.key} is not moved ({hint})"
            for name in tree.table("environments"):
                place = tree.place("environments", name)
                yield f"{place}: what it says of the environment {name} is not moved"


def _besides(tree: Tree) -> dict[str, Any]:
    deploy = {k: v for k, v in tree.table("deploy").items() if k in DEPLOY_KEYS}
    build = {k: v for k, v in tree.table("build").items() if k in BUILD_KEYS}
    found = {
        "preDeploy": deploy.get("preDeployCommand"),
        "replicas": deploy.get("numReplicas"),
        "build": build or None,
        "deploy": {k: v for k, v in deploy.items() if k not in _KEYS} or None,
    }
    return {key: value for key, value in found.items() if value is not None}


def new_code(name: str, project: str, arguments: Mapping[str, Any]) -> str:
    """A ``.railway/railway.py`` of one service."""
    lines = (f"        {key}={_value(value)},\n" for key, value in arguments.items())
    return _TEMPLATE.format(
        name=json.dumps(name), arguments="".join(lines), project=json.dumps(project)
    )


def _value(value: Any) -> str:
    """A value as Python, a dictionary a key a line."""
    if isinstance(value, Mapping):
        lines = (f"            {json.dumps(k)}: {as_python(v)},\n" for k, v in value.items())
        return "{\n" + "".join(lines) + "        }"
    return as_python(value)


def as_python(value: Any) -> str:
    """A value as Python, texts in double quotes."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{as_python(k)}: {as_python(v)}' for k, v in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(as_python, value))}]"
    return repr(value)
