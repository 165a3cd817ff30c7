"""``railway.toml`` and ``railway.json``: Railway's Config as Code, which Railway does not read.

It is read here to say so, to compare it with what is read, and to move it.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from ..plan import Said, Service, UnknownKey, Value
from ..source import words_in
from ..tree import Tree, json_tree, toml_tree

BUILD_KEYS = frozenset(
    words_in("""
builder buildCommand buildEnvironment dockerfilePath nixpacksConfigPath nixpacksPlan
nixpacksVersion railpackVersion watchPatterns
""")
)
DEPLOY_KEYS = frozenset(
    words_in("""
cronSchedule drainingSeconds healthcheckPath healthcheckTimeout ipv6EgressEnabled limitOverride
multiRegionConfig numReplicas overlapSeconds preDeployCommand region registryCredentials
requiredMountPath restartPolicyMaxRetries restartPolicyType runtime sleepApplication
startCommand useLegacyStacker
""")
)
_SECTIONS = {"build": BUILD_KEYS, "deploy": DEPLOY_KEYS}


def read_toml(file: str, text: str) -> Said:
    """What a ``railway.toml`` says."""
    return _said(toml_tree(file, text))


def read_json(file: str, text: str) -> Said:
    """What a ``railway.json`` says."""
    return _said(json_tree(file, text))


def _said(tree: Tree) -> Said:
    return Said(tree.file, "railway", (_service(tree),), unknown=tuple(unknown_keys(tree)))


def _service(tree: Tree) -> Service:
    """What holds in each environment that says nothing else."""
    return Service(
        start=tree.text("deploy", "startCommand"),
        health_path=tree.text("deploy", "healthcheckPath"),
        health_timeout=tree.number("deploy", "healthcheckTimeout"),
        replicas=_replicas(tree),
        memory=tree.number("deploy", "limitOverride", "containers", "memoryBytes"),
        builder=tree.text("build", "builder"),
        dockerfile=tree.text("build", "dockerfilePath"),
    )


def _replicas(tree: Tree) -> Value | None:
    regions = ("deploy", "multiRegionConfig")
    counts = [tree.number(*regions, region, "numReplicas") for region in tree.table(*regions)]
    known = [int(count.value) for count in counts if count is not None]
    return (
        Value(sum(known), tree.place(*regions)) if known else tree.number("deploy", "numReplicas")
    )


def unknown_keys(tree: Tree) -> Iterator[UnknownKey]:
    """The keys that Config as Code does not have."""
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
    spoken = {name.lower(): name for name in {*known, *BUILD_KEYS, *DEPLOY_KEYS}}
    near = difflib.get_close_matches(key.replace("_", "").lower(), spoken, 1, 0.75)
    return f"did you mean {spoken[near[0]]}?" if near else "nothing reads it"
