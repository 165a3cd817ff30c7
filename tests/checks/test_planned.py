"""Checks that know an app and the deploy plan."""

from __future__ import annotations

import pytest
from flask import Flask, abort, redirect, request
from flask_talisman import Talisman

from flask_bootcheck import BootCheck
from flask_bootcheck.boot import LoadError, Trial
from flask_bootcheck.checks.app import boots_in_time
from flask_bootcheck.checks.config_health import health_host_is_trusted, health_path_is_no_redirect
from flask_bootcheck.checks.deploy_health import health_path_is_answered
from flask_bootcheck.deploy.plan import (
    Candidate,
    DeployPlan,
    Pin,
    Place,
    PlannedService,
    Process,
    Value,
)

from ..helpers import findings_of, make_boot


def said(value):
    return Value(value, Place("railway.toml", 4))


def make_plan(path="/health", platform="railway", gunicorn="27.0.1", **service):
    process = Process(program="gunicorn", timeout=service.pop("timeout", None))
    candidate = Candidate(said("gunicorn main:app"), process, "railway")
    web = PlannedService(
        platform,
        "web",
        "web",
        (candidate,),
        health_paths=(said(path),) if path else (),
        **service,
    )
    return DeployPlan(
        ("railway.toml",), services=(web,), gunicorn=Pin("gunicorn", gunicorn, None, True)
    )


@pytest.fixture
def app():
    made = Flask("shop")
    made.add_url_rule("/health", "health", lambda: "ok")
    made.add_url_rule("/slash/", "slash", lambda: "ok")
    made.add_url_rule("/away", "away", lambda: redirect("/login"))
    made.add_url_rule("/raises", "raises", lambda: str(1 / 0))
    made.add_url_rule("/post", "post", lambda: "ok", methods=["POST"])
    return made


def look(check, app, path="/health", platform="railway"):
    return findings_of(check, make_boot(app=app, plan=make_plan(path, platform)))


@pytest.mark.parametrize(
    ("path", "is_missing"),
    [
        ("/health", False),
        ("/health?full=1", False),
        ("/slash", False),
        ("/nothing", True),
        ("/post", True),
        ("/healthz", True),
    ],
)
def test_a_path_that_nothing_answers(app, path, is_missing):
    found = look(health_path_is_answered, app, path)
    assert [finding.where for finding in found] == ["railway.toml:4"] * is_missing
    if is_missing:
        assert found[0].message.startswith(f"nothing in the app answers {path}")


def test_our_own_paths_are_answered(app):
    BootCheck(app)
    for path in ("/healthz", "/healthz/", "/livez", "/readyz"):
        assert not look(health_path_is_answered, app, path)


def test_a_host_that_the_app_does_not_trust(app):
    """As Flask does from 3.1 on, with TRUSTED_HOSTS."""
    trusted = ["shop.example"]

    @app.before_request
    def is_trusted():
        if request.host not in trusted:
            abort(400)

    (finding,) = look(health_host_is_trusted, app)
    assert finding.message.startswith("/health answers 400 to Host healthcheck.railway.app")
    trusted.append("healthcheck.railway.app")
    assert not look(health_host_is_trusted, app)


@pytest.mark.parametrize(
    ("path", "is_redirect"),
    [("/health", False), ("/slash", True), ("/away", True), ("/raises", False)],
)
def test_a_redirect_is_not_followed(app, path, is_redirect):
    assert len(look(health_path_is_no_redirect, app, path)) == is_redirect
    assert not look(health_path_is_no_redirect, app, path, platform="render")


def test_https_by_force_is_a_redirect(app):
    Talisman(app)
    (finding,) = look(health_path_is_no_redirect, app)
    assert "https://healthcheck.railway.app/health" in finding.message


def test_of_our_own_paths_nothing_is_told(app):
    """They are answered before hosts and redirects are looked at."""
    BootCheck(app)
    Talisman(app)
    app.config["TRUSTED_HOSTS"] = ["shop.example"]
    for check in (health_host_is_trusted, health_path_is_no_redirect):
        assert not look(check, app, "/healthz")


@pytest.mark.parametrize(
    ("seconds", "service", "statuses"),
    [
        (100, {}, []),
        (160, {}, ["warn"]),
        (301, {}, ["fail"]),
        (20, {"health_timeout": said(30)}, ["warn"]),
        (14, {"gunicorn": "20.1.0"}, []),
        (16, {"gunicorn": "20.1.0"}, ["warn"]),
        (31, {"gunicorn": "21.2.0"}, ["fail"]),
        (31, {"gunicorn": "22.0.0"}, []),
        (31, {"gunicorn": "20.1.0", "timeout": said(120)}, []),
        (31, {"gunicorn": "20.1.0", "timeout": said(0)}, []),
        (900, {"platform": "heroku"}, []),
    ],
)
def test_a_slow_boot(seconds, service, statuses):
    boot = make_boot(plan=make_plan(**service), trial=Trial("main", seconds))
    assert [f.status.label for f in findings_of(boots_in_time, boot)] == statuses


def test_an_app_that_did_not_load_has_no_boot_time():
    error = LoadError("import", "no")
    boot = make_boot(plan=make_plan(), trial=Trial("main", 900, error))
    assert findings_of(boots_in_time, boot) == []
