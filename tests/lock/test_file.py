"""The lock file: written, read back, and what is said of one that cannot be followed."""

from __future__ import annotations

import pytest

from flask_bootcheck.lock.file import (
    FILE_NAME,
    Lock,
    LockError,
    NewerLock,
    parse_lock,
    read_lock,
    render_lock,
)

LOCK = Lock("shop", frozenset({"route cart.index GET /cart", "blueprint cart", "blueprint about"}))
TEXT = """\
# Written by `flask bootcheck lock`: what this app must have from now on.
lock 1
app shop
blueprint about
blueprint cart
route cart.index GET /cart
"""


def test_it_is_sorted_a_line_for_each_thing():
    assert render_lock(LOCK) == TEXT


def test_what_was_written_is_read_back_with_the_line_of_each_entry():
    lock = parse_lock(TEXT)
    assert (lock.app, lock.entries) == (LOCK.app, LOCK.entries)
    assert lock.place("blueprint cart") == "bootcheck.lock:5"
    assert (lock.count("blueprint"), lock.count("route")) == (2, 1)


def test_comments_and_empty_lines_may_be_anywhere():
    lock = parse_lock("# ours\n\n" + TEXT + "\n# the end\n")
    assert lock.entries == LOCK.entries
    assert lock.place("blueprint about") == "bootcheck.lock:6"


BAD = {
    "conflict": (
        TEXT + "<<<<<<< HEAD\nblueprint a\n=======\n",
        "bootcheck.lock:7: a merge conflict",
    ),
    "no-entry": (TEXT + "blueprints cart\n", "bootcheck.lock:7: 'blueprints cart' is no entry"),
    "no-version": ("app shop\nblueprint cart\n", "does not say its version"),
    "no-number": ("lock one\napp shop\n", "does not say its version"),
    "no-app": ("lock 1\nblueprint cart\n", "does not say which app"),
    "empty": ("", "does not say its version"),
}


@pytest.mark.parametrize(("text", "said"), BAD.values(), ids=BAD)
def test_a_bad_file_is_one_clear_error_with_what_to_do(text, said):
    with pytest.raises(LockError) as caught:
        parse_lock(text)
    assert said in str(caught.value)
    assert "flask bootcheck lock" in str(caught.value)


def test_a_file_of_the_future_is_told_from_a_bad_one():
    """Its lines may mean anything: the version is read first."""
    with pytest.raises(NewerLock, match="of version 2, this flask-bootcheck reads 1: update it"):
        parse_lock("lock 2\napp shop\nhost example.com\n")


def test_the_first_folder_that_has_one_counts(tmp_path):
    (tmp_path / FILE_NAME).write_text(TEXT)
    (tmp_path / "shop").mkdir()
    found = read_lock([tmp_path / "nowhere", tmp_path / "shop", tmp_path])
    assert found is not None
    assert found.entries == LOCK.entries
    assert read_lock([tmp_path / "shop"]) is None


@pytest.mark.parametrize(
    "content", [b"lock x\n", b"\xff\xfe", None], ids=["bad", "bytes", "folder"]
)
def test_one_that_cannot_be_followed_is_told_and_never_raises(tmp_path, content):
    path = tmp_path / FILE_NAME
    path.mkdir() if content is None else path.write_bytes(content)
    found = read_lock([tmp_path])
    assert found is not None
    assert FILE_NAME in found.error
    assert found.entries == frozenset()
