"""A forecast as text, JSON and picture."""

from __future__ import annotations

import json
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from flask_bootcheck.formats.forecast import counts, render_forecast, render_forecast_json
from flask_bootcheck.formats.svg import render_svg
from flask_bootcheck.memory.answers import Answer, judge
from flask_bootcheck.memory.forecast import Facts, Forecast, Measured
from flask_bootcheck.memory.model import Advice, Model
from flask_bootcheck.memory.size import MIB

SAMPLE = Measured(1, 60 * MIB, 68 * MIB, 70 * MIB, 44 * MIB, 48 * MIB, "smaps_rollup")
FORECAST = Forecast(
    facts=Facts("main", "27.0.1", "gthread", True, "3.13", threads=4, routes=("/", "/x")),
    samples=(SAMPLE,),
    model=Model(70 * MIB, 48 * MIB),
    until_collection=Model(68 * MIB, 44 * MIB),
    limit=512 * MIB,
    source="cgroup v2 /",
    headroom=0.2,
    cpus=1.0,
    fits=7,
    advice=Advice(3, "cpu"),
    boot_seconds=1.25,
    seconds=4.0,
)


def test_the_head_says_what_ran_and_how_it_was_measured() -> None:
    """Worker class, threads and preload are the user's own."""
    text = render_forecast(FORECAST)
    assert "main: gunicorn 27.0.1 gthread x 4 threads with preload, booted in 1.2 s" in text
    assert "idle 60 MiB, after requests 68 MiB, after a full collection 70 MiB" in text


def test_the_table_has_what_fits_and_the_first_that_does_not() -> None:
    """Beside some usual counts."""
    assert counts(FORECAST) == [1, 2, 3, 4, 7, 8]
    rows = render_forecast(FORECAST).splitlines()
    assert [row for row in rows if "does not fit" in row] == [
        "      8     406 MiB     376 MiB  does not fit"
    ]


def test_the_advice_names_the_bound_that_made_it() -> None:
    """Memory, or the CPU quota."""
    assert "7 workers fit; recommended: 3 (two a CPU of the quota, and one)" in render_forecast(
        FORECAST
    )
    by_memory = replace(FORECAST, advice=Advice(7, "memory"))
    assert "recommended: 7 (as many as fit)" in render_forecast(by_memory)


def test_without_a_limit_it_says_how_to_give_one() -> None:
    """Never a number that nobody measured."""
    text = render_forecast(replace(FORECAST, limit=None, fits=None, advice=None))
    assert "--memory-limit 512M" in text
    assert "fit;" not in text


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"fits": 0, "advice": Advice(1, "memory")}, "not even one fits"),
        ({"grows": 5 * MIB}, "--max-requests 500"),
        ({"answers": (Answer("/x", 0, 2),)}, "answered no answer from /x"),
        ({"problem": judge([Answer("/", 500, 40)])}, "FAIL  forecast.app-broken  no request"),
        ({"problem": judge([Answer("/", 404, 40)])}, "WARN  forecast.not-warmed  no request"),
        ({"facts": replace(FORECAST.facts, counted="app")}, "as the app has it"),
        ({"model": Model(70 * MIB, 48 * MIB, 0.012)}, "at most 1.2% off"),
    ],
)
def test_what_is_unusual_is_told(changes: dict[str, object], said: str) -> None:
    """And only then."""
    assert said not in render_forecast(FORECAST)
    assert said in render_forecast(replace(FORECAST, **changes))  # type: ignore[arg-type]


def test_the_json_has_every_figure_in_bytes() -> None:
    """A line for each worker count of the table."""
    data = json.loads(render_forecast_json(FORECAST))
    assert data["model"] == {"fixed": 22 * MIB, "perWorker": 48 * MIB, "error": None}
    assert (data["workersThatFit"], data["recommended"], data["boundBy"]) == (7, 3, "cpu")
    assert data["predictions"][-1] == {
        "workers": 8,
        "bytes": 406 * MIB,
        "untilCollection": 376 * MIB,
    }


def test_the_json_has_what_was_answered_and_what_is_wrong() -> None:
    """No answer is null, which no status is."""
    answers = (Answer("/", 500, 20), Answer("/x", 0, 20))
    data = json.loads(
        render_forecast_json(replace(FORECAST, answers=answers, problem=judge(answers)))
    )
    assert data["status"] == "fail"
    assert data["findings"][0]["id"] == "forecast.app-broken"
    assert [each["status"] for each in data["answers"]] == [500, None]
    well = json.loads(render_forecast_json(FORECAST))
    assert (well["status"], well["findings"]) == ("pass", [])


@pytest.mark.parametrize("limit", [None, 64 * MIB, 512 * MIB, 2**40])
def test_the_picture_stays_inside_its_frame(limit: int | None) -> None:
    """Whatever the limit is, also one far above or below the line."""
    fits = None if limit is None else FORECAST.model.fits(limit * 0.8)
    svg = render_svg(replace(FORECAST, limit=limit, fits=None if fits is None else min(fits, 50)))
    root = ElementTree.fromstring(svg)  # noqa: S314 - our own text
    dots = [item for item in root.iter() if item.tag.endswith("circle")]
    assert len(dots) >= 4
    assert all(0 <= float(dot.attrib["cy"]) <= 360 for dot in dots)
    assert all(0 <= float(dot.attrib["cx"]) <= 640 for dot in dots)


def test_an_app_cannot_write_into_the_picture() -> None:
    """Its name is text."""
    svg = render_svg(replace(FORECAST, facts=replace(FORECAST.facts, app="<script>")))
    assert "<script>" not in svg
