"""What Flask refuses at the registration of a blueprint, and whose blueprints they are."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Blueprint, Flask

from flask_bootcheck.trial.explain import explain

ROOT = Path(__file__).parent
HERE = Path(__file__).name
one = Blueprint("cart", __name__)
two = Blueprint("cart", __name__)
nested = Blueprint("cart", __name__)


def refused(*blueprints):
    """What is said of registering some, one after the other."""
    app = Flask("shop", static_folder=None)
    try:
        for blueprint in blueprints:
            app.register_blueprint(blueprint)
    except ValueError as error:
        return explain(error, ROOT)
    pytest.fail("Flask has taken them all")


def line_of(text):
    lines = Path(__file__).read_text().splitlines()
    return next(number for number, line in enumerate(lines, 1) if line.startswith(text))


def test_two_of_one_name_are_named_with_where_each_is_made():
    said = refused(one, two)
    assert "The name 'cart' is already registered for a different blueprint" in said["message"]
    assert said["where"] == f"{HERE}:{line_of('            app.register_blueprint')}"
    for text in ("one = ", "two = "):
        assert f"{__name__} ({HERE}:{line_of(text)})" in said["hint"]


def test_one_that_is_registered_twice_is_told_so():
    said = refused(one, one)
    assert said["hint"].startswith(f"register it once ({HERE}:{line_of('one = ')})")


def test_nested_ones_clash_with_their_parent():
    parent = Blueprint("shop", __name__)
    parent.register_blueprint(nested)
    parent.register_blueprint(two)
    assert "two are called 'cart'" in refused(parent)["hint"]


@pytest.mark.parametrize("error", [ValueError("no"), KeyError("x")])
def test_of_other_errors_there_is_nothing_more_to_say(error):
    assert explain(error, ROOT)["hint"] == ""
