"""Checks, and the ordered set of them."""

from __future__ import annotations

import functools
from types import SimpleNamespace

import pytest

from flask_bootcheck import registry as module
from flask_bootcheck.errors import UsageError
from flask_bootcheck.findings import Stage
from flask_bootcheck.registry import Check, Registry, check, with_entry_points


def a_check(check_id="redis.unreachable", function=lambda: None, **details):
    return check(check_id, **details)(function)


def test_a_function_becomes_a_live_check_with_its_docstring():
    @check("redis.slow-or-gone")
    def redis_answers():
        """Redis answers.

        Why: it matters.
        """

    assert isinstance(redis_answers, Check)
    assert (redis_answers.area, redis_answers.stage) == ("redis", Stage.LIVE)
    assert redis_answers.summary == "Redis answers."
    assert redis_answers.doc.endswith("Why: it matters.")


@pytest.mark.parametrize(
    "check_id", ["redis", "Redis.x", "redis.", ".x", "a.b.c", "a._b", "a.b-", "1a.b", "a.b\n"]
)
def test_an_id_that_is_not_area_dot_trouble_is_refused(check_id):
    with pytest.raises(UsageError, match=r"expected area\.trouble"):
        a_check(check_id)


def test_a_mistake_in_a_check_is_said_where_it_is_made():
    with pytest.raises(UsageError, match="is not a function"):
        Check("a.b", 7, Stage.LIVE)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="expected one of app, server"):
        a_check(needs="redis")
    with pytest.raises(UsageError, match=r"expected a Stage such as Stage\.LIVE"):
        a_check(stage="live")


class Method:
    def plain(self):
        return "nothing"

    def takes(self, boot):
        return boot


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (lambda: "nothing", "nothing"),
        (lambda boot: boot, "boot"),
        (lambda b, /: b, "boot"),
        (lambda timeout=2: timeout, 2),
        (lambda *args: args, ()),
        (lambda *, boot=1: boot, 1),
        (Method().plain, "nothing"),
        (Method().takes, "boot"),
        (functools.partial(lambda client, boot: (client, boot), "c"), ("c", "boot")),
        (functools.partial(lambda client: client, "c"), "c"),
        (dict, {}),
    ],
)
def test_a_function_gets_the_boot_only_when_it_asks_for_it(function, expected):
    assert a_check(function=function)("boot") == expected


def test_checks_keep_their_order_and_each_id_is_there_once():
    one, two = a_check("b.x"), a_check("a.x")
    checks = Registry([one, two])
    assert list(checks) == [one, two]
    assert (len(checks), checks.get("a.x"), checks.get("no.no")) == (2, two, None)
    with pytest.raises(UsageError, match="already"):
        checks.add(a_check("b.x"))
    with pytest.raises(UsageError, match="is not a Check: decorate the function"):
        checks.add(lambda: None)  # type: ignore[arg-type]


def test_a_copy_may_grow_on_its_own():
    checks = Registry([a_check("a.x")])
    checks.copy().add(a_check("b.x"))
    assert len(checks) == 1


@pytest.mark.parametrize(
    ("only", "skip", "expected"),
    [
        ([], [], "a.x a.y b.x"),
        (["a"], [], "a.x a.y"),
        (["b.x", "a.y"], [], "a.y b.x"),
        ([], ["a.x", "b"], "a.y"),
        (["a"], ["a.x"], "a.y"),
    ],
)
def test_selecting_by_id_or_area(only, skip, expected):
    checks = Registry([a_check("a.x"), a_check("a.y"), a_check("b.x")])
    assert [item.id for item in checks.select(only, skip)] == expected.split()


@pytest.mark.parametrize(("name", "hint"), [("redi", "did you mean redis"), ("zz", "list")])
@pytest.mark.parametrize("where", ["only", "skip"])
def test_selecting_what_nothing_has_is_an_error(name, hint, where):
    with pytest.raises(UsageError, match=hint):
        Registry([a_check()]).select(**{where: [name]})


def test_checks_of_other_packages_are_added_and_broken_ones_said(monkeypatch):
    """A package may bring one check, or several; what it breaks is its own."""

    def broken():
        raise ImportError("no module named x")

    entries = [
        SimpleNamespace(name="one", value="p:c", load=lambda: a_check("one.x")),
        SimpleNamespace(name="bad", value="q:c", load=broken),
        SimpleNamespace(name="no", value="r:c", load=lambda: [7]),
        SimpleNamespace(name="two", value="s:c", load=lambda: [a_check("two.x"), a_check("one.x")]),
    ]
    monkeypatch.setattr("importlib.metadata.entry_points", lambda group: entries)
    base = Registry([a_check("own.x")])
    whole, errors = with_entry_points(base)
    assert [item.id for item in whole] == ["own.x", "one.x", "two.x"]
    assert [error.partition(" left out")[0] for error in errors] == [
        "checks of bad (q:c)",
        "checks of no (r:c)",
        "checks of two (s:c)",
    ]
    assert len(base) == 1
    assert module.ENTRY_POINTS == "flask_bootcheck.checks"
