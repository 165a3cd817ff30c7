"""Wiring an app."""

from __future__ import annotations

import re
import threading

import pytest
from flask import Flask, current_app

from flask_bootcheck import BootCheck, Check, SettingError, Stage, Status, UsageError, check

from .watched import entry, health, health_when, is_settled, make_app


@pytest.fixture(autouse=True)
def _no_settings_of_the_machine(monkeypatch):
    for name in ("BOOTCHECK_PATH", "BOOTCHECK_TTL", "BOOTCHECK_ENABLED"):
        monkeypatch.delenv(name, raising=False)


# -- init ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("again", ["the same", "another"])
def test_an_app_is_wired_once(again):
    app = Flask("shop")
    bootcheck = BootCheck(app)
    with pytest.raises(UsageError, match="on 'shop' already: keep one BootCheck"):
        (bootcheck if again == "the same" else BootCheck()).init_app(app)
    assert app.test_client().get("/livez").status_code == 200


def test_one_bootcheck_serves_two_apps_each_with_its_settings():
    bootcheck = BootCheck(ttl=1)
    bootcheck.check("cache.cold", stage=Stage.APP)(lambda: current_app.name == "shop")
    shop, admin = Flask("shop"), Flask("admin")
    bootcheck.init_app(shop, details="all")
    bootcheck.init_app(admin, details="all", path="/up")

    admin_answers = admin.test_client().get("/up")
    assert health_when(shop, is_settled).json["checks"]["cache.cold"][0]["status"] == "pass"
    assert admin.test_client().get("/healthz").status_code == 404
    assert admin_answers.status_code == 503
    assert not hasattr(bootcheck, "app")


def test_wiring_starts_nothing():
    before = threading.enumerate()
    app = make_app()
    app.testing = True
    assert app.test_client().get("/").status_code == 404  # an app under test is left alone
    assert set(threading.enumerate()) <= set(before)


# -- settings --------------------------------------------------------------------------------------


def test_the_environment_wins_over_keywords_and_they_over_the_config(monkeypatch):
    app = Flask("shop")
    app.config.update(BOOTCHECK_PATH="/config", BOOTCHECK_LIVE_PATH="/config-live")
    monkeypatch.setenv("BOOTCHECK_PATH", "/environment")
    BootCheck(app, path="/keyword", ready_path="/keyword-ready")

    client = app.test_client()
    for path in ("/environment", "/keyword-ready", "/config-live"):
        assert client.get(path).status_code != 404
    for path in ("/keyword", "/config", "/healthz", "/readyz", "/livez"):
        assert client.get(path).status_code == 404


def test_init_app_wins_over_the_constructor():
    app = make_app(BootCheck(path="/first", live_path="/alive"), path="/second")
    assert app.test_client().get("/second").status_code == 200
    assert app.test_client().get("/alive").status_code == 200
    assert app.test_client().get("/first").status_code == 404


BAD = [
    ("path", "healthz"),
    ("live_path", "/x?y"),
    ("details", "everything"),
    ("memory_limit", "lots"),
    ("memory_headroom", 2),
    ("max_workers", 0),
    ("min_ready", 1.5),
    ("timeout", 0),
    ("boot_timeout", "soon"),
    ("ttl", "nan"),
    ("strict", "maybe"),
    ("enabled", "perhaps"),
]


@pytest.mark.parametrize(("name", "value"), BAD)
@pytest.mark.parametrize("place", ["keyword", "config", "environment"])
def test_a_bad_setting_is_one_clear_error(monkeypatch, place, name, value):
    app, variable = Flask("shop"), f"BOOTCHECK_{name.upper()}"
    if place == "environment":
        monkeypatch.setenv(variable, str(value))
    elif place == "config":
        app.config[variable] = value
    keywords = {name: value} if place == "keyword" else {}
    with pytest.raises(SettingError) as caught:
        BootCheck(app, **keywords)
    said = str(caught.value)
    assert name in said.lower()
    assert str(value) in said
    assert ", expected " in said
    assert "\n" not in said


def test_a_bad_keyword_is_told_where_it_was_given():
    with pytest.raises(SettingError, match="ttl= is 0"):
        BootCheck(ttl=0)
    with pytest.raises(SettingError, match="blueprints= is 3, expected names"):
        BootCheck().init_app(Flask("shop"), blueprints=3)


def test_all_bad_settings_are_named_at_once():
    with pytest.raises(SettingError) as caught:
        BootCheck(ttl="x", details="y")
    assert {"ttl= is 'x'", "details= is 'y'"} <= set(re.findall(r"\w+= is '.'", str(caught.value)))


def test_a_setting_that_is_none_names_the_nearest():
    with pytest.raises(SettingError, match=r"memory_limt=.*memory_limit\b"):
        BootCheck(memory_limt="512M")


def test_an_app_that_was_refused_is_left_as_it_was():
    app = Flask("shop")
    before = app.wsgi_app
    with pytest.raises(SettingError):
        BootCheck(app, ttl=-1)
    assert app.wsgi_app == before
    BootCheck(app)


def test_a_setting_of_the_master_in_the_config_is_named():
    app = Flask("shop")
    app.config["BOOTCHECK_MAX_WORKERS"] = 3
    BootCheck(app, details="all", token="opens-the-details")
    found = entry(health_when(app, is_settled), "config.setting-misplaced")
    assert found["status"] == "warn"
    assert "BOOTCHECK_MAX_WORKERS is in app.config" in found["output"]


# -- checks of the user's --------------------------------------------------------------------------


def test_a_check_stays_the_function_it_was():
    bootcheck = BootCheck()

    @bootcheck.check("cache.cold")
    def cache_is_warm():
        return "warm"

    assert cache_is_warm() == "warm"


def test_checks_may_be_added_after_the_app_was_wired():
    bootcheck = BootCheck()
    app = make_app(bootcheck)
    bootcheck.add(check("cache.cold")(lambda: False))
    answer = health_when(app, is_settled)
    assert answer.status_code == 503
    assert entry(answer, "cache.cold")["status"] == "fail"


@pytest.mark.parametrize(
    "check_id", ["cache", "Cache.cold", "cache.", "a b.c", "database.unreachable"]
)
def test_an_id_that_is_malformed_or_taken_is_refused(check_id):
    with pytest.raises(UsageError, match=check_id):
        BootCheck().check(check_id)(lambda: None)


@pytest.mark.parametrize("wrong", [None, "cache.cold", lambda: None])
def test_what_is_no_check_is_refused(wrong):
    with pytest.raises(UsageError, match=re.escape(repr(wrong))):
        BootCheck().add(wrong)


def test_a_stage_that_is_none_is_refused():
    with pytest.raises(UsageError, match="'live'"):
        BootCheck().check("cache.cold", stage="live")(print)  # type: ignore[arg-type]


def test_run_gives_a_report_without_a_server():
    bootcheck = BootCheck()
    bootcheck.add(Check("cache.cold", lambda: False, Stage.LIVE))
    app = make_app(bootcheck, blueprints="cart")
    report = bootcheck.run(app)

    assert report.status is Status.FAIL
    by_id = {result.id: result for result in report.results}
    assert by_id["cache.cold"].status is Status.FAIL
    assert by_id["blueprints.missing"].status is Status.FAIL
    assert by_id["workers.not-ready"].status is Status.SKIP
    assert health(app).status_code == 503
