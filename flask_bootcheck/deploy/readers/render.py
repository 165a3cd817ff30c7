"""``render.yaml``: the services of a Render Blueprint."""

from __future__ import annotations

from collections.abc import Iterator

from ...memory.size import MIB
from ..plan import Said, Service, UnknownKey, Value, Variable
from ..source import words_in
from ..tree import Tree
from ..yaml_tree import yaml_tree
from .near import misspelt

_SERVICE = words_in("""
type name runtime env plan region repo branch rootDir buildCommand startCommand preDeployCommand
dockerCommand dockerContext dockerfilePath registryCredential healthCheckPath numInstances
scaling autoDeploy autoDeployTrigger domain domains envVars disk initialDeployHook
maxShutdownDelaySeconds buildFilter pullRequestPreviewsEnabled pullRequestPreviewPlan previews
image schedule staticPublishPath headers routes ipAllowList maxmemoryPolicy previewPlan
renderSubdomainPolicy fromService
""")
#: Render's instance types, in MiB.
_PLANS = {
    "free": 512,
    "starter": 512,
    "standard": 2048,
    "pro": 4096,
    "pro plus": 8192,
    "pro max": 16384,
    "pro ultra": 32768,
}
_PROCESSES = {"web": "web", "pserv": "private"}


def read(file: str, text: str) -> Said:
    """What a ``render.yaml`` says."""
    tree = yaml_tree(file, text)
    listed = tree.get("services")
    indexes = range(len(listed) if isinstance(listed, list) else 0)
    wanted = [
        index
        for index in indexes
        if "static" not in (tree.get("services", index, key) for key in ("runtime", "env", "type"))
    ]
    services = tuple(_service(tree, index) for index in wanted if tree.table("services", index))
    unknown = tuple(item for index in indexes for item in _unknown(tree, index))
    return Said(file, "render", services, unknown=unknown)


def _service(tree: Tree, index: int) -> Service:
    here = ("services", index)
    kind, name = tree.text(*here, "type"), tree.text(*here, "name")
    runtime = tree.text(*here, "runtime") or tree.text(*here, "env")
    docker = runtime is not None and runtime.value in ("docker", "image")
    process = str(kind.value) if kind is not None else "web"
    root = tree.text(*here, "rootDir")
    return Service(
        name=str(name.value) if name is not None else "web",
        process=_PROCESSES.get(process, process),
        start=tree.text(*here, "dockerCommand" if docker else "startCommand"),
        in_shell=None if docker else True,
        health_path=tree.text(*here, "healthCheckPath"),
        replicas=tree.number(*here, "numInstances"),
        memory=_memory(tree, index),
        builder=runtime,
        dockerfile=tree.text(*here, "dockerfilePath"),
        folder=str(root.value).strip("/").removeprefix("./") if root is not None else "",
        variables=tuple(_variables(tree, here)),
    )


def _memory(tree: Tree, index: int) -> Value | None:
    plan = tree.text("services", index, "plan")
    size = _PLANS.get(str(plan.value).lower()) if plan is not None else None
    return Value(size * MIB, plan.place) if plan is not None and size is not None else None


def _variables(tree: Tree, here: tuple[str | int, ...], depth: int = 0) -> Iterator[Variable]:
    """Those of the service and of the groups that it takes them from."""
    listed = tree.get(*here, "envVars")
    for index in range(len(listed) if isinstance(listed, list) else 0):
        key = tree.text(*here, "envVars", index, "key")
        value = tree.get(*here, "envVars", index, "value")
        if key is not None and isinstance(value, str | int | float):
            place = tree.place(*here, "envVars", index, "value")
            yield Variable(str(key.value), Value(str(value), place))
        group = tree.text(*here, "envVars", index, "fromGroup")
        if group is not None and depth == 0:
            yield from _group(tree, str(group.value))


def _group(tree: Tree, name: str) -> Iterator[Variable]:
    listed = tree.get("envVarGroups")
    for index in range(len(listed) if isinstance(listed, list) else 0):
        if tree.get("envVarGroups", index, "name") == name:
            yield from _variables(tree, ("envVarGroups", index), 1)


def _unknown(tree: Tree, index: int) -> Iterator[UnknownKey]:
    yield from misspelt(tree, ("services", index), _SERVICE)
