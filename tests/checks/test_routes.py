"""Is every route reached? Each answer is held against what werkzeug's own matcher does."""

from __future__ import annotations

import time
from functools import wraps
from pathlib import Path
from typing import Any

import pytest
from flask import Blueprint, Flask
from flask.views import MethodView
from werkzeug.exceptions import HTTPException
from werkzeug.routing import BaseConverter, Rule

from flask_bootcheck.checks.routes import routes_are_reached, routes_have_views

from ..helpers import findings_of, make_boot, notes_of


def make_app(**settings):
    return Flask("shop", static_folder=None, **settings)


def add(app, rule, endpoint, *methods, **options):
    """A route with a view of its own."""
    options.setdefault("view_func", lambda **_: endpoint)
    app.add_url_rule(rule, endpoint, methods=methods or None, **options)


def look(app):
    return findings_of(routes_are_reached, make_boot(app=app, root=Path(__file__).parent))


def shadowed(app):
    """The endpoints that are said to be shadowed."""
    return [finding.component for finding in look(app)]


def match(app, path, method="GET", host="shop.example", subdomain=None, **options):
    """The endpoint that werkzeug takes, or the name of what it raises."""
    adapter = app.url_map.bind(host, subdomain=subdomain, **options)
    try:
        return adapter.match(path, method)[0]
    except HTTPException as error:
        return type(error).__name__


# -- shadowed --------------------------------------------------------------------------------------

#: Two patterns, and paths that both could take.
SAME = [
    ("/cart", "/cart", ["/cart"]),
    ("/<name>", "/<slug>", ["/x"]),
    ("/<name>", "/<string:slug>", ["/x"]),
    ("/<int:a>", "/<int:b>", ["/7"]),
    # What its converter refuses is a 404, the next rule is not tried.
    ("/<int(min=10):a>", "/<int:b>", ["/7", "/70"]),
    ("/<int(fixed_digits=4):a>", "/<int:b>", ["/7", "/2026"]),
    ("/<path:a>", "/<path:b>", ["/x/y"]),
    ("/a-<x>/b", "/a-<y>/b", ["/a-1/b"]),
    ("/a/", "/a/", ["/a/", "/a"]),
    ("/a//b", "/a/b", ["/a/b"]),
]


@pytest.mark.parametrize(("first", "second", "paths"), SAME)
def test_the_second_of_two_with_the_same_pattern_is_never_reached(first, second, paths):
    app = make_app()
    add(app, first, "one")
    add(app, second, "two")

    (finding,) = look(app)
    assert finding.message.startswith(f"GET {second} never reaches two: one")
    assert (finding.component, finding.hint != "") == ("two", True)
    assert "two" not in [match(app, path) for path in paths]


def test_who_wins_is_the_order_of_adding_not_of_the_endpoints():
    """The map lists its rules by endpoint: ``one`` would come first there."""
    app = make_app()
    add(app, "/elsewhere", "one")
    add(app, "/cart", "two")
    app.add_url_rule("/cart", "one")

    assert shadowed(app) == ["one"]
    assert match(app, "/cart") == "two"


def test_only_the_methods_that_overlap_are_lost():
    app = make_app()
    add(app, "/cart", "one", "GET", "POST")
    add(app, "/cart", "two", "POST", "DELETE", "PUT")
    add(app, "/cart", "three", "PUT", "GET")

    two, three = look(app)
    assert two.message == "POST /cart never reaches two: one was added first"
    assert three.message == "GET, PUT /cart never reaches three: one was added first"
    assert match(app, "/cart", "DELETE") == "two"
    assert match(app, "/cart", "POST") == "one"


def test_the_earlier_pattern_is_named_where_it_reads_otherwise():
    app = make_app()
    add(app, "/<name>", "one")
    add(app, "/<slug>", "two")
    assert look(app)[0].message == "GET /<slug> never reaches two: one at /<name> was added first"


