"""The itemised sum against the limit."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from flask_bootcheck.memory.budget import budget_line, budget_lines, itemise
from flask_bootcheck.memory.model import Model, room

MIB = 2**20
MODEL = Model(50 * MIB, 40 * MIB)
SIZES = st.integers(1, 2**40)
#: As measured: one worker and its master need no less than a further worker adds.
MODELS = st.builds(lambda fixed, each: Model(fixed + each, each), st.integers(0, 2**40), SIZES)


def test_every_part_is_named_in_the_order_of_the_sum():
    budget = itemise(MODEL, 8, 512 * MIB, "cgroup v2 /x", 0.2, others=20 * MIB)
    lines = budget_lines(budget)
    assert [" ".join(line.split()) for line in lines] == [
        "fixed 10 MiB",
        "8 x 40 MiB = 320 MiB",
        "growth 16 MiB",
        "others 20 MiB",
        "headroom 102 MiB",
        "limit (cgroup v2 /x) 512 MiB",
        "left 43 MiB",
    ]
    assert len({len(line) for line in lines}) == 1  # the figures stand below each other


def test_what_is_missing_is_said_and_parts_of_nothing_are_not():
    line = budget_line(itemise(MODEL, 97, 512 * MIB, "x", 0.2, margin=1.0))
    assert line == (
        "fixed 10 MiB, 97 x 40 MiB = 3880 MiB, headroom 102 MiB; of 512 MiB 3480 MiB missing"
    )


@given(
    model=MODELS,
    limit=SIZES,
    headroom=st.floats(0, 0.9),
    others=st.integers(0, 2**40),
)
def test_the_budget_agrees_with_what_fits(model, limit, headroom, others):
    """What fits leaves something, one more does not; a few bytes are rounding."""
    fits = model.fits(room(limit, headroom, others))
    if fits:
        assert itemise(model, fits, limit, "x", headroom, others).left >= -4
    if fits < 10_000:
        more = itemise(model, fits + 1, limit, "x", headroom, others)
        assert more.left <= max(4, limit * 1e-6)


@given(model=MODELS, workers=st.integers(1, 1000), limit=SIZES, others=SIZES)
def test_the_parts_and_what_is_left_are_the_limit(model, workers, limit, others):
    budget = itemise(model, workers, limit, "x", 0.2, others)
    assert sum(size for _, size in budget.parts) + budget.left == limit
    assert re.search(r"(left|missing)$", budget_line(budget))
