"""Is each setting where it is read, and is the app set for visitors where it has them?"""

from __future__ import annotations

import pytest
from flask import Flask

from flask_bootcheck import BootCheck
from flask_bootcheck.boot import Server
from flask_bootcheck.checks.config import (
    debug_is_off,
    secret_keys_are_strong,
    settings_are_where_they_are_read,
)

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


# -- debug mode ------------------------------------------------------------------------------------

RAILWAY = {"RAILWAY_SERVICE_ID": "x"}
GUNICORN = Server("gunicorn", "27.0.1", "gthread", 2)
LOCAL = Server("werkzeug", "3.1.9", address="127.0.0.1", development=True)
OPEN = Server("werkzeug", "3.1.9", address="0.0.0.0", development=True)


def look_at_debug(server=None, environ=None, debug=True):
    app = Flask("app")
    app.debug = debug
    return findings_of(debug_is_off, make_boot(environ=environ, app=app, server=server))


@pytest.mark.parametrize(
    ("server", "environ", "place"),
    [
        (GUNICORN, {}, "under gunicorn"),
        (Server("waitress"), {}, "under waitress"),
        (GUNICORN, RAILWAY, "under gunicorn"),
        (OPEN, RAILWAY, "on railway"),
        (None, {"DYNO": "web.1"}, "on heroku"),  # flask bootcheck in a container of it
    ],
)
def test_debug_mode_is_named_where_the_app_has_visitors(server, environ, place):
    (finding,) = look_at_debug(server, environ)
    assert finding.status.label == "warn"
    assert finding.message.startswith(f"debug mode is on {place}: everybody sees")
    assert finding.where == 'app.config["DEBUG"]'
    assert look_at_debug(server, environ, debug=False) == []


@pytest.mark.parametrize(
    ("server", "environ"),
    [
        (LOCAL, {}),
        (OPEN, {}),  # a phone in the same network looks at it
        (LOCAL, RAILWAY),  # a laptop with the variables of a platform: railway run flask run
        (None, {}),
    ],
)
def test_debug_mode_is_right_on_the_machine_of_a_developer(server, environ):
    assert look_at_debug(server, environ) == []


@pytest.mark.parametrize(
    ("value", "where"),
    [("1", "environment"), ("yes", "environment")]
    + [(off, 'app.config["DEBUG"]') for off in ("", "0", "No", "false")],
)
def test_it_is_said_where_debug_mode_was_switched_on(value, where):
    (finding,) = look_at_debug(GUNICORN, {"FLASK_DEBUG": value})
    assert finding.where == where
    assert ("FLASK_DEBUG" in finding.hint) == (where == "environment")


# -- the secret key --------------------------------------------------------------------------------


def weak_keys(**config):
    """The name of each weak key with what is wrong with it."""
    app = Flask("app")
    app.config.update(config)
    found = findings_of(secret_keys_are_strong, make_boot(app=app))
    assert all(finding.status.label == "warn" and finding.hint for finding in found)
    return dict(
        finding.message.removesuffix(": sessions can be forged").split(" is ") for finding in found
    )


PLACEHOLDER, SHORT = "a well-known placeholder", "shorter than 16 bytes"


@pytest.mark.parametrize(
    ("key", "trouble"),
    [
        (key, PLACEHOLDER)
        for key in (
            "dev",
            b"dev",
            "secret",
            "changeme",
            "change-me",
            "Change_Me!",
            "dev-secret-key",
            "super secret key",
            "your-secret-key-here",
            "your_secret_key",
            "this-is-a-secret-key",
            "you-will-never-guess",
            "hard to guess string",
            "my-very-secret-key-123",
            "dev-secret-key-change-in-production",
            "mysecretpassword1",
            "test",
            b'_5#y2L"F4Q8z\n\xec]/',
            "192b9bdd22ab9ed4d12e236c78afcb9a393ec15f71bbf5dc987d54727823bcbf",
            "5f352379324c22463451387a0aec5d2f",
            "A0Zr98j/3yX R~XHH!jmN]LWX/,?RT",
        )
    ]
    + [(key, SHORT) for key in ("x", "q7Zf0", "15 bytes of key", b"\xff" * 15, "1234567890")],
)
def test_a_weak_key_is_told_by_its_name(key, trouble):
    assert weak_keys(SECRET_KEY=key) == {"SECRET_KEY": trouble}


@pytest.mark.parametrize(
    "key",
    [
        None,
        "",
        b"",
        b"\xff" * 16,
        "\xe4" * 8,
        "fd4ebb0a2d1c7d6a",
        "correct horse battery staple",
        7,
    ],
)
def test_a_key_that_is_long_enough_or_missing_is_no_finding(key):
    assert weak_keys(SECRET_KEY=key) == {}


def test_a_weak_fallback_is_as_weak():
    strong = "fd4ebb0a2d1c7d6a8b1c"
    assert weak_keys(SECRET_KEY=strong, SECRET_KEY_FALLBACKS=[strong, "dev", b"short"]) == {
        "SECRET_KEY_FALLBACKS[1]": PLACEHOLDER,
        "SECRET_KEY_FALLBACKS[2]": SHORT,
    }
    assert weak_keys(SECRET_KEY=strong, SECRET_KEY_FALLBACKS=None) == {}


@pytest.mark.parametrize("mode", ["DEBUG", "TESTING"])
def test_the_key_does_not_matter_in_debug_mode_and_in_tests(mode):
    assert weak_keys(SECRET_KEY="dev", **{mode: True}) == {}


@pytest.mark.parametrize("key", ["dev", "q7Zf0-xW", "15 bytes of key", "key"])
def test_neither_a_key_nor_its_length_is_said(key):
    app = Flask("app")
    app.config.update(SECRET_KEY=key, SECRET_KEY_FALLBACKS=[key])
    report = BootCheck().run(app)
    (result,) = [result for result in report.results if result.id == "config.secret-key-weak"]
    assert len(result.findings) == 2
    for finding in result.findings:
        assert finding.observed is None
        said = f"{finding.message} {finding.hint} {finding.where}".replace("SECRET_KEY", "")
        assert key not in said.split()
        assert f"{len(key)} " not in said
