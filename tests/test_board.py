"""The memory that the workers of one instance share."""

from __future__ import annotations

import math
import multiprocessing
import os
import signal
import struct
from dataclasses import replace

import pytest

from flask_bootcheck import board as module
from flask_bootcheck.board import (
    BOARD_SIZE,
    HEADER_SIZE,
    SLOT_COUNT,
    SLOT_SIZE,
    Board,
    Slot,
    State,
)
from flask_bootcheck.findings import Report, Status, fail, warn
from flask_bootcheck.memory.sample import Sample
from flask_bootcheck.processes import start_time

from .helpers import make_result, wait_until

fork = multiprocessing.get_context("fork")
NOBODY = 2**22 + 1
REPORT = Report((make_result("a.x", fail("gone", hint="héllo")),), truncated=2)


@pytest.fixture
def board():
    return Board.anonymous()


def slot_of(pid=None, **details):
    pid = os.getpid() if pid is None else pid
    return Slot(pid, start_time(pid) or 0, State.READY, **details)


class Child:
    """A process of ours that does something with a board and then lives until it is killed."""

    def __init__(self, work) -> None:
        self._ready, ready = fork.Pipe(duplex=False)
        self._process = fork.Process(target=self._run, args=(work, ready), daemon=True)
        self._process.start()
        ready.close()
        self.pid = self._process.pid
        self.answer = self._ready.recv()

    @staticmethod
    def _run(work, ready):
        ready.send(work())
        signal.pause()

    def kill(self):
        self._process.kill()
        self._process.join()


@pytest.fixture
def child():
    """Starts processes, and ends them."""
    children: list[Child] = []

    def start(work):
        children.append(Child(work))
        return children[-1]

    yield start
    for one in children:
        one.kill()


def test_what_is_posted_is_read(board):
    slot = slot_of(
        age=3,
        target=4,
        boot_seconds=0.5,
        posted_at=17.25,
        checked_at=16.5,
        sample=Sample(2**40, 2, 3, "smaps_rollup"),
        report=REPORT,
    )
    index = board.claim()
    board.post(index, slot)
    assert board.read(index) == slot
    board.post(index, replace(slot, sample=None, report=Report()))
    assert board.read(index) == replace(slot, sample=None, report=Report())


def test_words_of_the_header_start_at_zero_and_are_kept_apart(board):
    names = module._WORDS
    assert [board[name] for name in names] == [0.0] * len(names)
    for number, name in enumerate(names, 1):
        board[name] = number
    assert [board[name] for name in names] == list(range(1, len(names) + 1))


def test_a_claim_is_booting_and_says_who_made_it(board):
    index = board.claim(age=7, target=2)
    slot = board.read(index)
    assert (index, slot.state, slot.pid) == (0, State.BOOTING, os.getpid())
    assert (slot.age, slot.target, slot.is_live) == (7, 2, True)


@pytest.mark.parametrize("make", [Board.anonymous, Board.private])
def test_a_full_board_gives_no_slot(make, monkeypatch):
    monkeypatch.setattr(module, "SLOT_COUNT", 3)
    full = make()
    assert [full.claim() for _ in range(4)] == [0, 1, 2, None]
    assert len(full.live_slots()) == 3


def test_the_last_slot_ends_with_the_board():
    assert Board._offset(SLOT_COUNT - 1) + SLOT_SIZE == BOARD_SIZE


def test_many_processes_at_once_each_get_a_slot_of_their_own(board, child):
    children = [child(board.claim) for _ in range(12)]
    indexes = [one.answer for one in children]
    assert sorted(indexes) == list(range(12))
    assert {slot.pid for slot in board.live_slots()} == {one.pid for one in children}
    assert [board.read(one.answer).pid for one in children] == [one.pid for one in children]


def test_racing_claims_never_share_a_slot(board):
    """All at one moment: what the lock is for."""
    barrier, results = fork.Barrier(8), fork.SimpleQueue()

    def claim():
        barrier.wait()
        results.put(board.claim())
        barrier.wait()

    processes = [fork.Process(target=claim) for _ in range(8)]
    for process in processes:
        process.start()
    indexes = [results.get() for _ in processes]
    for process in processes:
        process.join()
    got = [index for index in indexes if index is not None]
    assert sorted(got) == list(range(8))


