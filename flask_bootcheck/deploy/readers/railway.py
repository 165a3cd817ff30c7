"""``railway.toml`` and ``railway.json``: Railway's Config as Code, with its environments."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import replace

from ..plan import Said, Service, UnknownKey, Value
from ..source import words_in
from ..tree import Tree, json_tree, toml_tree

_BUILD = frozenset(
    words_in("""
builder buildCommand buildEnvironment dockerfilePath nixpacksConfigPath nixpacksPlan
nixpacksVersion railpackVersion watchPatterns
""")
)
_DEPLOY = frozenset(
    words_in("""
cronSchedule drainingSeconds healthcheckPath healthcheckTimeout ipv6EgressEnabled limitOverride
multiRegionConfig numReplicas overlapSeconds preDeployCommand region registryCredentials
requiredMountPath restartPolicyMaxRetries restartPolicyType runtime sleepApplication
startCommand useLegacyStacker
""")
)
_SECTIONS = {"build": _BUILD, "deploy": _DEPLOY}
#: What Config as Code says and ``railway config migrate`` writes as a comment only.
LOST_IN_MIGRATION = (
    "dockerfilePath",
    "builder",
    "cronSchedule",
    "preDeployCommand",
    "watchPatterns",
)


def read_toml(file: str, text: str) -> Said:
    """What a ``railway.toml`` says."""
    return _said(toml_tree(file, text))


def read_json(file: str, text: str) -> Said:
    """What a ``railway.json`` says."""
    return _said(json_tree(file, text))


def _said(tree: Tree) -> Said:
    base = _service(tree, (), Service())
    services = [base]
    for name in tree.table("environments"):
        mine = _service(tree, ("environments", name), base)
        if mine != base:
            services.append(replace(mine, environment=name))
    return Said(tree.file, "railway", tuple(services), unknown=tuple(_unknown(tree)))


def _service(tree: Tree, path: tuple[str, ...], base: Service) -> Service:
    """What stands below a path, on top of a service."""
    build, deploy = (*path, "build"), (*path, "deploy")
    memory = (*deploy, "limitOverride", "containers", "memoryBytes")
    return replace(
        base,
        start=tree.text(*deploy, "startCommand") or base.start,
        health_path=tree.text(*deploy, "healthcheckPath") or base.health_path,
        health_timeout=tree.number(*deploy, "healthcheckTimeout") or base.health_timeout,
        replicas=_replicas(tree, deploy) or base.replicas,
        memory=tree.number(*memory) or base.memory,
        builder=tree.text(*build, "builder") or base.builder,
        dockerfile=tree.text(*build, "dockerfilePath") or base.dockerfile,
    )


def _replicas(tree: Tree, deploy: tuple[str, ...]) -> Value | None:
    regions = tree.table(*deploy, "multiRegionConfig")
    counts = [tree.number(*deploy, "multiRegionConfig", r, "numReplicas") for r in regions]
    known = [int(count.value) for count in counts if count is not None]
    if known:
        return Value(sum(known), tree.place(*deploy, "multiRegionConfig"))
    return tree.number(*deploy, "numReplicas")


def _unknown(tree: Tree) -> Iterator[UnknownKey]:
    yield from _unknown_below(tree, ())
    for name in tree.table("environments"):
        yield from _unknown_below(tree, ("environments", name))


def _unknown_below(tree: Tree, path: tuple[str, ...]) -> Iterator[UnknownKey]:
    top = {*_SECTIONS, *(("$schema", "environments") if not path else ())}
    for key in tree.table(*path):
        if key not in top:
            yield UnknownKey(tree.place(*path, key), key, _meant(key, top))
    for section, known in _SECTIONS.items():
        for key in tree.table(*path, section):
            if key not in known:
                place = tree.place(*path, section, key)
                yield UnknownKey(place, f"{section}.{key}", _meant(key, known, section))


def _meant(key: str, known: frozenset[str] | set[str], section: str = "") -> str:
    """Where a key belongs, or which one is nearly the same."""
    for name, keys in _SECTIONS.items():
        if key in keys and name != section:
            return f"it belongs into [{name}]"
    spoken = {name.lower(): name for name in {*known, *_BUILD, *_DEPLOY}}
    near = difflib.get_close_matches(key.replace("_", "").lower(), spoken, 1, 0.75)
    return f"did you mean {spoken[near[0]]}?" if near else "nothing reads it"
