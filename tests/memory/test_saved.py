"""A forecast in a file, for the governor."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flask_bootcheck.memory.model import Model
from flask_bootcheck.memory.saved import Conditions, load_forecast, module_of, save_forecast

CONDITIONS = Conditions("main", "27.0.1", "gthread", False)
MODEL = Model(50 * 2**20, 40 * 2**20, 0.01)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "bootcheck.forecast.json"


@pytest.fixture(scope="module")
def scratch(tmp_path_factory):
    """One file, written again for each example."""
    return tmp_path_factory.mktemp("saved") / "bootcheck.forecast.json"


@given(first=st.integers(1, 2**49), per_worker=st.integers(1, 2**49), preload=st.booleans())
def test_what_is_saved_is_loaded(scratch, first, per_worker, preload):
    conditions = replace(CONDITIONS, preload=preload)
    save_forecast(scratch, Model(first, per_worker, 0.1), conditions)
    assert load_forecast(scratch, conditions) == (Model(first, per_worker), "")


def test_no_file_is_no_reason(path):
    assert load_forecast(path, CONDITIONS) == (None, "")


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"app": "shop"}, "app 'main', here 'shop'"),
        ({"gunicorn": "25.0.3"}, "gunicorn '27.0.1', here '25.0.3'"),
        ({"worker_class": "sync"}, "worker_class 'gthread', here 'sync'"),
        ({"preload": True}, "preload False, here True"),
        ({"python": "2.7"}, "here '2.7'"),
    ],
)
def test_under_other_conditions_it_is_of_no_use_and_says_why(path, other, said):
    save_forecast(path, MODEL, CONDITIONS)
    model, why = load_forecast(path, replace(CONDITIONS, **other))
    assert model is None
    assert why.startswith("bootcheck.forecast.json was measured with ")
    assert said in why


GOOD = {
    "version": 1,
    "conditions": {"app": "main", "gunicorn": "27.0.1", "worker_class": "gthread"}
    | {"preload": False, "python": CONDITIONS.python, "frozen": False},
    "model": {"first": 5, "per_worker": 4},
}


def test_the_shape_of_the_file_is_a_promise(path):
    path.write_text(json.dumps(GOOD))
    assert load_forecast(path, CONDITIONS) == (Model(5, 4), "")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "\x00",
        "[" * 100_000,
        "null",
        "[]",
        "17",
        '"forecast"',
        "{}",
        json.dumps({**GOOD, "version": 2}),
        json.dumps({**GOOD, "version": None}),
        json.dumps({**GOOD, "conditions": None}),
        json.dumps({**GOOD, "conditions": ["main"]}),
        json.dumps({**GOOD, "model": 5}),
        json.dumps({**GOOD, "model": {"first": 5}}),
        json.dumps({**GOOD, "model": {"first": "much", "per_worker": 4}}),
        json.dumps({**GOOD, "model": {"first": float("inf"), "per_worker": 4}}),
        json.dumps({**GOOD, "model": {"first": float("nan"), "per_worker": 4}}),
        json.dumps({**GOOD, "model": {"first": 0, "per_worker": 4}}),
        json.dumps({**GOOD, "model": {"first": 5, "per_worker": -4}}),
        json.dumps({**GOOD, "model": {"first": 10**400, "per_worker": 4}}),
    ],
    ids=lambda text: text[:60] or "empty",
)
def test_garbage_is_no_forecast_and_says_so(path, text):
    path.write_text(text)
    model, why = load_forecast(path, CONDITIONS)
    assert model is None
    assert why.startswith("bootcheck.forecast.json ")


@given(raw=st.binary(max_size=200))
def test_no_bytes_crash_it(scratch, raw):
    scratch.write_bytes(raw)
    assert load_forecast(scratch, CONDITIONS)[0] is None


def test_a_folder_in_its_place_is_said(path):
    path.mkdir()
    assert "cannot be read" in load_forecast(path, CONDITIONS)[1]


@pytest.mark.parametrize(
    ("target", "module"),
    [
        ("main", "main"),
        ("main:app", "main"),
        ("main:create_app('prod')", "main"),
        ("main.py", "main"),
        ("./shop/wsgi.py:app", "shop.wsgi"),
        ("shop.wsgi:app", "shop.wsgi"),
        ("", ""),
    ],
)
def test_flask_and_gunicorn_name_the_same_app_in_their_own_ways(target, module):
    assert module_of(target) == module
