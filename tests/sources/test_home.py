"""Where an app is at home."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest
from flask import Flask

from flask_bootcheck.sources.home import folders_of, home_of

HOMES = [
    ("main", "/srv/main.py"),
    ("shop", "/srv/shop/__init__.py"),
    ("shop.web", "/srv/shop/web.py"),
    ("shop.web", "/srv/shop/web/__init__.py"),
]


@pytest.mark.parametrize(("name", "file"), HOMES)
def test_the_home_of_an_app_is_where_its_top_package_is_imported_from(name, file, monkeypatch):
    module = ModuleType(name)
    module.__file__ = file
    monkeypatch.setitem(sys.modules, name, module)
    app = Flask(name, root_path="/srv")
    assert home_of(app) == Path("/srv")
    assert folders_of(app) == [Path.cwd(), Path("/srv")]


def test_an_app_of_no_module_has_no_home():
    app = Flask("nowhere", root_path="/srv")
    assert home_of(app) is None
    assert folders_of(app) == [Path.cwd()]
