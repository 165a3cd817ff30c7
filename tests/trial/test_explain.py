"""What Flask refuses at the registration of a blueprint, and whose blueprints they are."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest
from flask import Blueprint, Flask

from flask_bootcheck.trial.explain import explain

SOURCE = """\
from flask import Blueprint
one = Blueprint("cart", "carts")
two = Blueprint("cart", "carts")
def register(app, *blueprints):
    for blueprint in blueprints:
        app.register_blueprint(blueprint)
"""


@pytest.fixture
def carts(tmp_path, monkeypatch):
    """A module with two blueprints of one name, as it was imported."""
    path = tmp_path / "carts.py"
    path.write_text(SOURCE)
    module = ModuleType("carts")
    module.__file__ = str(path)
    monkeypatch.setitem(sys.modules, "carts", module)
    exec(compile(SOURCE, str(path), "exec"), vars(module))  # noqa: S102 - as an import does
    return module


@pytest.fixture
def refused(carts, tmp_path):
    """What is said of registering some, one after the other."""

    def register(*blueprints):
        try:
            carts.register(Flask("shop", static_folder=None), *blueprints)
        except ValueError as error:
            return explain(error, tmp_path)
        pytest.fail("Flask has taken them all")

    return register


def test_two_of_one_name_are_named_with_where_each_is_made(carts, refused):
    said = refused(carts.one, carts.two)
    assert "The name 'cart' is already registered for a different blueprint" in said["message"]
    assert said["where"] == "carts.py:6"
    assert said["hint"].startswith(
        "two are called 'cart': carts (carts.py:2) and carts (carts.py:3): rename one"
    )


def test_one_that_is_registered_twice_is_told_so(carts, refused):
    assert refused(carts.one, carts.one)["hint"].startswith("register it once (carts.py:2)")


def test_nested_ones_clash_within_their_parent(carts, refused):
    parent = Blueprint("shop", "carts")
    parent.register_blueprint(carts.one)
    parent.register_blueprint(carts.two)
    hint = refused(parent)["hint"]
    assert "'cart'" in hint
    assert "carts.py:2" in hint
    assert "carts.py:3" in hint


@pytest.mark.parametrize("error", [ValueError("no"), KeyError("x")])
def test_of_other_errors_there_is_nothing_more_to_say(error, tmp_path):
    assert explain(error, tmp_path)["hint"] == ""