def test_the_slot_of_a_process_that_was_killed_is_dead_and_taken_again(board, child):
    first = child(board.claim)
    other = child(board.claim)
    assert len(board.live_slots()) == 2
    first.kill()
    assert [slot.pid for slot in board.live_slots()] == [other.pid]
    assert child(board.claim).answer == first.answer == 0


def test_a_process_killed_in_the_middle_of_a_write_does_not_cost_a_slot(board, child):
    """Its sequence word stays odd for ever."""

    def die_writing():
        index = board.claim()
        start = Board._offset(index)
        struct.pack_into("<Q", board._buffer, start, 1 + 2**20)  # odd
        return index

    writer = child(die_writing)
    assert board.read(writer.answer) is None, "its writer lives: torn, not read"
    assert board.claim() == 1, "a busy slot is nobody else's"
    writer.kill()
    assert board.read(writer.answer).state is State.FREE
    assert [slot.pid for slot in board.live_slots()] == [os.getpid()]
    assert child(board.claim).answer == writer.answer
    assert board.read(writer.answer).state is State.BOOTING


def test_a_read_beside_a_writer_is_never_torn(board):
    """Reports of two lengths, written as fast as can be: each read is one or the other."""
    long = Report((make_result("a.x", fail("x" * 5000)),))
    short = Report((make_result("a.x", warn("y")),))
    index = board.claim()
    parent, stop = os.getpid(), fork.Event()

    def write():
        base = Slot(parent, start_time(parent) or 0, State.READY)
        pair = replace(base, age=1, report=long), replace(base, age=2, report=short)
        while not stop.is_set():
            for slot in pair:
                board.post(index, slot)

    board.post(index, slot_of(age=2, report=short))
    writer = fork.Process(target=write, daemon=True)
    writer.start()
    seen = set()

    def read():
        slot = board.read(index)
        if slot is not None:
            seen.add(slot.age)
            assert slot.report == (long if slot.age == 1 else short)
        return False

    try:
        for _ in range(3000):
            read()
        wait_until(lambda: read() or seen == {1, 2})
    finally:
        stop.set()
        writer.join()


def test_a_pid_that_is_another_process_now_is_not_live():
    mine = slot_of()
    assert mine.is_live
    assert not replace(mine, started=mine.started - 1).is_live
    assert not replace(mine, state=State.FREE).is_live
    assert not Slot(0, 0, State.READY).is_live


@pytest.mark.parametrize("count", [1, 32, 33, 128])
def test_of_many_workers_each_is_looked_at_closely_before_long(board, count):
    """One whose number another process has by now is found out, after four looks at 128."""
    for index in range(count):
        board.post(index, slot_of(age=index))
    assert len(board.live_slots()) == count
    for index in range(count):
        board.post(index, replace(board.read(index), started=1))
    found = [len(board.live_slots()) for _ in range(4)]
    assert sum(count - alive for alive in found[: math.ceil(count / 32)]) >= count
    gone = slot_of(NOBODY)
    board.post(0, gone)
    assert gone not in board.live_slots()


def test_who_cannot_have_the_lock_goes_without(board, child):
    def hold():
        board._acquire()

    holder = child(hold)
    with board.lock() as got:
        assert not got
    assert board.claim() is None
    holder.kill()  # the lock dies with it
    assert board.claim() == 0


def test_without_room_for_another_slot_there_is_none(board, monkeypatch):
    """A full /dev/shm says so here; touching it unasked would be a SIGBUS."""

    def full(*_arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    assert board.claim() is None
    assert not board.live_slots()


def test_a_report_too_long_for_its_slot_is_posted_as_far_as_it_fits(board):
    index = board.claim()
    report = Report((make_result("a.x", fail("f" * SLOT_SIZE)), make_result("b.x")))
    board.post(index, slot_of(report=report))
    kept = board.read(index).report
    assert [result.id for result in kept.results] == ["a.x", "b.x"]
    assert (kept.status, kept.truncated) == (Status.FAIL, 1)


def test_the_header_has_room_for_its_words():
    assert len(module._WORDS) * 8 <= HEADER_SIZE