def test_an_options_view_behind_an_automatic_one_is_never_reached():
    app = make_app()
    add(app, "/cart", "one")
    add(app, "/cart", "preflight", "OPTIONS")

    assert [finding.message for finding in look(app)] == [
        "OPTIONS /cart never reaches preflight: one was added first"
    ]
    assert match(app, "/cart", "OPTIONS") == "one"


def test_a_rule_for_any_method_takes_all():
    app = make_app()
    app.url_map.add(Rule("/cart", endpoint="any"))
    add(app, "/cart", "two", "POST")
    app.url_map.add(Rule("/cart", endpoint="another"))
    app.endpoint("another")(lambda: "another")

    assert shadowed(app) == ["two", "another"]
    assert match(app, "/cart", "POST") == "any"


def test_a_host_that_is_not_looked_at_makes_no_difference():
    app = make_app()
    add(app, "/", "one", host="a.example")
    add(app, "/", "two", host="b.example")
    assert shadowed(app) == ["two"]
    assert match(app, "/", host="b.example") == "one"


def test_variable_subdomains_and_hosts_are_patterns_too():
    app = make_app()
    add(app, "/", "one", subdomain="<user>")
    add(app, "/", "two", subdomain="<tenant>")
    assert shadowed(app) == ["two"]
    assert match(app, "/", host="shop.example", subdomain="x") == "one"


def test_websocket_rules_shadow_each_other():
    app = make_app()
    for endpoint in ("one", "two"):
        app.url_map.add(Rule("/live", endpoint=endpoint, websocket=True))
    assert shadowed(app) == ["two"]
    assert match(app, "/live", url_scheme="ws") == "one"


# -- no false alarm --------------------------------------------------------------------------------


def test_different_patterns_are_left_alone():
    app = make_app()
    for number, rule in enumerate(
        ["/", "/a", "/<int:n>", "/<float:n>", "/<name>", "/<path:p>", "/a/<x>", "/<x>/a"]
    ):
        add(app, rule, f"view{number}")
    assert look(app) == []


def test_different_methods_share_a_path():
    """``HEAD`` and ``OPTIONS``, automatic or asked for, are no overlap by themselves."""
    app = make_app()
    for endpoint, methods in [
        ("one", ["GET"]),
        ("two", ["POST"]),
        ("three", ["PUT", "OPTIONS"]),
        ("four", ["DELETE", "HEAD"]),
    ]:
        add(app, "/cart", endpoint, *methods)
    assert look(app) == []
    assert match(app, "/cart", "PUT") == "three"


def test_the_same_endpoint_or_view_twice_is_on_purpose():
    app = make_app()

    def view():
        return "same"

    app.add_url_rule("/cart", "one", view)
    app.add_url_rule("/cart", "one", view)
    app.add_url_rule("/cart", "two", view)
    for _ in range(2):  # without a view so far
        app.url_map.add(Rule("/later", endpoint="later", methods=["GET"]))
    assert look(app) == []


def test_a_slash_at_the_end_is_another_pattern():
    app = make_app()
    add(app, "/a", "leaf")
    add(app, "/a/", "branch")
    add(app, "/b", "lenient leaf", strict_slashes=False)
    add(app, "/b/", "lenient branch", strict_slashes=False)
    assert look(app) == []
    assert [match(app, path) for path in ("/a", "/a/")] == ["leaf", "branch"]
    assert [match(app, path) for path in ("/b", "/b/")] == ["lenient leaf", "lenient branch"]


def test_rules_that_werkzeug_redirects_are_left_alone():
    app = make_app()
    add(app, "/all/", "all", defaults={"page": 1})
    app.add_url_rule("/all/page/<int:page>", "all")
    app.add_url_rule("/all/", "all", defaults={"page": 2})
    add(app, "/old", "old", redirect_to="/new")
    add(app, "/old", "newer")
    add(app, "/new", "new")
    app.url_map.add(Rule("/new", endpoint="alias", alias=True))
    assert look(app) == []
    assert match(app, "/all/page/1") == "RequestRedirect"
    assert match(app, "/old") == "RequestRedirect"


