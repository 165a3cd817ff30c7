"""A factory that nobody calls."""

from __future__ import annotations

import pytest

from flask_bootcheck.deploy.factories import factory, required


def found(tmp_path, **modules):
    """What ``shop:make`` is."""
    for name, text in modules.items():
        path = tmp_path / (name.replace("__", "/") + ".py")
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)

    def find(module):
        path = tmp_path / (module.replace(".", "/") + ".py")
        return path if path.is_file() else None

    return factory(tmp_path / "shop.py", "shop", "make", find)


@pytest.mark.parametrize(
    "text",
    [
        "def make():\n    return build()",
        "def make(stage):\n    return build(stage)",
        "def make(*, stage):\n    return build(stage)",
        "def make(a, b, c):\n    return build(a)",
        "def make(config=None, debug=False):\n    app = Flask('x')\n    return app",
        "import flask\ndef make(*given):\n    return flask.Flask('x')",
    ],
)
def test_a_function_that_cannot_serve_a_request(tmp_path, text):
    assert found(tmp_path, shop=text) is not None


@pytest.mark.parametrize(
    "text",
    [
        "def make(environ, start_response):\n    return []",
        "def make(environ, start_response, later=None):\n    return []",
        "def make(*request):\n    yield b''",
        "def make(config=None, debug=False):\n    return build(config)",
        "def make(x, y):\n    def inner():\n        return Flask('x')\n    return inner()",
        "@wrapped\ndef make():\n    return Flask('x')",
        "class make:\n    pass",
        "def make():\n    return Flask('x')\nmake = make()",
        "def make():\n    return Flask('x')\ndef other():\n    global make\n    make = 1",
        "try:\n    from a import make\nexcept ImportError:\n    def make(): pass",
        "from elsewhere import make",
        "make = Flask('x')",
        "def make(:",
    ],
)
def test_what_may_be_an_app_is_left_alone(tmp_path, text):
    assert found(tmp_path, shop=text) is None


def test_imports_of_the_project_are_followed(tmp_path):
    made = found(
        tmp_path,
        shop="from web.factory import create_app as make",
        web__factory="from .inner import create_app",
        web__inner="def create_app():\n    return Flask('x')",
    )
    assert made is not None
    assert made[0] == tmp_path / "web" / "inner.py"


def test_imports_in_a_circle_come_to_an_end(tmp_path):
    circle = {"shop": "from web import make", "web": "from shop import make"}
    assert found(tmp_path, **circle) is None


def test_an_import_that_leads_out_of_its_package_is_not_followed(tmp_path):
    assert found(tmp_path, shop="from ... import make") is None


def test_the_arguments_that_it_lacks(tmp_path):
    made = found(tmp_path, shop="def make(a, b=1, *, c, d=2):\n    return Flask('x')")
    assert made is not None
    assert required(made[1]) == ["a", "c"]
