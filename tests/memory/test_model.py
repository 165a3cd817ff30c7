"""The line need(N), and what it says for N workers."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flask_bootcheck.memory.model import (
    GROWTH,
    MARGIN,
    Advice,
    Model,
    charge,
    from_idle_sample,
    from_sample,
    recommend,
    room,
    with_error,
)
from flask_bootcheck.memory.sample import KERNEL_BYTES, Sample

MIB = 2**20
SAMPLE = Sample(40 * MIB, 30 * MIB, MIB, "smaps_rollup")

SIZES = st.integers(0, 2**45)
MODELS = st.builds(Model, SIZES, SIZES)
HEADROOMS = st.floats(0, 0.9)
MARGINS = st.floats(1, 2)


@given(model=MODELS, one=SIZES, other=SIZES, headroom=HEADROOMS)
def test_with_a_higher_limit_no_fewer_fit(model, one, other, headroom):
    low, high = sorted((one, other))
    assert model.fits(room(low, headroom)) <= model.fits(room(high, headroom))


@given(model=MODELS, limit=SIZES, one=HEADROOMS, other=HEADROOMS)
def test_with_more_headroom_no_more_fit(model, limit, one, other):
    low, high = sorted((one, other))
    assert model.fits(room(limit, high)) <= model.fits(room(limit, low))


@given(model=MODELS, limit=SIZES, headroom=HEADROOMS, one=SIZES, other=SIZES)
def test_with_more_that_is_not_ours_no_more_fit(model, limit, headroom, one, other):
    low, high = sorted((one, other))
    assert model.fits(room(limit, headroom, high)) <= model.fits(room(limit, headroom, low))


@given(model=MODELS, limit=SIZES, headroom=HEADROOMS, margin=MARGINS)
def test_what_fits_is_never_more_than_the_line_allows(model, limit, headroom, margin):
    left = room(limit, headroom)
    assert model.need(model.fits(left, margin)) * margin <= left


@given(first=SIZES, per_worker=st.integers(MIB, 2**45), limit=st.integers(0, 2**39))
def test_one_more_than_fits_would_be_too_many(first, per_worker, limit):
    model = Model(first, per_worker)
    # A thousandth for the rounding of the division.
    assert model.need(model.fits(limit) + 1) * MARGIN > limit * 0.999


@given(
    first=st.integers(),
    per_worker=st.integers(),
    left=st.floats() | st.integers(-(2**60), 2**60),
    margin=MARGINS,
    cpus=st.none() | st.floats(0, 1e6),
)
def test_no_input_crashes_it(first, per_worker, left, margin, cpus):
    fits = Model(first % 2**60, per_worker % 2**60).fits(left, margin)
    assert fits >= 0
    assert recommend(fits, cpus).workers >= 1


@given(model=MODELS, workers=st.integers(0, 10_000))
def test_each_further_worker_adds_the_same(model, workers):
    steps = model.need(workers + 2) - model.need(workers + 1)
    assert steps == model.per_worker
    assert model.need(0) == 0
    assert model.need(1) == model.first


def test_what_is_fixed_is_there_without_any_worker():
    assert Model(50, 30).fixed == 20
    assert Model(30, 50).fixed == 0


def test_a_further_worker_is_charged_with_what_it_shares_with_nobody():
    assert charge(SAMPLE) == 31 * MIB + KERNEL_BYTES
    assert from_sample(SAMPLE, 9 * MIB) == Model(50 * MIB + KERNEL_BYTES, charge(SAMPLE))


def test_a_worker_that_has_only_booted_has_room_to_grow():
    growth = round(30 * MIB * (GROWTH - 1))
    idle, warm = from_idle_sample(SAMPLE, 0), from_sample(SAMPLE, 0)
    assert (idle.first - warm.first, idle.per_worker - warm.per_worker) == (growth, growth)


def test_a_preloaded_app_grows_by_its_whole_size_not_by_what_it_has_of_its_own():
    """Of 50 MiB it shares 20 with its master."""
    sample = replace(SAMPLE, anonymous=50 * MIB)
    model, own = from_idle_sample(sample, 0, preloaded=True), from_sample(sample, 0)
    assert model.per_worker - own.per_worker == round(50 * MIB * (GROWTH - 1))


@pytest.mark.parametrize("anonymous", [41 * MIB, None])
@pytest.mark.parametrize("preloaded", [True, False])
def test_the_charge_does_not_depend_on_how_many_share(anonymous, preloaded):
    own, shared = 21 * MIB, 20 * MIB
    charges = {
        from_idle_sample(
            Sample(own + shared // sharers, own, 0, "", anonymous), 0, preloaded
        ).per_worker
        for sharers in (1, 2, 13)
    }
    assert len(charges) == 1


@given(one=MODELS, other=MODELS, workers=st.integers(0, 1000))
def test_a_line_that_is_at_least_another_lies_below_neither(one, other, workers):
    both = one.at_least(other)
    assert both.need(workers) >= max(one.need(workers), other.need(workers))
    assert one.is_within(both, 1.0)
    assert other.is_within(both, 1.0)


@pytest.mark.parametrize(
    ("model", "is_within"),
    [(Model(105, 21), True), (Model(106, 21), False), (Model(105, 22), False), (Model(1, 1), True)],
)
def test_a_line_is_within_another_when_both_its_figures_are(model, is_within):
    assert model.is_within(Model(100, 20), 1.05) == is_within


def test_the_error_is_the_largest_share_by_which_a_sample_missed_the_line():
    model = Model(100, 50)
    assert with_error(model, [(2, 150), (3, 250)]).error == pytest.approx(0.2)
    assert with_error(model, []).error is None
    assert with_error(model, [(2, 0)]).error is None


@pytest.mark.parametrize(
    ("fits", "cpus", "expected"),
    [
        (9, None, Advice(9, "memory")),
        (9, 1, Advice(3, "cpu")),
        (9, 0.5, Advice(2, "cpu")),
        (9, 4, Advice(9, "memory")),
        (2, 1, Advice(2, "memory")),
        (0, 1, Advice(1, "memory")),
    ],
)
def test_the_recommendation_says_what_bound_it(fits, cpus, expected):
    assert recommend(fits, cpus) == expected
