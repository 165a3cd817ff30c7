"""What has become of locked routes."""

from __future__ import annotations

import pytest

from flask_bootcheck.lock.changes import changes


def told(locked, present):
    """Each change as ``was -> now``."""
    return [
        f"{c.was.endpoint} {c.was.shown_methods} {c.was.rule} -> "
        + (f"{c.now.endpoint} {c.now.shown_methods} {c.now.rule}" if c.now else "gone")
        for c in changes(
            frozenset(f"route {each}" for each in locked),
            frozenset(f"route {each}" for each in present),
        )
    ]


CASES = {
    "nothing": (["a GET /a"], ["a GET /a"], []),
    "more": (["a GET /a"], ["a GET /a", "b GET /b"], []),
    "more-methods": (["a GET /a"], ["a GET,POST /a"], []),
    "any-method": (["a GET /a"], ["a ANY /a"], []),
    "split": (["a GET,POST /a"], ["a GET /a", "a POST /a"], []),
    "gone": (["a GET /a"], [], ["a GET /a -> gone"]),
    "moved": (["a GET /a"], ["a GET /b"], ["a GET /a -> a GET /b"]),
    "renamed": (["a GET /a"], ["b GET /a"], ["a GET /a -> b GET /a"]),
    "fewer-methods": (["a GET,POST /a"], ["a GET /a"], ["a GET,POST /a -> a GET /a"]),
    "moved-and-more": (["a GET /a"], ["a GET,POST /b"], ["a GET /a -> a GET,POST /b"]),
    "moved-and-fewer": (["a GET,POST /a"], ["a GET /b"], ["a GET,POST /a -> gone"]),
    "one-of-two": (["a GET /a", "a GET /b"], ["a GET /b"], ["a GET /a -> gone"]),
    "not-twice": (
        ["a GET /a", "b GET /a"],
        ["c GET /a"],
        ["a GET /a -> c GET /a", "b GET /a -> gone"],
    ),
    "two-moved": (
        ["a GET /a/", "a GET /a/<n>"],
        ["a GET /b/", "a GET /b/<n>"],
        ["a GET /a/ -> a GET /b/", "a GET /a/<n> -> a GET /b/<n>"],
    ),
}


@pytest.mark.parametrize(("locked", "present", "expected"), CASES.values(), ids=CASES)
def test_each_lost_route_is_matched_with_what_it_has_become(locked, present, expected):
    assert told(locked, present) == expected


PREFIXES = {
    ("/cart", "/basket"): ("/cart", "/basket"),
    ("/cart/items/<int:n>", "/basket/items/<int:n>"): ("/cart", "/basket"),
    ("/items", "/cart/items"): ("/", "/cart"),
    ("/", "/cart/"): ("/", "/cart"),
    ("/cart/", "/"): ("/cart", "/"),
    ("/v1/cart", "/v2/cart"): ("/v1", "/v2"),
    ("/a/x", "/a/y"): ("/a/x", "/a/y"),
}


@pytest.mark.parametrize(("rules", "prefixes"), PREFIXES.items())
def test_of_a_move_the_end_that_was_kept_is_left_out(rules, prefixes):
    """So all routes of a blueprint with another prefix have moved alike."""
    was, now = rules
    (change,) = changes(frozenset({f"route a GET {was}"}), frozenset({f"route a GET {now}"}))
    assert change.is_move
    assert change.prefixes == prefixes
