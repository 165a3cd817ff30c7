"""What is locked of an app."""

from __future__ import annotations

import pytest
from flask import Blueprint, Flask
from werkzeug.routing import Rule

from flask_bootcheck import BootCheck
from flask_bootcheck.lock.entries import Route, blueprints_in, lock_of, routes_in
from flask_bootcheck.lock.file import parse_lock, render_lock


def view(**_):
    return ""


def make_app(**options):
    return Flask("shop", static_folder=None, **options)


def entries(app):
    return sorted(lock_of(app).entries)


def test_blueprints_are_named_with_their_parent_and_routes_with_what_was_asked_for():
    app, parent = make_app(), Blueprint("shop", "shop", url_prefix="/shop")
    child = Blueprint("cart", "cart")
    child.add_url_rule("/cart/<int:number>", "add", view, methods=["POST", "PUT"])
    parent.register_blueprint(child)
    app.register_blueprint(parent)
    app.add_url_rule("/", "home", view)
    assert entries(app) == [
        "blueprint shop",
        "blueprint shop.cart",
        "route home GET /",
        "route shop.cart.add POST,PUT /shop/cart/<int:number>",
    ]


METHODS = {
    "automatic": ({}, "GET"),
    "head": ({"methods": ["HEAD"]}, "HEAD"),
    "options-of-its-own": ({"methods": ["OPTIONS", "GET"]}, "GET,OPTIONS"),
    "options-alone": ({"methods": ["OPTIONS"]}, "OPTIONS"),
}


@pytest.mark.parametrize(("options", "shown"), METHODS.values(), ids=METHODS)
def test_what_flask_adds_to_the_methods_is_not_locked(options, shown):
    app = make_app()
    app.add_url_rule("/", "home", view, **options)
    assert entries(app) == [f"route home {shown} /"]


def test_rules_of_werkzeug_alone_take_any_method_or_a_websocket():
    app = make_app()
    app.url_map.add(Rule("/any", endpoint="any"))
    app.url_map.add(Rule("/live", endpoint="live", websocket=True))
    assert entries(app) == ["route any ANY /any", "route live WEBSOCKET /live"]


def test_a_rule_that_is_only_for_show_is_not_locked():
    """Those of BootCheck among them."""
    app = make_app()
    BootCheck(app)
    app.url_map.add(Rule("/elsewhere", endpoint="cdn", build_only=True))
    assert entries(app) == []


def test_hosts_and_subdomains_are_a_part_of_the_rule():
    app = make_app(subdomain_matching=True)
    app.add_url_rule("/", "home", view)
    app.add_url_rule("/", "api", view, subdomain="api")
    assert entries(app) == ["route api GET //api/", "route home GET /"]
    app = make_app(host_matching=True)
    app.add_url_rule("/", "home", view, host="shop.example")
    assert entries(app) == ["route home GET //shop.example/"]


ODD = ["my view", "a\u2028b", 'a"b', "käse", "new\nline", "tab\there", "back\\slash"]


@pytest.mark.parametrize("endpoint", ODD)
def test_any_endpoint_comes_back_as_it_was(endpoint):
    """Blanks, quotes and line ends too: a line is a line."""
    app = make_app()
    app.add_url_rule("/<x>/a b", endpoint, view)
    lock = parse_lock(render_lock(lock_of(app)))
    (route,) = routes_in(lock.entries)
    assert route == Route(endpoint, frozenset({"GET"}), "/<x>/a b")
    assert route.entry in lock.entries


def test_a_line_that_is_cut_short_is_no_route():
    assert routes_in(["route home GET", "route home", "blueprint cart"]) == []
    assert blueprints_in(["blueprint cart", "route home GET /"]) == ["cart"]
