"""Who died of what."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from flask_bootcheck.board import State
from flask_bootcheck.gunicorn import accounts as module
from flask_bootcheck.gunicorn.accounts import Accounts


@pytest.fixture
def kernel(monkeypatch):
    """The kernel's count of what it killed."""
    count = SimpleNamespace(kills=7)
    monkeypatch.setattr(module, "own_group", lambda: "own")
    monkeypatch.setattr(module, "read_oom_kills", lambda group: count.kills)
    return count


@pytest.fixture
def accounts(board, kernel):
    return Accounts(board)


def worker(board, state, pid):
    """A worker that has come so far, and is gone."""
    index = board.claim()
    board.post(index, replace(board.read(index), pid=pid, started=1, state=state))
    return SimpleNamespace(pid=pid, aborted=False)


def test_each_worker_that_ended_was_replaced(accounts, board):
    for pid in (11, 12):
        accounts.exited(worker(board, State.EXITING, pid))
    assert board["restarts"] == 2
    assert board["boot_deaths"] == 0


@pytest.mark.parametrize(("count", "noted"), [(7, 8), (0, 1), (None, 0)])
def test_from_where_on_kills_count_is_noted_for_who_looks(board, kernel, count, noted):
    """What was killed before was not ours."""
    kernel.kills = count
    Accounts(board)
    assert board["kills_before"] == noted


@pytest.mark.parametrize(("before", "after"), [(None, 3), (3, None), (None, None), (3, 3)])
def test_kills_that_nobody_has_counted_are_not_told(board, kernel, before, after):
    kernel.kills = before
    accounts = Accounts(board)
    kernel.kills = after
    said = [accounts.exited(worker(board, State.BOOTING, 100 + n)) for n in range(3)]
    assert said[2]
    assert ("killed" in said[2]) == (before is None and after == 3)


def test_workers_that_die_before_they_are_ready_are_told_less_and_less_often(
    accounts, board, kernel
):
    kernel.kills = 9
    said = [accounts.exited(worker(board, State.BOOTING, 100 + n)) for n in range(35)]
    assert [number for number, line in enumerate(said, 1) if line] == [3, 10, 30]
    assert said[2] == (
        "workers.crash-loop  3 workers in a row died before they were ready, "
        "2 killed by the kernel for memory"
    )


def test_a_worker_that_was_ready_ends_the_row(accounts, board):
    accounts.exited(worker(board, State.BOOTING, 11))
    accounts.exited(worker(board, State.READY, 12))
    assert board["boot_deaths"] == 0


def test_a_worker_that_nobody_knows_is_no_boot_that_failed(accounts, board):
    assert accounts.exited(SimpleNamespace(pid=99)) == ""
    assert board["boot_deaths"] == 0


def test_nor_does_it_end_a_row_or_tell_of_one_again(accounts, board):
    """When several die at once, the slot of one may be taken before the master hears of its end."""
    said = [accounts.exited(worker(board, State.BOOTING, 100 + n)) for n in range(3)]
    assert said[2]
    assert accounts.exited(SimpleNamespace(pid=99)) == ""
    assert board["boot_deaths"] == 3
