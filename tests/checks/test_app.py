"""Does the app load at all?"""

from __future__ import annotations

import pytest
from flask import Flask

from flask_bootcheck.boot import LoadError, Server, Trial
from flask_bootcheck.checks.app import app_is_known, factory_returns, module_imports
from flask_bootcheck.findings import Status

from ..helpers import findings_of, make_boot, notes_of


def test_an_app_that_loads_is_named_with_the_time_it_took():
    boot = make_boot(trial=Trial("main:app", 1.25))
    assert findings_of(module_imports, boot) == []
    assert findings_of(factory_returns, boot) == []
    assert notes_of(factory_returns, boot) == ["main:app loaded in 1.2 s"]


@pytest.mark.parametrize("during", ["import", "factory"])
def test_what_went_wrong_is_the_finding_of_the_check_it_belongs_to(during):
    error = LoadError(during, "ImportError: no x", "main.py:3", "pip install x", ("one", "two"))
    boot = make_boot(trial=Trial("main:app", 1.0, error))
    mine, other = module_imports, factory_returns
    if during == "factory":
        mine, other = other, mine
    (finding,) = findings_of(mine, boot)
    assert (finding.message, finding.where) == ("ImportError: no x", "main.py:3")
    assert finding.hint == "pip install x; its last lines: one / two"
    assert findings_of(other, boot) == []
    assert notes_of(other, boot) == []


def test_a_hint_has_no_empty_parts():
    boot = make_boot(trial=Trial("main:app", 1.0, LoadError("import", "x", last_lines=("end",))))
    assert findings_of(module_imports, boot)[0].hint == "its last lines: end"


SERVED = Server("gunicorn", application="main.Opaque")


def test_an_app_that_nobody_found_is_a_warning_that_names_what_is_not_looked_at():
    (finding,) = findings_of(app_is_known, make_boot(server=SERVED))
    assert finding.status is Status.WARN
    assert "behind main.Opaque: not looked at: " in finding.message
    for check_id in ("blueprints.missing", "database.unreachable", "endpoint.path-taken"):
        assert check_id in finding.message
    for check_id in ("memory.limit-unknown", "server.", "workers.", "app."):
        assert check_id not in finding.message


@pytest.mark.parametrize(
    "facts",
    [
        {"app": Flask("shop"), "server": SERVED},
        {"server": Server("gunicorn", where="gunicorn.conf.py")},
        {"server": SERVED, "trial": Trial("main", 1.0, LoadError("import", "SyntaxError"))},
    ],
    ids=["found", "nothing served yet", "told already"],
)
def test_otherwise_nothing_is_said(facts):
    assert findings_of(app_is_known, make_boot(**facts)) == []
