"""Sizes as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flask_bootcheck.memory.size import format_size, parse_size


@pytest.mark.parametrize(
    ("text", "size"),
    [
        (1, 1),
        ("536870912", 2**29),
        ("512M", 2**29),
        ("512m", 2**29),
        (" 512 MiB ", 2**29),
        ("512MB", 2**29),
        ("1.5G", 3 * 2**29),
        ("2k", 2048),
        ("1T", 2**40),
        ("7b", 7),
    ],
)
def test_sizes_are_read_in_powers_of_1024(text, size):
    assert parse_size(text) == size


@pytest.mark.parametrize(
    "text",
    ["", "0", "0.1", "M", "-1", "-512M", "1e9", "12X", "1,5G", "1.G", "512 M M", "inf", True, None],
)
def test_what_is_no_size_is_refused_with_what_would_be_one(text):
    with pytest.raises(ValueError, match="is not a size such as"):
        parse_size(text)


def test_a_number_too_large_for_a_float_is_refused_like_any_other():
    with pytest.raises(ValueError, match="999"):
        parse_size("9" * 400)


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 MiB"),
        (2**19, "0.5 MiB"),
        (2**20, "1 MiB"),
        (9.5 * 2**20, "9.5 MiB"),
        (10.4 * 2**20, "10 MiB"),
        (2**30, "1024 MiB"),
        (10 * 2**30, "10.0 GiB"),
    ],
)
def test_sizes_are_written_for_people(size, text):
    assert format_size(size) == text


@given(size=st.integers(2**20, 2**50))
def test_what_is_written_for_people_reads_as_nearly_the_same(size):
    """To the last figure that is shown."""
    assert parse_size(format_size(size)) == pytest.approx(size, rel=0.06)


@given(mib=st.integers(1, 10 * 1024 - 1))
def test_whole_mebibytes_go_there_and_back_unchanged(mib):
    assert parse_size(format_size(mib * 2**20)) == mib * 2**20


@given(text=st.text(max_size=30))
def test_no_text_is_anything_but_a_size_or_refused(text):
    try:
        size = parse_size(text)
    except ValueError:
        return
    assert size > 0
