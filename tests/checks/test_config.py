"""Is each setting where it is read?"""

from __future__ import annotations

from flask import Flask

from flask_bootcheck.checks.config import settings_are_where_they_are_read

from ..helpers import findings_of, make_boot


def look(config, environ=None):
    app = Flask("app")
    app.config.update(config)
    boot = make_boot(environ=environ, app=app)
    return {f.message.split()[0]: f for f in findings_of(settings_are_where_they_are_read, boot)}


def test_what_the_master_reads_does_not_belong_into_the_config():
    found = look(
        {"BOOTCHECK_MEMORY_LIMIT": "1G", "BOOTCHECK_TTL": 5, "BOOTCHECK_MAX_WORKERS": None}
    )
    assert set(found) == {"BOOTCHECK_MEMORY_LIMIT"}
    assert "install(globals(), memory_limit=...)" in found["BOOTCHECK_MEMORY_LIMIT"].hint
    assert found["BOOTCHECK_MEMORY_LIMIT"].where == 'app.config["BOOTCHECK_MEMORY_LIMIT"]'


def test_it_may_stand_in_the_config_too_when_the_environment_has_it():
    assert look({"BOOTCHECK_MAX_WORKERS": 2}, {"BOOTCHECK_MAX_WORKERS": "2"}) == {}


def test_a_name_that_nobody_reads_is_said_with_the_nearest_and_its_place():
    found = look({"BOOTCHECK_TOKN": "x"}, {"BOOTCHECK_QQQQQQQQQQ": "1", "BOOTCHECK_TRIAL": "1"})
    assert set(found) == {"BOOTCHECK_TOKN", "BOOTCHECK_QQQQQQQQQQ"}
    assert (found["BOOTCHECK_TOKN"].hint, found["BOOTCHECK_TOKN"].where) == (
        "did you mean BOOTCHECK_TOKEN?",
        "app.config",
    )
    assert found["BOOTCHECK_QQQQQQQQQQ"].where == "environment"
