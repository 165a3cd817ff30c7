"""``.railway/railway.py``: Infrastructure as Code. A program, read as a syntax tree and never run."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ..evaluate import Evaluator, dotted
from ..machine import Hidden, Known, Machine, Names, Unknown
from ..plan import Place, Said, Service, Trouble, UnknownKey, Value, Variable
from ..python_file import read_python
from ..source import words_in

#: What railway-sdk 0.7.0 reads of a service. It drops every other keyword without a word.
_KEYWORDS = frozenset(
    words_in("""
source root rootDirectory build start startCommand run deploy preDeploy preDeployCommand
healthcheck healthcheckPath healthcheckTimeout replicas regions env variables volumeMounts
domains customDomains privateDomain serviceDomains tcpProxies networking tracing cdn configFile
parentServiceId groupId clusterRole replicaConfig clusterDisplay
""")
)
#: Our field, and the keywords that set it, the first one given winning.
_FIELDS = {
    "start": ("start", "startCommand"),
    "health_path": ("healthcheck", "healthcheckPath"),
    "health_timeout": ("healthcheckTimeout",),
    "replicas": ("replicas",),
}
#: The same, in ``build={...}``.
_BUILD_FIELDS = {"builder": "builder", "dockerfile": "dockerfilePath"}


def read(file: str, text: str) -> Said:
    """What a ``.railway/railway.py`` says."""
    machine = Machine(1)
    program = read_python(text, machine)
    services, troubles, unknown = [], list[Trouble](), list[UnknownKey]()
    for call in ast.walk(program.tree):
        if isinstance(call, ast.Call) and dotted(call.func).rpartition(".")[2] == "service":
            reader = _Call(file, call, program.names, machine)
            services.append(reader.service())
            troubles += reader.troubles
            unknown += reader.unknown()
    return Said(file, "railway-code", tuple(services), tuple(troubles), tuple(unknown))


class _Call:
    """One ``service("web", ...)``."""

    def __init__(self, file: str, call: ast.Call, names: Names, machine: Machine) -> None:
        self._file = file
        self._call = call
        self._evaluator = Evaluator(names, machine)
        self.troubles: list[Trouble] = []

    def service(self) -> Service:
        """As far as it can be worked out."""
        given = {k.arg: k for k in self._call.keywords if k.arg}
        values: dict[str, Any] = {}
        for field, names in _FIELDS.items():
            found = next((given[name] for name in names if name in given), None)
            values[field] = self._value(found, field) if found is not None else None
        for field, key in _BUILD_FIELDS.items():
            values[field] = self._built(given, key)
        name = self._call.args[0] if self._call.args else None
        known = self._known(name) if name is not None else None
        shown = str(known.value) if known is not None else "web"
        service = Service(name=shown, variables=tuple(self._variables(given)))
        return replace(service, **values)

    def unknown(self) -> Iterator[UnknownKey]:
        """Keywords that the SDK drops."""
        for keyword in self._call.keywords:
            if keyword.arg and keyword.arg not in _KEYWORDS:
                near = difflib.get_close_matches(keyword.arg.replace("_", ""), _KEYWORDS, 1, 0.75)
                hint = f"did you mean {near[0]}?" if near else "railway-sdk drops it without a word"
                yield UnknownKey(Place(self._file, keyword.value.lineno), keyword.arg, hint)

    def _value(self, keyword: ast.keyword, field: str) -> Value | None:
        found = self._known(keyword.value)
        place = Place(self._file, keyword.value.lineno)
        if found is None:
            self.troubles.append(Trouble(place, f"{keyword.arg} cannot be worked out"))
            return None
        numeric = field in ("health_timeout", "replicas")
        good = isinstance(found.value, int) if numeric else isinstance(found.value, str)
        return Value(found.value, place) if good and found.value not in ("", True, False) else None

    def _variables(self, given: dict[str, ast.keyword]) -> Iterator[Variable]:
        for name in ("variables", "env"):
            table = given[name].value if name in given else None
            if isinstance(table, ast.Dict):
                for key, value in zip(table.keys, table.values, strict=True):
                    known = self._known(value)
                    if isinstance(key, ast.Constant) and known is not None:
                        place = Place(self._file, value.lineno)
                        yield Variable(str(key.value), Value(str(known.value), place))

    def _built(self, given: dict[str, ast.keyword], key: str) -> Value | None:
        table = given["build"].value if "build" in given else None
        pairs = zip(table.keys, table.values, strict=True) if isinstance(table, ast.Dict) else ()
        for name, node in pairs:
            known = self._known(node)
            if isinstance(name, ast.Constant) and name.value == key and known is not None:
                return Value(str(known.value), Place(self._file, node.lineno))
        return None

    def _known(self, node: ast.expr) -> Known | None:
        try:
            found = self._evaluator.value(node)
        except Unknown:
            return None
        return None if isinstance(found.value, Hidden) else found
