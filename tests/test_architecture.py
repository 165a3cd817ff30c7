"""What the code promises about itself."""

from __future__ import annotations

import json
import pkgutil
from pathlib import Path

import pytest

import flask_bootcheck
from flask_bootcheck.checks import BUILT_IN
from flask_bootcheck.checks.planned import PLANNED
from flask_bootcheck.findings import Stage
from flask_bootcheck.registry import Registry

from .helpers import run_python

PACKAGE = Path(flask_bootcheck.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))


def imported_by(code):
    """The modules that some code in a fresh interpreter brings."""
    return set(
        json.loads(run_python(f"{code}\nimport json, sys; print(json.dumps([*sys.modules]))"))
    )


def test_the_master_of_gunicorn_never_imports_flask():
    """It would cost every master some 9 MiB."""
    code = "from flask_bootcheck.gunicorn import install; install({})"
    seen = imported_by(code)
    assert "flask_bootcheck.gunicorn.hooks" in seen
    assert not {"flask", "werkzeug", "jinja2"} & seen


@pytest.mark.parametrize(
    "code",
    ["import flask_bootcheck", "from flask_bootcheck import BootCheck"],
)
def test_what_only_some_need_is_imported_by_those(code):
    assert not {"psutil", "proclimits", "sqlalchemy", "rich"} & imported_by(code)


def test_an_app_can_be_watched_without_gunicorn_and_without_sqlalchemy():
    code = """
import sys
sys.modules.update(gunicorn=None, sqlalchemy=None, rich=None)
from flask import Flask
from flask_bootcheck import BootCheck
app = Flask("app")
print(BootCheck(app) and app.test_client().get("/livez").status_code)
"""
    assert run_python(code) == "200"


@pytest.mark.parametrize("name", flask_bootcheck.__all__)
def test_every_public_name_is_there_and_documented(name):
    assert getattr(flask_bootcheck, name).__doc__


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'BootChek'"):
        flask_bootcheck.BootChek  # noqa: B018


@pytest.mark.parametrize("check", BUILT_IN, ids=lambda check: check.id)
def test_every_check_says_what_why_and_how_to_fix_it(check):
    """Its docstring is its documentation, and what ``explain`` prints."""
    paragraphs = check.doc.split("\n\n")
    assert paragraphs[0].endswith(".")
    assert [p.partition(" ")[0] for p in paragraphs[1:]] == ["Why:", "Fix:"], check.doc


def test_the_checks_are_ours_and_each_id_is_there_once():
    assert len(Registry(BUILT_IN)) == len(BUILT_IN)
    assert all(check.builtin for check in BUILT_IN)


def test_every_check_is_in_the_file_of_its_area():
    """Or in its folder; ``deploy_health.py`` is a file of the area ``deploy``."""
    homes = {check.id: check.function.__module__.split(".")[2] for check in BUILT_IN}
    assert {check_id: home.partition("_")[0] for check_id, home in homes.items()} == {
        check.id: check.area for check in BUILT_IN
    }


def test_what_is_planned_has_the_id_of_a_check_that_runs():
    """The documentation of an id is in one place."""
    assert {check.id for check in PLANNED} <= {check.id for check in BUILT_IN}
    assert all(check.needs == "plan" and check.builtin for check in PLANNED)


def test_a_check_over_an_instance_is_live():
    """Its facts exist nowhere else."""
    assert all(check.stage is Stage.LIVE for check in BUILT_IN if check.needs == "instance")


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_module_is_too_long_to_read(module):
    assert len(module.read_text("utf-8").splitlines()) <= 300


def test_every_folder_with_modules_is_a_package():
    found = {name for _, name, _ in pkgutil.walk_packages([str(PACKAGE)], "flask_bootcheck.")}
    assert len(found) == len(MODULES) - 1
