"""What the answers of an app say of its forecast."""

from __future__ import annotations

import pytest

from flask_bootcheck.findings import Status
from flask_bootcheck.memory.answers import Answer, Unhandled, describe, judge


def answers(*statuses: int) -> list[Answer]:
    """A path each."""
    return [Answer(f"/{index}", status, 1) for index, status in enumerate(statuses)]


@pytest.mark.parametrize("statuses", [(500,), (500, 503, 502), (0, 0), (500, 0)])
def test_an_app_that_fails_every_request_is_broken(statuses: tuple[int, ...]) -> None:
    problem = judge(answers(*statuses), Unhandled("KeyError: 'X'", "main.py:8"))
    assert problem is not None
    assert (problem.id, problem.status) == ("forecast.app-broken", Status.FAIL)
    assert "KeyError: 'X'" in problem.findings[0].message
    assert problem.findings[0].where == "main.py:8"


@pytest.mark.parametrize("statuses", [(404,), (401, 403), (400, 400), (500, 404)])
def test_an_app_that_shows_nothing_may_work_all_the_same(statuses: tuple[int, ...]) -> None:
    """Nothing at its root, a login, another host: likely the figures are too low."""
    problem = judge(answers(*statuses))
    assert problem is not None
    assert (problem.id, problem.status) == ("forecast.not-warmed", Status.WARN)
    assert "--url" in problem.findings[0].hint
    assert "does not work" not in problem.findings[0].message


@pytest.mark.parametrize("statuses", [(200,), (302, 302), (500, 500, 200), (304,)])
def test_one_page_is_enough(statuses: tuple[int, ...]) -> None:
    """A redirect to a login is one, too."""
    assert judge(answers(*statuses)) is None


def test_each_status_names_a_few_of_its_paths() -> None:
    told = describe([*answers(*[500] * 5), Answer("/about", 404, 9), Answer("/slow", 0, 2)])
    assert told == [
        "500 from 5 paths (/0, /1, /2 and 2 more)",
        "404 from /about",
        "no answer from /slow",
    ]
