"""TOML, JSON and YAML know the lines of what they hold."""

from __future__ import annotations

import contextlib
import time

import pytest

from flask_bootcheck.deploy.source import Unreadable
from flask_bootcheck.deploy.tree import json_tree, toml_tree
from flask_bootcheck.deploy.yaml_tree import yaml_tree

TOML = '''# a comment
[deploy]
startCommand = """
gunicorn
[not.a.table]
"""
"healthcheckPath" = "/healthz"   # and one
build.builder = "NIXPACKS"
inline = { a = 1 }
[[vm]]
size = 1
[[vm]]
size = 2
[vm.more]
deep = true
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("deploy",), 2),
        (("deploy", "startCommand"), 3),
        (("deploy", "healthcheckPath"), 7),
        (("deploy", "build"), 8),
        (("deploy", "build", "builder"), 8),
        (("deploy", "inline", "a"), 9),
        (("vm", 0, "size"), 11),
        (("vm", 1, "size"), 13),
        (("vm", 1, "more", "deep"), 15),
        (("nowhere",), 0),
    ],
)
def test_toml(path, line):
    assert toml_tree("a.toml", TOML).place(*path).line == line


JSON = '{"deploy":\n\t{"startCommand": "a \\"b\\" {[",\n"list": [1,\n {"x": null}]\n}}'


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("deploy",), 1),
        (("deploy", "startCommand"), 2),
        (("deploy", "list"), 3),
        (("deploy", "list", 1, "x"), 4),
    ],
)
def test_json(path, line):
    assert json_tree("a.json", JSON).place(*path).line == line


YAML = """\
base: &base
  plan: free
  healthCheckPath: /a
services:
  - type: web
    <<: *base
    name: shop
    healthCheckPath: /b
  - *base
"""


@pytest.mark.parametrize(
    ("path", "line", "value"),
    [
        (("services", 0, "name"), 7, "shop"),
        (("services", 0, "plan"), 2, "free"),
        (("services", 0, "healthCheckPath"), 8, "/b"),
        (("services", 1, "healthCheckPath"), 3, "/a"),
    ],
)
def test_yaml_follows_anchors(path, line, value):
    tree = yaml_tree("a.yaml", YAML)
    assert (tree.get(*path), tree.place(*path).line) == (value, line)


LAUGHS = "a: &a {x: 1, y: 2}\n" + "".join(
    f"{new}: &{new} {{<<: [*{old}, *{old}, *{old}, *{old}, *{old}, *{old}, *{old}, *{old}]}}\n"
    for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("read", "text", "line"),
    [
        (toml_tree, "a = 1\nb = \n", 2),
        (toml_tree, 'a = 1\n[deploy\nb = "x"\n', 2),
        (toml_tree, "a = " + "[" * 3000, 0),
        (json_tree, '{\n"a": 1\n"b": 2}', 3),
        (json_tree, "[" * 100_000, 0),
        (yaml_tree, "a: 1\nb: [\n", 2),
        (yaml_tree, "a: !!python/object/apply:os.system ['touch /tmp/x']", 1),
        (yaml_tree, "a:\n\tb: 1", 2),
        (yaml_tree, "a: 2026-99-99", 0),
    ],
)
def test_what_cannot_be_read_says_the_line(read, text, line):
    with pytest.raises(Unreadable) as caught:
        read("file", text)
    assert caught.value.line == line
    assert caught.value.reason


def test_yaml_that_merges_what_merges_does_not_fill_the_memory():
    """Some releases of PyYAML multiply the keys, others do not: either way it is over at once."""
    began = time.monotonic()
    with contextlib.suppress(Unreadable):
        assert yaml_tree("a.yaml", LAUGHS).get("i") == {"x": 1, "y": 2}
    assert time.monotonic() - began < 3
