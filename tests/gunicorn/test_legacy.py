"""What a master leaves for its successor."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from flask_bootcheck.gunicorn import accounts as accounts_module
from flask_bootcheck.gunicorn import legacy as legacy_module
from flask_bootcheck.gunicorn.accounts import Accounts
from flask_bootcheck.gunicorn.legacy import Legacy


@pytest.fixture
def group(tmp_path, monkeypatch):
    """A cgroup of this test's own, and where a master runs."""
    monkeypatch.chdir(tmp_path)
    yield tmp_path / "group"
    Legacy(tmp_path / "group")._path.unlink(missing_ok=True)


def dies(legacy: Legacy) -> None:
    """Its master was killed: who has its pid now is another."""
    pid, _, kills = legacy._path.read_text().split()
    legacy._path.write_text(f"{pid} 1 {kills}")


def test_after_a_master_that_was_killed_its_count_goes_on(group):
    first = Legacy(group)
    assert first.take(5) == 5
    dies(first)
    assert Legacy(group).take(8) == 5


def test_after_one_that_ended_by_itself_there_is_nothing(group):
    first = Legacy(group)
    first.take(5)
    first.drop()
    assert not first._path.exists()
    assert Legacy(group).take(8) == 8


def test_of_a_master_that_lives_nothing_is_inherited(group):
    """During USR2 there are two."""
    Legacy(group).take(5)
    assert Legacy(group).take(8) == 8


def test_another_folder_or_cgroup_is_another_server(group, tmp_path, monkeypatch):
    paths = {Legacy(group)._path, Legacy(group / "other")._path}
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert len(paths | {Legacy(group)._path}) == 3


def test_the_old_master_leaves_what_the_new_one_wrote(group):
    old = Legacy(group)
    old.take(5)
    new = f"{os.getpid() + 1} 1 5"
    old._path.write_text(new)
    old.drop()
    assert old._path.read_text() == new
    old._path.unlink()


def test_a_count_that_fell_is_of_a_cgroup_that_was_made_anew(group):
    first = Legacy(group)
    first.take(5)
    dies(first)
    assert Legacy(group).take(2) == 2


def test_a_master_that_ran_for_long_is_inherited_from_too(group):
    first = Legacy(group)
    first.take(5)
    dies(first)
    os.utime(first._path, (0, 0))
    assert Legacy(group).take(8) == 5


@pytest.mark.parametrize(
    ("is_dead", "hours", "is_kept"), [(True, 25, False), (True, 23, True), (False, 25, True)]
)
def test_what_nobody_has_come_for_in_a_day_is_removed(group, is_dead, hours, is_kept):
    other = Legacy(group / "of another day")
    other.take(5)
    if is_dead:
        dies(other)
    then = time.time() - hours * 3600
    os.utime(other._path, (then, then))
    Legacy(group).take(5)
    assert other._path.exists() is is_kept
    other._path.unlink(missing_ok=True)


@pytest.mark.parametrize(
    "garbage",
    [
        b"",
        b"1 2",
        b"a b c",
        b"\0" * 50,
        b"\xff" * 99,
        b"1 1 -5",
    ],
)
def test_garbage_is_nothing(group, garbage):
    legacy, other = Legacy(group), Legacy(group / "of another day")
    for each in (legacy, other):
        each._path.write_bytes(garbage)
        os.utime(each._path, (0, 0))
    assert legacy.take(8) == 8
    legacy._path.write_bytes(garbage)
    legacy.drop()
    for each in (legacy, other):
        assert each._path.read_bytes() == garbage
        each._path.unlink()


def test_a_pipe_in_its_place_keeps_no_master_waiting(group):
    """Somebody else may have made it, who can tell the name."""
    legacy = Legacy(group)
    os.mkfifo(legacy._path)
    assert legacy.take(8) == 8
    legacy.drop()
    assert legacy._path.exists()


def test_a_link_in_its_place_is_not_followed(group, tmp_path):
    legacy = Legacy(group)
    target = tmp_path / "precious"
    target.write_text("theirs")
    legacy._path.symlink_to(target)
    assert legacy.take(8) == 8
    assert target.read_text() == "theirs"


def test_a_worker_does_not_take_it_away(group):
    legacy = Legacy(group)
    legacy.take(5)
    legacy._owner = os.getpid() + 1
    legacy.drop()
    assert legacy._path.exists()


def test_the_successor_says_what_ended_the_last_master(group, board, monkeypatch):
    monkeypatch.setattr(accounts_module, "own_group", lambda: group)
    monkeypatch.setattr(accounts_module, "read_oom_kills", lambda _group: 5)
    first = Accounts(board)
    assert first.inherit() == ""
    dies(Legacy(group))
    monkeypatch.setattr(accounts_module, "read_oom_kills", lambda _group: 6)
    said = Accounts(board).inherit()
    assert said.startswith("workers.oom-killed  the last master did not end by itself: 1 process ")
    assert board["kills_before"] == 1 + 5


def test_where_the_kernel_does_not_count_nothing_is_left(board, monkeypatch):
    monkeypatch.setattr(accounts_module, "own_group", lambda: Path("/nowhere"))
    accounts = Accounts(board)
    assert accounts.inherit() == ""
    accounts.close()


def test_without_a_folder_or_room_in_it_nothing_is_inherited(group, monkeypatch):
    """A full disk, a read-only root: the master starts all the same."""
    monkeypatch.setattr(legacy_module, "shared_folders", list)
    nowhere = Legacy(group)
    assert nowhere.take(8) == 8
    nowhere.drop()
