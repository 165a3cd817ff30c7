"""Routes and blueprints against the lock."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest
from flask import Blueprint, Flask
from flask.views import MethodView

from flask_bootcheck.boot import Trial
from flask_bootcheck.checks.blueprints import named_are_registered
from flask_bootcheck.checks.routes import locked_are_there
from flask_bootcheck.findings import Status
from flask_bootcheck.lock.entries import lock_of
from flask_bootcheck.lock.file import Lock, parse_lock, render_lock

from ..helpers import findings_of, make_boot, notes_of

ROOT = Path(__file__).parent


def index(**_):
    return ""


def make_app(prefix="/cart", blueprint="cart", endpoint="index", methods=("GET", "POST"), number=3):
    """An app with one blueprint of some routes."""
    app = Flask("shop", static_folder=None)
    made = Blueprint(blueprint, __name__, url_prefix=prefix)
    made.add_url_rule("/", endpoint, index, methods=methods)
    for count in range(number - 1):
        made.add_url_rule(f"/{count}/<int:key>", f"view{count}", index)
    app.register_blueprint(made)
    return app


def look(app, lock, check=locked_are_there, **facts):
    lock = parse_lock(render_lock(lock_of(lock))) if isinstance(lock, Flask) else lock
    return findings_of(check, make_boot(app=app, root=ROOT, lock=lock, **facts))


def messages(app, lock, check=locked_are_there):
    return [finding.message for finding in look(app, lock, check)]


CASES = {
    "same": (make_app(), []),
    "prefix": (make_app("/basket"), ["3 routes of blueprint 'cart': was /cart, is /basket"]),
    "one-route": (make_app("/basket", number=1), ["cart.index: was /cart/, is /basket/"]),
    "endpoint": (
        make_app(endpoint="show"),
        ["GET,POST /cart/: the endpoint was cart.index, is cart.show"],
    ),
    "methods": (
        make_app(methods=("GET",)),
        ["cart.index takes no POST at /cart/ any more, only GET"],
    ),
    "gone": (make_app(number=2), ["cart.view1 is gone: was GET /cart/1/<int:key>"]),
    "more": (make_app(number=9), []),
}


@pytest.mark.parametrize(("app", "expected"), CASES.values(), ids=CASES)
def test_what_has_become_of_a_locked_route_is_said(app, expected):
    number = 1 if expected and expected[0].startswith("cart.index: was") else 3
    assert messages(app, make_app(number=number)) == expected


def test_it_fails_and_says_where_to_go():
    """To the view where there is one, else to the line of the lock."""
    (renamed,) = look(make_app(endpoint="show"), make_app())
    assert renamed.status is Status.FAIL
    assert renamed.component == "cart.index"
    assert renamed.where == f"{Path(__file__).name}:{inspect.getsourcelines(index)[1]}"
    assert "flask bootcheck lock" in renamed.hint
    (gone,) = look(make_app(number=2), make_app())
    assert gone.where == "bootcheck.lock:7"
    (moved,) = look(make_app("/basket"), make_app())
    assert moved.where.startswith(Path(__file__).name)


def test_a_class_based_view_is_named_too():
    class View(MethodView):
        def get(self):
            return ""

    app, locked = Flask("shop", static_folder=None), Flask("shop", static_folder=None)
    app.add_url_rule("/basket", "cart", View.as_view("cart"))
    locked.add_url_rule("/cart", "cart", View.as_view("cart"))
    (finding,) = look(app, locked)
    assert finding.message.startswith("cart: ")
    assert "/basket" in finding.message
    assert finding.where.startswith(f"{Path(__file__).name}:")


def test_without_a_lock_nothing_is_compared():
    assert look(make_app(), None) == []
    assert notes_of(locked_are_there, make_boot(app=make_app())) == []
    lock = lock_of(make_app())
    assert notes_of(locked_are_there, make_boot(app=make_app(), lock=lock)) == ["3 locked"]


def test_of_many_the_first_are_shown_and_the_rest_counted():
    locked = make_app(number=15)
    found = messages(make_app(number=1), locked)
    assert len(found) == 11
    assert found[-1] == "4 more routes are locked and not there as they were"


def test_a_blueprint_that_is_locked_and_gone_is_one_finding():
    """Its routes are not told one by one."""
    app = Flask("shop", static_folder=None)
    assert messages(app, make_app()) == []
    (finding,) = look(app, make_app(), named_are_registered)
    assert finding.message == "blueprint 'cart' is not registered"
    assert (finding.where, finding.component) == ("bootcheck.lock:4", "cart")
    assert finding.hint.endswith(" flask bootcheck lock")


def test_a_blueprint_with_another_name_is_said_as_such():
    app = make_app(blueprint="basket")
    (finding,) = look(app, make_app(), named_are_registered)
    assert "'cart'" in finding.message
    assert finding.message.endswith(": was cart, is basket")
    assert finding.where.startswith(Path(__file__).name)


def test_named_and_locked_is_missed_once():
    app = Flask("shop", static_folder=None)
    boot = make_boot({"blueprints": "cart"}, app=app, lock=lock_of(make_app()))
    assert [f.component for f in findings_of(named_are_registered, boot)] == ["cart"]


@pytest.mark.parametrize(("trial", "status"), [(Trial("shop", 1.0), 3), (None, 2)])
def test_a_lock_that_cannot_be_followed_stops_a_deploy_and_not_a_worker(trial, status):
    lock = Lock("", frozenset(), error="bootcheck.lock:7: a merge conflict")
    (finding,) = look(make_app(), lock, trial=trial)
    assert (finding.message, finding.status) == (lock.error, status)
    assert look(make_app(), lock, named_are_registered, trial=trial) == []


def test_the_lock_of_another_app_is_not_compared():
    """Several apps may live in one process, and the file is of one of them."""
    other = Flask("admin", static_folder=None)
    assert look(other, make_app()) == []
    boot = make_boot(app=other, lock=lock_of(make_app()))
    assert notes_of(locked_are_there, boot) == [
        "bootcheck.lock is of the app 'shop', not of 'admin': not compared"
    ]
    (finding,) = look(other, make_app(), trial=Trial("admin", 1.0))
    assert finding.status is Status.WARN
