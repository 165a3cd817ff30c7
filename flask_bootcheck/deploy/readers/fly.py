"""``fly.toml``: the processes, checks and machines of an app on Fly.io."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..plan import Said, Service, UnknownKey, Value, Variable
from ..source import words_in
from ..tree import Tree, toml_tree
from .near import misspelt
from .size import memory_of

_TOP = words_in("""
app primary_region kill_signal kill_timeout build deploy env http_service services processes
mounts vm checks metrics statics files console_command swap_size_mb experimental restart
host_dedication_id machine_checks flycast
""")
_SERVICE = words_in("""
internal_port force_https auto_stop_machines auto_start_machines min_machines_running processes
concurrency checks http_options tls_options machine_checks http_checks tcp_checks ports protocol
script_checks
""")


def read(file: str, text: str) -> Said:
    """What a ``fly.toml`` says."""
    tree = toml_tree(file, text)
    processes = tree.table("processes") or {"app": ""}
    services = tuple(_service(tree, name) for name in processes)
    return Said(file, "fly", services, unknown=tuple(_unknown(tree)))


def _service(tree: Tree, name: str) -> Service:
    http = _http_of(tree, name)
    return Service(
        name=name,
        process="web" if http is not None else name,
        start=tree.text("processes", name) or _experimental(tree),
        health_path=_health_path(tree, http) if http is not None else None,
        memory=_memory(tree, name),
        builder=tree.text("build", "builder"),
        dockerfile=tree.text("build", "dockerfile"),
        port=tree.number(*http, "internal_port") if http is not None else None,
        variables=tuple(
            Variable(key, Value(str(value), tree.place("env", key)))
            for key, value in tree.table("env").items()
        ),
    )


def _experimental(tree: Tree) -> Value | None:
    return tree.text("experimental", "cmd")


def _http_of(tree: Tree, process: str) -> tuple[str | int, ...] | None:
    """Where the service stands that sends requests to a process."""
    paths: list[tuple[str | int, ...]] = []
    if tree.table("http_service"):
        paths.append(("http_service",))
    services = tree.get("services")
    paths += [("services", i) for i in range(len(services) if isinstance(services, list) else 0)]
    for path in paths:
        mine = tree.get(*path, "processes")
        if not isinstance(mine, list) or not mine or process in mine:
            return path
    return None


def _health_path(tree: Tree, http: tuple[str | int, ...]) -> Value | None:
    for path in _checks(tree, http):
        if (found := tree.text(*path, "path")) is not None:
            return found
    return None


def _checks(tree: Tree, http: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    for name in ("checks", "http_checks"):
        listed = tree.get(*http, name)
        if isinstance(listed, list):
            yield from ((*http, name, index) for index in range(len(listed)))
        elif isinstance(listed, dict):
            yield from ((*http, name, key) for key in listed if isinstance(key, str))
    yield from (("checks", name) for name in tree.table("checks"))


def _memory(tree: Tree, process: str) -> Value | None:
    machines = tree.get("vm")
    if not isinstance(machines, list):
        return None
    for index in range(len(machines)):
        mine: Any = tree.get("vm", index, "processes")
        if not isinstance(mine, list) or not mine or process in mine:
            return memory_of(tree, ("vm", index, "memory"), ("vm", index, "memory_mb"))
    return None


def _unknown(tree: Tree) -> Iterator[UnknownKey]:
    yield from misspelt(tree, (), _TOP)
    yield from misspelt(tree, ("http_service",), _SERVICE)
