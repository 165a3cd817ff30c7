"""Where a blueprint is made."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest
from flask import Blueprint

from flask_bootcheck.sources.place import place_of_blueprint

SOURCE = """\
from flask import Blueprint
NAMES = ["one", "two"]
one, two = (Blueprint(name, "made_here") for name in NAMES)
cart = Blueprint("cart", "made_here")
"""


@pytest.fixture
def made(tmp_path, monkeypatch):
    """The module of some blueprints."""
    module = ModuleType("made_here")
    module.__file__ = str(tmp_path / "shop" / "made_here.py")
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "made_here.py").write_text(SOURCE)
    exec(SOURCE, vars(module))  # noqa: S102 - as an import does
    monkeypatch.setitem(sys.modules, "made_here", module)
    return module


def test_it_is_the_line_of_the_call_relative_to_the_project(made, tmp_path):
    assert place_of_blueprint(made.cart, tmp_path) == "shop/made_here.py:4"


def test_one_that_is_not_a_variable_is_found_by_its_name(made, tmp_path):
    assert place_of_blueprint(Blueprint("cart", "made_here"), tmp_path) == "shop/made_here.py:4"


def test_without_a_line_it_is_the_file(made, tmp_path):
    assert place_of_blueprint(made.one, tmp_path) == "shop/made_here.py"


def test_of_an_unknown_module_there_is_no_place(tmp_path):
    assert place_of_blueprint(Blueprint("cart", "nowhere", root_path="/"), tmp_path) == ""