def test_build_only_rules_match_nothing():
    app = make_app()
    add(app, "/cart", "one", build_only=True)
    add(app, "/cart", "two")
    add(app, "/cart", "three", build_only=True)
    assert look(app) == []
    assert match(app, "/cart") == "two"


def test_other_subdomains_and_hosts_are_other_places():
    app = make_app()
    add(app, "/", "one", subdomain="a")
    add(app, "/", "two", subdomain="b")
    assert look(app) == []
    hosts = make_app(host_matching=True)
    add(hosts, "/", "one", host="a.example")
    add(hosts, "/", "two", host="b.example")
    assert look(hosts) == []
    assert match(hosts, "/", host="b.example") == "two"


def test_a_websocket_and_a_page_share_a_path():
    app = make_app()
    add(app, "/live", "page")
    app.url_map.add(Rule("/live", endpoint="socket", websocket=True, methods=["GET"]))
    assert look(app) == []
    assert match(app, "/live", url_scheme="ws") == "socket"


def test_converters_with_patterns_of_their_own_are_told_apart():
    class Letters(BaseConverter):
        regex = "[a-z]+"

    app = make_app()
    app.url_map.converters["letters"] = Letters
    add(app, "/<letters:x>", "one")
    add(app, "/<x>", "two")
    assert look(app) == []
    assert match(app, "/7") == "two"


PROJECT = "/srv/shop/views.py"
LOGIN, ADMIN = (f"/v/lib/site-packages/{package}/views.py" for package in ("login", "admin"))


@pytest.mark.parametrize(
    ("first", "second", "is_told"),
    [
        (PROJECT, LOGIN, False),  # an override
        (LOGIN, LOGIN, False),  # the package knows why
        (LOGIN, PROJECT, True),
        (LOGIN, ADMIN, True),
        (PROJECT, PROJECT, True),
    ],
)
def test_a_view_of_a_package_may_stand_behind_the_project_or_the_package_itself(
    first, second, is_told
):
    app = make_app()
    add_from_files(app, first, second)
    assert shadowed(app) == ["two"] * is_told


@pytest.mark.parametrize(("project", "is_told"), [("admin", False), ("login", True)])
def test_an_app_that_is_installed_overrides_the_views_of_another_package(project, is_told):
    app = make_app()
    app.root_path = f"/v/lib/site-packages/{project}"
    add_from_files(app, ADMIN, LOGIN)
    assert shadowed(app) == ["two"] * is_told


def add_from_files(app, first, second):
    for endpoint, file in {"one": first, "two": second}.items():
        found: dict[str, Any] = {}
        exec(compile("def view(): return ''", file, "exec"), found)  # noqa: S102 - a made-up file
        app.add_url_rule("/login", endpoint, found["view"])


# -- static folders --------------------------------------------------------------------------------


@pytest.fixture
def with_static_folders(tmp_path):
    """Makes an app with a static folder, and a blueprint with one, that has no prefix."""
    for folder in ("shop", "admin"):
        (tmp_path / folder / "static").mkdir(parents=True)

    def make(folder):
        app = Flask("shop", static_folder=tmp_path / "shop" / "static")
        folder = tmp_path / folder / "static"
        app.register_blueprint(Blueprint("admin", "shop", static_folder=folder))
        return app

    return make


def test_the_static_folder_of_a_blueprint_without_prefix_is_never_reached(with_static_folders):
    app = with_static_folders("admin")
    (finding,) = look(app)
    assert finding.component == "admin.static"
    assert "static_url_path" in finding.hint
    assert match(app, "/static/x.css") == "static"


@pytest.mark.parametrize("folder", ["shop", "not there"])
def test_no_files_are_lost_where_both_folders_are_one_or_there_is_none(with_static_folders, folder):
    assert look(with_static_folders(folder)) == []


# -- where it is -----------------------------------------------------------------------------------


def decorated(view):
    @wraps(view)
    def wrapper(**values):
        return view(**values)

    return wrapper


