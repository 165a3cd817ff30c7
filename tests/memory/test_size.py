"""Sizes as people write them."""

from __future__ import annotations

import pytest

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
    with pytest.raises(ValueError, match="is not a size"):
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
