"""What the code promises about itself."""

from __future__ import annotations

import ast
import json
import pkgutil
import re
import tomllib
from pathlib import Path

import pytest

import flask_bootcheck
from flask_bootcheck.checks import BUILT_IN
from flask_bootcheck.checks.planned import PLANNED
from flask_bootcheck.findings import Stage
from flask_bootcheck.registry import OF_FILES, Registry

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
    assert all(check.needs in OF_FILES and check.builtin for check in PLANNED)


def test_a_check_over_an_instance_is_live():
    """Its facts exist nowhere else."""
    assert all(check.stage is Stage.LIVE for check in BUILT_IN if check.needs == "instance")


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_module_is_too_long_to_read(module):
    assert len(module.read_text("utf-8").splitlines()) <= 300


def test_every_folder_with_modules_is_a_package():
    found = {name for _, name, _ in pkgutil.walk_packages([str(PACKAGE)], "flask_bootcheck.")}
    assert len(found) == len(MODULES) - 1


# -- nothing that runs what it reads ---------------------------------------------------------------

#: Modules that make code or objects of data, or can.
RUNS = {"pickle", "marshal", "shelve", "dill", "code", "codeop", "runpy", "xmlrpc"}
#: Functions that do.
CALLS = {
    "eval", "exec", "compile", "__import__", "import_module", "exec_module", "run_path", "run_module",
    "system", "popen", "getoutput", "unsafe_load", "full_load", "unsafe_load_all", "full_load_all",
}  # fmt: skip
#: Who may all the same, and what.
JUSTIFIED = {
    ("__init__.py", "import_module"): "our own modules, when they are needed",
    ("gunicorn/hooks.py", "import_module"): "our own modules, before the fork",
    ("gunicorn/userconf.py", "import_module"): "the user's conf, which gunicorn would execute",
    ("trial/load.py", "__import__"): "the app, which the user asks to be booted",
    ("trial/apart.py", "import_module"): "its modules, in a process of their own",
}


def called(tree):
    """The names of what is called, ``re.compile`` left out."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            of = node.func.value if isinstance(node.func, ast.Attribute) else None
            if not (isinstance(of, ast.Name) and of.id == "re"):
                yield getattr(node.func, "id", None) or getattr(node.func, "attr", "")
            yield from ("shell=True" for word in node.keywords if word.arg == "shell")


def imported(tree):
    """The top modules of what is imported, and the names taken from them."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield (node.module or "").partition(".")[0]


def test_nothing_that_is_read_is_executed_but_where_it_is_asked_for():
    """No pickle, no eval, no YAML that makes objects, no shell. ``--exec`` runs a conf in a subprocess:
    its program is a text in ``deploy/run_conf.py``, and no other module has one."""
    found = set()
    for module in MODULES:
        tree = ast.parse(module.read_text("utf-8"))
        name = module.relative_to(PACKAGE).as_posix()
        found |= {(name, used) for used in {*called(tree)} & (CALLS | {"shell=True"})}
        found |= {(name, used) for used in {*imported(tree)} & RUNS}
    assert found == set(JUSTIFIED)


def test_python_that_is_run_in_another_process_is_in_one_place():
    """``python -c`` of a text."""
    found = [m.name for m in MODULES if 'sys.executable, "-c"' in m.read_text("utf-8")]
    assert found == ["run_conf.py"]


def test_yaml_is_read_by_the_safe_loader_alone():
    loaders = {
        base.attr if isinstance(base, ast.Attribute) else getattr(base, "id", "")
        for module in MODULES
        for node in ast.walk(ast.parse(module.read_text("utf-8")))
        if isinstance(node, ast.ClassDef) and "Loader" in node.name
        for base in node.bases
    }
    assert loaders == {"SafeLoader"}


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_each_warning_of_the_security_rules_that_is_silenced_says_why(module):
    for line in module.read_text("utf-8").splitlines():
        _, silenced, said = line.partition("# noqa")
        if silenced:
            assert re.fullmatch(r": [A-Z]+\d+(, [A-Z]+\d+)* - \w.{5,}", said), line


def test_the_security_rules_hold_for_the_whole_package():
    lint = tomllib.loads((PACKAGE.parent / "pyproject.toml").read_text("utf-8"))["tool"]["ruff"]
    assert "S" in lint["lint"]["select"]
    off = {rule for rule in lint["lint"]["ignore"] if re.fullmatch(r"S\d+", rule)}
    assert off == {"S603"}, "no shell is called: see above"
    ignored = {
        rule
        for pattern, rules in lint["lint"]["per-file-ignores"].items()
        if "flask_bootcheck" in pattern
        for rule in rules
    }
    assert not {rule for rule in ignored if re.fullmatch(r"S\d*", rule)}
