"""The Python files of a project."""

from __future__ import annotations

from pathlib import Path

import pytest

from flask_bootcheck.sources import folder
from flask_bootcheck.sources.folder import (
    module_name,
    python_files,
    read_source,
)


@pytest.fixture
def project(tmp_path):
    def write(*names):
        for name in names:
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("")
        return [str(path.relative_to(tmp_path)) for path in python_files(tmp_path)]

    return write


def test_the_modules_of_the_project_are_found_in_order(project):
    assert project("shop/cart.py", "main.py", "shop/__init__.py", "shop/style.css") == [
        "main.py",
        "shop/__init__.py",
        "shop/cart.py",
    ]


@pytest.mark.parametrize(
    "name",
    [
        ".git/hook.py",
        ".venv/lib/x.py",
        "node_modules/a/x.py",
        "lib/python3.11/site-packages/x.py",
        "tests/x.py",
        "shop/tests/x.py",
        "migrations/versions/x.py",
        "vendor/x.py",
        "shop/_vendor/x.py",
        "Scripts/x.py",
        "shop.egg-info/x.py",
        "test_shop.py",
        "shop_test.py",
        "conftest.py",
        "setup.py",
        "manage.py",
        "gunicorn.conf.py",
        "shop/__main__.py",
    ],
)
def test_what_is_not_the_app_is_left_out(project, name):
    assert project("main.py", name) == ["main.py"]


def test_a_virtual_environment_is_told_by_its_file_whatever_it_is_called(project, tmp_path):
    (tmp_path / "python").mkdir()
    (tmp_path / "python" / "pyvenv.cfg").touch()
    assert project("main.py", "python/x.py") == ["main.py"]


def test_a_folder_behind_a_symbolic_link_is_not_entered(project, tmp_path):
    """It may lead round in a circle."""
    (tmp_path / "link").symlink_to(tmp_path)
    assert project("main.py") == ["main.py"]


def test_there_are_bounds(project, tmp_path, monkeypatch):
    """On the number of files, the time, and the size of each."""
    monkeypatch.setattr(folder, "MOST_FILES", 2)
    assert project("a.py", "b.css", "c.py") == ["a.py"]
    monkeypatch.setattr(folder, "MOST_SECONDS", -1)
    assert project() == []
    monkeypatch.setattr(folder, "MOST_BYTES", 3)
    (tmp_path / "long.py").write_text("x = 1")
    assert read_source(tmp_path / "long.py") == ""
    assert read_source(tmp_path / "nowhere.py") == ""


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("main.py", "main"),
        ("shop/cart.py", "shop.cart"),
        ("shop/cart/__init__.py", "shop.cart"),
        ("my-service/cart.py", ""),
    ],
)
def test_a_module_is_named_as_it_is_imported(file, name):
    assert module_name(Path("/srv", file), Path("/srv")) == name
