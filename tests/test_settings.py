"""Settings from four places into one value."""

from __future__ import annotations

import pytest

from flask_bootcheck.errors import SettingError
from flask_bootcheck.settings import (
    MASTER_NAMES,
    NAMES,
    Settings,
    read_settings,
    read_settings_leniently,
    unknown_names,
)

PROMISED = (
    *("ENABLED", "PATH", "LIVE_PATH", "READY_PATH", "TOKEN", "DETAILS", "BLUEPRINTS", "SKIP"),
    *("MEMORY_LIMIT", "MEMORY_HEADROOM", "MAX_WORKERS", "MIN_READY", "STRICT"),
    *("TIMEOUT", "BOOT_TIMEOUT", "TTL"),
)


def read_one(name, value):
    """A setting as it is read from each of the three places; they must agree."""
    variable = f"BOOTCHECK_{name.upper()}"
    keyword = getattr(read_settings({name: value}, environ={}), name)
    assert getattr(read_settings(config={variable: value}, environ={}), name) == keyword
    if isinstance(value, str):
        assert getattr(read_settings(environ={variable: value}), name) == keyword
    return keyword


def test_the_environment_wins_over_keywords_over_the_config_over_the_default():
    variable, config = "BOOTCHECK_TTL", {"BOOTCHECK_TTL": 3}
    assert read_settings({"ttl": 2}, config, {variable: "1"}).ttl == 1
    assert read_settings({"ttl": 2}, config, {}).ttl == 2
    assert read_settings({"ttl": None}, config, {}).ttl == 3
    assert read_settings(environ={}) == Settings()


def test_the_environment_of_the_process_is_read_unless_one_is_given(monkeypatch):
    monkeypatch.setenv("BOOTCHECK_TTL", "9")
    assert read_settings().ttl == 9


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        *(("strict", value, True) for value in (True, 1, "1", "true", " YES ", "On")),
        *(("enabled", value, False) for value in (False, 0, "0", "False", "no", "off", "")),
        ("path", "/up/", "/up"),
        ("path", "", ""),
        ("path", " /a/b ", "/a/b"),
        ("token", "", None),
        ("token", "s3", "s3"),
        ("details", "ALL", "all"),
        ("blueprints", "a, b  c,", ("a", "b", "c")),
        ("blueprints", ["a", "b"], ("a", "b")),
        ("skip", "", ()),
        ("memory_limit", "512M", 2**29),
        ("memory_limit", 1024, 1024),
        ("memory_limit", "", None),
        ("memory_headroom", 0, 0.0),
        ("memory_headroom", "0.9", 0.9),
        ("max_workers", "4", 4),
        ("max_workers", "", None),
        ("min_ready", 0, 0),
        ("timeout", "0.5", 0.5),
    ],
)
def test_values_are_read_the_same_from_every_place(name, value, expected):
    assert read_one(name, value) == expected


@pytest.mark.parametrize(
    ("name", "value", "accepted"),
    [
        ("enabled", "maybe", "true or false"),
        ("path", "healthz", 'a path such as "/healthz"'),
        ("path", "/", 'a path such as "/healthz"'),
        ("path", "/up?x=1", 'a path such as "/healthz"'),
        ("path", "/<name>", 'a path such as "/healthz"'),
        ("details", "", "status, areas or all"),
        ("blueprints", 7, "names, separated by commas"),
        ("skip", ["a", 1], "names, separated by commas"),
        ("memory_limit", "0", "a size above 0 such as"),
        ("memory_limit", "9" * 400, "a size above 0"),
        ("memory_headroom", 1, "a share from 0 to 0.9"),
        ("memory_headroom", -0.1, "a share from 0 to 0.9"),
        ("max_workers", 0, "a whole number of workers from 1"),
        ("max_workers", 1.5, "a whole number of workers from 1"),
        ("max_workers", True, "a whole number of workers from 1"),
        ("max_workers", 10**400, "a whole number of workers from 1"),
        ("min_ready", -1, "a whole number of workers from 0"),
        ("timeout", 0, "a number of seconds above 0"),
        ("timeout", "nan", "a number of seconds above 0"),
        ("ttl", "inf", "a number of seconds above 0"),
        ("boot_timeout", [], "a number of seconds above 0"),
    ],
)
def test_a_bad_value_is_named_with_its_place_and_what_is_accepted(name, value, accepted):
    with pytest.raises(SettingError) as raised:
        read_settings(config={f"BOOTCHECK_{name.upper()}": value}, environ={})
    said = str(raised.value)
    assert said.startswith(f'app.config["BOOTCHECK_{name.upper()}"] is {value!r}, expected ')
    assert accepted in said


def test_all_that_is_wrong_is_said_at_once():
    with pytest.raises(SettingError) as raised:
        read_settings({"tll": 1, "zzzzzz": 1, "ttl": "x"}, environ={"BOOTCHECK_TIMEOUT": "y"})
    assert [line.partition(",")[0] for line in str(raised.value).splitlines()] == [
        "tll= is no setting of BootCheck: did you mean ttl?",
        "zzzzzz= is no setting of BootCheck: expected one of enabled",
        "BOOTCHECK_TIMEOUT in the environment is 'y'",
        "ttl= is 'x'",
    ]


def test_leniently_a_bad_value_becomes_the_default_and_the_others_count():
    settings, errors = read_settings_leniently({"ttl": "x", "timeout": 9}, environ={})
    assert (settings.ttl, settings.timeout) == (5.0, 9.0)
    assert len(errors) == 1


def test_a_token_is_never_shown():
    class Unprintable:
        def __str__(self):
            raise ValueError("a token")

        __repr__ = __str__

    _, errors = read_settings_leniently({"token": Unprintable()}, environ={})
    assert errors == ("token= is ***, expected a token",)


@pytest.mark.parametrize(
    ("skip", "check_id", "expected"),
    [
        ("database", "database.unreachable", True),
        ("database.unreachable", "database.unreachable", True),
        ("database.unreachable", "database.tables-missing", False),
        ("data", "database.unreachable", False),
    ],
)
def test_checks_are_skipped_by_id_or_area(skip, check_id, expected):
    assert read_settings({"skip": skip}, environ={}).skips(check_id) is expected


def test_names_nobody_reads_come_with_the_nearest_that_is_read():
    names = ["BOOTCHECK_PTAH", "BOOTCHECK_", "BOOTCHECK_TRIAL", "HOME", *NAMES]
    found = unknown_names(names)
    assert found["BOOTCHECK_PTAH"] == "BOOTCHECK_PATH"
    assert set(found) == {"BOOTCHECK_PTAH", "BOOTCHECK_"}


def test_the_promised_names_are_there():
    """Settings are promises: one may be added, none may go."""
    assert {f"BOOTCHECK_{name}" for name in PROMISED} <= set(NAMES)
    assert {"BOOTCHECK_MEMORY_LIMIT", "BOOTCHECK_ENABLED"} < set(MASTER_NAMES) < set(NAMES)
