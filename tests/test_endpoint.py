"""What a probe gets, and what nobody gets."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask, redirect, session
from flask.cli import FlaskGroup
from flask_talisman import Talisman

from flask_bootcheck import BootCheck, view
from flask_bootcheck.view import Answer

from .watched import ask, entry, health, health_when, is_settled, make_app

PATHS = ("/healthz", "/readyz", "/livez")
both_slashes = pytest.mark.parametrize("path", [*PATHS, *(f"{path}/" for path in PATHS)])


@pytest.fixture
def app() -> Flask:
    """A healthy app with a page."""
    app = make_app()
    app.add_url_rule("/", view_func=lambda: "home")
    health_when(app, is_settled)
    return app


@pytest.fixture
def broken() -> Flask:
    """An app that lacks a blueprint."""
    app = make_app(blueprints="cart", ttl=1.2)
    health_when(app, is_settled)
    return app


# -- the answer itself -----------------------------------------------------------------------------


@both_slashes
def test_a_healthy_app_is_exactly_200(client, path):
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.json["status"] == "pass"
    assert answer.mimetype == "application/health+json"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Retry-After" not in answer.headers


@both_slashes
def test_head_is_get_without_its_body(client, path):
    answer = client.head(path)
    assert (answer.status_code, answer.data) == (200, b"")
    assert int(answer.headers["Content-Length"]) == len(client.get(path).data)


@both_slashes
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
def test_any_other_method_is_405(client, path, method):
    answer = client.open(path, method=method)
    assert (answer.status_code, answer.data) == (405, b"")
    assert answer.headers["Allow"] == "GET, HEAD"
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_failing_app_is_503_and_says_when_to_ask_again(broken):
    answer = ask(broken, "/healthz")
    assert answer.status_code == 503
    assert answer.json["status"] == "fail"
    assert answer.headers["Retry-After"] == "2"
    assert answer.headers["Cache-Control"] == "no-store"
    assert broken.test_client().head("/healthz").status_code == 503


def test_what_failed_at_boot_is_no_matter_of_readiness(broken):
    client = broken.test_client()
    assert client.get("/readyz").status_code == 200
    assert client.get("/livez").status_code == 200
    assert "blueprints.missing" not in health(broken, "/readyz").json["checks"]


def test_a_failing_live_check_is_not_ready_but_alive():
    bootcheck = BootCheck()
    bootcheck.check("redis.unreachable")(lambda: False)
    client = make_app(bootcheck).test_client()
    assert client.get("/readyz").status_code == 503
    assert client.get("/livez").status_code == 200


def test_the_liveness_answer_looks_at_nothing(app, monkeypatch):
    monkeypatch.setattr("flask_bootcheck.monitor.Monitor.answer", None)
    assert ask(app, "/livez").json == {"status": "pass"}


def test_a_failure_of_our_own_does_not_take_the_service_down(app, monkeypatch, caplog):
    monkeypatch.setattr("flask_bootcheck.monitor.Monitor.answer", None)
    answer = ask(app, "/healthz")
    assert (answer.status_code, answer.json) == (200, {"status": "warn"})
    assert "the health endpoint failed" in caplog.text


def test_the_same_failure_of_our_own_is_told_once(app, monkeypatch, caplog):
    """Probes come by the second, and each would fill the log with a traceback."""
    errors = ["a", "a", "b", "", "b"]

    def answer(*arguments):
        if error := errors.pop(0):
            raise OSError(error)
        return Answer(True, b"{}")

    monkeypatch.setattr(app.extensions["bootcheck"].monitor, "answer", answer)
    assert [ask(app).status_code for _ in range(5)] == [200] * 5
    raised = [record.exc_info[1] for record in caplog.records if record.exc_info]
    assert [str(error) for error in raised] == ["a", "b", "b"]


def test_without_a_descriptor_to_read_our_version_with_the_answer_lacks_it(monkeypatch):
    def refuse() -> str:
        raise OSError("too many open files")

    monkeypatch.setattr(view, "_version", refuse)
    answer = health_when(make_app(), is_settled)
    assert (answer.status_code, answer.json["description"]) == (200, "flask-bootcheck")


def test_a_failure_of_our_own_is_in_no_request_of_the_apps_way(app, monkeypatch, caplog):
    monkeypatch.setattr("flask_bootcheck.monitor.Monitor.touch", None)
    client = app.test_client()
    assert [client.get("/").status_code for _ in range(3)] == [200] * 3
    assert caplog.text.count("the app is not watched over") == 1


# -- who sees what ---------------------------------------------------------------------------------


def test_anyone_sees_the_status_of_the_four_areas_and_nothing_else():
    bootcheck = BootCheck()
    bootcheck.check("secret-project.unreachable")(lambda: None)
    app = make_app(bootcheck, blueprints="cart")
    health_when(app, is_settled)

    assert ask(app, "/healthz").json == {
        "status": "fail",
        "checks": {
            "blueprints": [{"status": "fail"}],
            "workers": [{"status": "pass"}],
            "memory": [{"status": "pass"}],
        },
    }


def test_the_token_opens_the_details(broken):
    found = entry(health(broken), "blueprints.missing")
    assert found["status"] == "fail"
    assert "'cart'" in found["output"]
    assert found["componentId"] == "cart"
    assert found["hint"]


@pytest.mark.parametrize(
    "given",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer opens",
        "Bearer opens-the-details2",
        "bearer-opens-the-details",
        "Basic opens-the-details",
        "opens-the-details",
        "Bearer öffnet",
    ],
)
def test_a_wrong_token_opens_nothing(broken, given):
    answer = ask(broken, "/healthz", Authorization=given)
    assert answer.status_code == 503
    assert "blueprints.missing" not in answer.text


@pytest.mark.parametrize("token", [None, ""])
def test_without_a_token_set_none_opens_the_details(token):
    app = make_app(token=token)
    for given in ("Bearer ", "Bearer None", "Bearer"):
        answer = ask(app, "/healthz", Authorization=given)
        assert set(answer.json) == {"status", "checks"}
        assert set(answer.json["checks"]) <= {"blueprints", "database", "workers", "memory"}


def test_in_debug_mode_anyone_sees_all(broken):
    broken.debug = True
    assert "blueprints.missing" in ask(broken, "/healthz").json["checks"]


@pytest.mark.parametrize("details", ["status", "areas", "all"])
def test_the_level_of_details_is_a_setting(details):
    app = make_app(details=details)
    health_when(app, is_settled)
    data = ask(app, "/healthz").json
    assert ("checks" in data) == (details != "status")
    assert ("workers" in data and "blueprints.missing" in data["checks"]) == (details == "all")
    assert "blueprints.missing" in health(app).json["checks"]


# -- our paths and the app's -----------------------------------------------------------------------


def test_the_paths_are_settings_and_empty_is_off():
    client = make_app(path="/up/", ready_path="", live_path="/alive").test_client()
    assert client.get("/up").status_code == 200
    assert client.get("/alive/").status_code == 200
    for path in PATHS:
        assert client.get(path).status_code == 404


@pytest.mark.parametrize("rule", ["/readyz", "/readyz/"])
def test_a_route_of_the_app_keeps_its_path_and_is_named(rule):
    app = make_app()
    app.add_url_rule(rule, "theirs", lambda: "theirs")
    answer = health_when(app, is_settled)

    assert ask(app, rule).text == "theirs"
    assert answer.status_code == 200
    found = entry(answer, "endpoint.path-taken")
    assert (found["status"], found["where"]) == ("warn", "endpoint theirs")


def test_a_catch_all_takes_nothing():
    app = make_app()
    app.add_url_rule("/<path:path>", "all", lambda path: f"caught {path}")
    client = app.test_client()

    assert client.get("/healthz").mimetype == "application/health+json"
    assert client.get("/livez/").json == {"status": "pass"}
    assert client.get("/healthz/x").text == "caught healthz/x"
    assert entry(health_when(app, is_settled), "endpoint.path-taken")["status"] == "pass"


def test_the_rules_show_in_flask_routes(monkeypatch, app):
    shown = routes(monkeypatch, app)
    for path in PATHS:
        assert f" {path}" in shown
    with app.test_request_context():
        assert app.url_for("bootcheck.health") == "/healthz"
        assert app.url_for("bootcheck.ready") == "/readyz"
        assert app.url_for("bootcheck.live") == "/livez"


def routes(monkeypatch: pytest.MonkeyPatch, app: Flask) -> str:
    """What ``flask routes`` shows."""
    monkeypatch.setenv("FLASK_RUN_FROM_CLI", "true")  # as the group does, for good
    group = FlaskGroup(create_app=lambda: app)
    done = app.test_cli_runner().invoke(group, ["routes"])
    assert done.exit_code == 0, done.output
    return done.output


def test_switched_off_nothing_of_ours_is_there(monkeypatch):
    app = make_app(enabled=False)
    for path in PATHS:
        assert ask(app, path).status_code == 404
    assert "healthz" not in routes(monkeypatch, app)


# -- in front of everything ------------------------------------------------------------------------


@pytest.fixture
def guarded() -> Flask:
    """An app that lets nobody in who is not logged in, over HTTPS, at its own name."""
    app = make_app()
    app.config.update(TRUSTED_HOSTS=["shop.example"], SECRET_KEY="9b1c7e40d2f85a63")
    Talisman(app, force_https=True)

    @app.before_request
    def log_in():
        session["next"] = "somewhere"
        return redirect("/login")

    app.add_url_rule("/", view_func=lambda: "home")
    return app


def railway(app: Flask, path: str) -> Any:
    """A request as Railway's probe makes it."""
    return app.test_client().get(path, base_url="http://healthcheck.railway.app")


@both_slashes
def test_trusted_hosts_https_and_a_login_are_not_in_the_way(guarded, path):
    health_when(guarded, is_settled)
    answer = railway(guarded, path)
    assert (answer.status_code, answer.json["status"]) == (200, "pass")
    assert "Set-Cookie" not in answer.headers
    assert "Location" not in answer.headers


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/healthz/x",
        "/healthzz",
        "/HEALTHZ",
        "/healthz//",
        "/x/healthz",
        "/healthz/../",
    ],
)
def test_nothing_else_of_the_app_is_opened(guarded, path):
    answer = railway(guarded, path)
    # Flask 3.1 was the first to know TRUSTED_HOSTS; before, Talisman is next.
    assert answer.status_code == (400 if "TRUSTED_HOSTS" in Flask.default_config else 302)
    answer = guarded.test_client().get(path, base_url="http://shop.example")
    assert answer.status_code in (302, 308)