@decorated
def some_view():
    return ""


class SomeView(MethodView):
    def get(self):
        return ""

    def post(self):
        return ""


def line_of(text):
    lines = Path(__file__).read_text("utf-8").splitlines()
    return 1 + next(number for number, line in enumerate(lines) if line.startswith(text))


@pytest.mark.parametrize(
    ("view", "method", "first_line"),
    [
        (some_view, "GET", line_of("@decorated")),
        (SomeView.as_view("two"), "POST", line_of("    def post(self)")),
    ],
)
def test_the_place_of_the_view_is_named(view, method, first_line):
    app = make_app()
    add(app, "/cart", "one", method)
    app.add_url_rule("/cart", "two", view, methods=[method])
    (finding,) = look(app)
    assert finding.where == f"test_routes.py:{first_line}"


def test_a_view_that_has_no_place_is_named_by_its_endpoint():
    app = make_app()
    add(app, "/cart", "one")
    app.add_url_rule("/cart", "two", print)
    (finding,) = look(app)
    assert (finding.component, finding.where) == ("two", "")


# -- many ------------------------------------------------------------------------------------------


def test_of_very_many_the_first_are_named_and_the_rest_counted():
    app = make_app()
    for number in range(300):
        add(app, f"/{number:03}", f"one{number}")
        add(app, f"/{number:03}", f"two{number}")
    *named, rest = look(app)
    assert [finding.component for finding in named] == [f"two{number}" for number in range(10)]
    assert rest.message == "290 more routes are never reached"
    assert rest.observed == 300


def test_the_time_grows_with_the_rules_and_no_faster():
    def seconds(count):
        app = make_app()
        for number in range(count):  # all in one state of the matcher: the worst there is
            add(app, "/cart", f"view{number}")
        took = []
        for _ in range(3):
            began = time.thread_time()
            assert len(look(app)) == 11
            took.append(time.thread_time() - began)
        return min(took)

    assert seconds(4000) < 12 * seconds(1000)


def test_a_werkzeug_that_matches_in_another_way_is_no_trouble(monkeypatch):
    app = make_app()
    monkeypatch.setattr(app.url_map, "_matcher", object())
    monkeypatch.setattr(app.url_map, "_remap", False)
    boot = make_boot(app=app)
    assert findings_of(routes_are_reached, boot) == []
    assert "not compared" in notes_of(routes_are_reached, boot)[0]


# -- without a view --------------------------------------------------------------------------------


def without_view(app):
    found = findings_of(routes_have_views, make_boot(app=app, root=Path(__file__).parent))
    return [finding.message for finding in found]


def test_a_route_whose_view_never_came_is_found():
    """A visit is a 500."""
    app = make_app()
    add(app, "/", "home")
    app.add_url_rule("/cart", endpoint="cart")
    assert without_view(app) == ["/cart has no view: nothing is registered for the endpoint cart"]
    app.endpoint("cart")(lambda: "here it is")
    assert without_view(app) == []
    del app.view_functions["cart"]
    assert app.test_client().get("/cart").status_code == 500


def test_a_name_for_url_for_behind_a_route_is_meant():
    """As the tutorial of Flask has it: the blog's index answers."""
    app = make_app()
    add(app, "/", "blog")
    app.add_url_rule("/", endpoint="index")
    assert without_view(app) == []
    assert shadowed(app) == []


def test_what_is_never_matched_or_redirects_needs_no_view():
    app = make_app()
    app.url_map.add(Rule("/cdn", endpoint="cdn", build_only=True))
    app.url_map.add(Rule("/old", endpoint="old", redirect_to="/"))
    app.url_map.add(Rule("/live", endpoint="live", websocket=True))
    assert without_view(app) == []


def test_many_without_a_view_are_counted():
    app = make_app()
    for number in range(13):
        app.add_url_rule(f"/{number}", endpoint=f"part{number}")
    found = without_view(app)
    assert len(found) == 11
    assert found[-1] == "3 more routes have no view"
