"""What a module does when it is imported, by its syntax tree."""

from __future__ import annotations

import pytest

from flask_bootcheck.sources.makers import Made, read_module

MAKES = {
    "plain": "from flask import Blueprint\nbp = Blueprint('cart', __name__)",
    "module": "import flask\nbp = flask.Blueprint('cart', __name__)",
    "renamed": "from flask import Blueprint as BP\nbp = BP(name='cart', import_name=__name__)",
    "star": "from flask import *\nbp = Blueprint('cart', __name__)",
    "smorest": "from flask_smorest import Blueprint\nbp = Blueprint('cart', __name__)",
    "apiflask": "from apiflask import APIBlueprint\nbp = APIBlueprint('cart', __name__)",
    "restx": "from flask_restx import Namespace\nns = Namespace('cart')",
    "relative": "from ..web import AdminBlueprint\nbp = AdminBlueprint('cart', __name__)",
    "package": "from shop.web import AdminBlueprint\nbp = AdminBlueprint('cart', __name__)",
    "class": "from flask import Blueprint\nclass Mine(Blueprint): pass\nbp = Mine('cart', __name__)",
    "try": "from flask import Blueprint\ntry:\n bp = Blueprint('cart', __name__)\nfinally: pass",
    "class-body": "from flask import Blueprint\nclass Views:\n bp = Blueprint('cart', __name__)",
    "syntax": "from flask import Blueprint\nbp = Blueprint('cart', __name__)\ndef broken(:",
}


@pytest.mark.parametrize("source", MAKES.values(), ids=MAKES)
def test_a_blueprint_that_is_made_at_import_is_seen(source):
    assert [made.name for made in read_module(source, "shop.cart").made] == ["cart"]


MAKES_NONE = {
    "factory": "from flask import Blueprint\ndef make():\n return Blueprint('cart', __name__)",
    "lambda": "from flask import Blueprint\nmake = lambda: Blueprint('cart', __name__)",
    "types": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n"
    " from flask import Blueprint\n bp = Blueprint('cart', __name__)",
    "main": "from flask import Blueprint\nif __name__ == '__main__':\n b = Blueprint('c', __name__)",
    "another-framework": "from sanic import Blueprint\nbp = Blueprint('cart')",
    "another-namespace": "from argparse import Namespace\nns = Namespace(cart=1)",
    "named-alike": "class Blueprint: pass\nbp = Blueprint()",
    "attribute": "import factory\nbp = factory.made.Blueprint('cart')",
    "subclass-only": "from flask import Blueprint\nclass Mine(Blueprint): pass",
    "itself": "class Blueprint(Blueprint): pass\nBlueprint()",
    "comment": "# bp = Blueprint('cart', __name__)\ndef broken(:",
}


@pytest.mark.parametrize("source", MAKES_NONE.values(), ids=MAKES_NONE)
def test_what_makes_none_at_import_is_let_alone(source):
    assert read_module(source, "shop.cart").made == ()


def test_each_has_its_line_and_where_they_are_plain_its_name_and_variable():
    source = (
        "from flask import Blueprint\n\ncart = Blueprint('cart', __name__)\n"
        "many: list = [Blueprint(name, __name__) for name in 'ab']\n"
        "typed: Blueprint = Blueprint(\n  'typed', __name__)\n"
    )
    assert read_module(source).made == (Made(3, "cart", "cart"), Made(4), Made(5, "typed", "typed"))


APPS = {
    "app": ("from flask import Flask\napp = Flask(__name__)", True),
    "factory": ("import flask\ndef create_app():\n return flask.Flask(__name__)", True),
    "apiflask": ("from apiflask import APIFlask as A\napp = A(__name__)  # Flask(", True),
    "import": ("from flask import Flask\ndef register(app: Flask): pass  # Flask(", False),
}


@pytest.mark.parametrize(("source", "makes"), APPS.values(), ids=APPS)
def test_the_module_of_an_app_is_told_by_the_app_it_makes(source, makes):
    assert read_module(source).makes_app is makes


BLUEPRINT = "from flask import Blueprint\nbp = Blueprint('cart', __name__)\n"
ACTS = {
    "run": ("app.run()", True),
    "main": ("main()", True),
    "create": ("db.create_all()", True),
    "loop": ("while True: pass", True),
    "on-itself": ("bp.add_url_rule('/', 'x', view)", False),
    "chain": ("bp.record(f).go()", False),
    "logging": ("logging.getLogger('x').setLevel(10)", False),
    "definition": ("def view(): main()", False),
    "guarded": ("if __name__ == '__main__':\n main()", False),
}


@pytest.mark.parametrize(("statement", "acts"), ACTS.values(), ids=ACTS)
def test_a_bare_call_at_the_top_acts_on_the_world(statement, acts):
    """It may start a server, or write to a database: such a module is not imported to look at it."""
    module = read_module(BLUEPRINT + statement)
    assert module.acts is acts
    assert module.is_script is ("__name__ ==" in statement)


def test_a_module_that_speaks_of_neither_is_not_even_parsed():
    assert read_module("def broken(:").error is None
    assert read_module(BLUEPRINT + "def broken(:").error is not None
