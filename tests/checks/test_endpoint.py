"""Are our paths ours?"""

from __future__ import annotations

import pytest
from flask import Flask

from flask_bootcheck.checks.endpoint import paths_are_free

from ..helpers import findings_of, make_boot


@pytest.mark.parametrize(
    ("rule", "settings", "taken"),
    [
        ("/healthz", {}, True),
        ("/healthz/", {}, True),
        ("/readyz", {}, True),
        ("/livez", {}, True),
        ("/livez", {"live_path": ""}, False),
        ("/up", {"path": "/up"}, True),
        ("/healthz", {"path": "/up"}, False),
        ("/health", {}, False),
        ("/<path:anything>", {}, False),
        ("/", {"path": ""}, False),
    ],
)
def test_a_route_of_the_app_at_our_path_is_found(rule, settings, taken):
    app = Flask("app")
    app.add_url_rule(rule, "theirs", lambda **_: "")
    found = findings_of(paths_are_free, make_boot(settings, app=app))
    assert [finding.where for finding in found] == ["endpoint theirs"] * taken


def test_our_own_rules_match_nothing_and_take_nothing():
    app = Flask("app")
    app.url_map.add(app.url_rule_class("/healthz", endpoint="bootcheck.health", build_only=True))
    assert findings_of(paths_are_free, make_boot(app=app)) == []
