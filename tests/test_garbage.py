"""Something else writes over the board. Nobody raises, hangs or grows for it, and it passes."""

from __future__ import annotations

import json
import logging
import math
import os
import struct
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from flask_bootcheck.board import HEADER_SIZE, SLOT_COUNT, SLOT_SIZE, Board, Slot, State
from flask_bootcheck.checks import BUILT_IN
from flask_bootcheck.findings import Report, fail
from flask_bootcheck.formats.compact import decode_report, encode_report
from flask_bootcheck.gunicorn.accounts import Accounts
from flask_bootcheck.journal import Journal
from flask_bootcheck.memory.sample import Sample
from flask_bootcheck.place import Place
from flask_bootcheck.posting import Posting
from flask_bootcheck.processes import start_time
from flask_bootcheck.redaction import Redactor
from flask_bootcheck.runner import run_inline
from flask_bootcheck.scrubbing import scrub
from flask_bootcheck.slot import _SLOT
from flask_bootcheck.snapshot import take_snapshot
from flask_bootcheck.view import View

from .gunicorn.standin import Arbiter, Machine
from .helpers import examples, make_boot, make_result

MINE = (os.getpid(), start_time(os.getpid()) or 0)
PARENT = (os.getppid(), start_time(os.getppid()) or 0)
LONG = 2**63 - 1

doubles = st.one_of(
    st.floats(),
    st.sampled_from([math.nan, math.inf, -math.inf, -1.0, 0.5, 1.0, 3.0, 1e308, 2.0**53]),
)
longs = st.one_of(
    st.integers(-(2**63), LONG), st.sampled_from([0, 1, 2, 3, 4, 5, -1, LONG, -(2**63)])
)
headers = st.one_of(
    st.binary(max_size=HEADER_SIZE), st.lists(doubles, max_size=20).map(lambda v: _doubles(v))
)
scalars = st.one_of(
    st.none(), st.booleans(), st.text(max_size=8), st.integers(), st.floats(),
    st.sampled_from(["pass", "fail", "PASS", "live", "boot", 10**400, -1e11, "workers.not-ready"]),
)  # fmt: skip
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=4,
)
WHOLE = json.loads(
    encode_report(Report((make_result("database.unreachable", fail("x", observed=1)),)), 9999)
)


@st.composite
def spoilt(draw: Any) -> bytes:
    """A report of which something is not as it was."""
    data = json.loads(json.dumps(WHOLE))
    result = data["results"][0]
    where = draw(st.sampled_from([data, result, result["findings"][0]]))
    where[draw(st.sampled_from([*where, "note", "reason", "hint", "limit"]))] = draw(values)
    return json.dumps(data).encode()


texts = st.one_of(
    st.binary(max_size=200),
    spoilt(),
    values.map(lambda value: json.dumps(value).encode()),
    st.sampled_from([b"[" * 7000, b'{"a":' * 1400, b"9" * 5000, b"\xff" * 9, b"NaN", b""]),
)


@st.composite
def slots(draw: Any) -> bytes:
    """The bytes of a slot: of none that makes sense, or of one of this process that nearly does."""
    text = draw(texts)
    kinds = {"q": longs, "d": doubles, "s": st.just(b"smaps") | st.binary(max_size=16)}
    fields = [draw(kinds[kind]) for kind in _SLOT.format if kind in kinds]
    fields[:2] = draw(st.just(MINE) | st.tuples(longs, longs))
    fields[-1] = draw(st.just(len(text)) | longs)
    return struct.pack("<Q", draw(st.integers(0, 2**64 - 1))) + _SLOT.pack(*fields) + text  # type: ignore[no-any-return]


def _doubles(values: list[float]) -> bytes:
    return struct.pack(f"<{len(values)}d", *values)


def spoil(board: Board, header: bytes, spoilt: list[bytes]) -> None:
    """Write over a board."""
    board._buffer[: len(header)] = header
    for index, raw in enumerate(spoilt):
        start = board._offset(index)
        board._buffer[start : start + len(raw)] = raw[:SLOT_SIZE]


def look_at(board: Board) -> None:
    """All that anybody reads of a board, and makes of that."""
    snapshot = take_snapshot(board, 5, 1, 1)
    instance = snapshot.instance
    assert 0 <= instance.ready <= len(board.live_slots(wait=False)) <= SLOT_COUNT
    boot = make_boot(instance=instance)
    overall = [run_inline(c, boot, str) for c in BUILT_IN if c.needs == "instance"]
    assert not [r for r, f in Report(tuple(overall)).findings if "itself failed" in f.message]
    report = snapshot.report + Report(tuple(overall))
    for details in ("status", "areas", "all"):
        json.loads(View(report, boot).answer("health", details).body)
    Journal(logging.getLogger("tests.garbage")).tell_instance(board, report, boot)
    assert isinstance(board.state_of(os.getpid()), State)
    assert board.why + board.where is not None


def govern(board: Board) -> None:
    """What the master does with a board."""
    Accounts(board).exited(SimpleNamespace(pid=os.getpid()))
    with tempfile.TemporaryDirectory() as folder:
        arbiter = Arbiter(board, Path(folder), Machine(), memory_limit=2**29)
        arbiter.governor._alarm.start = lambda: None  # type: ignore[method-assign]
        arbiter.start(4)
        arbiter.governor.exited(arbiter, SimpleNamespace(pid=os.getpid()))


@settings(max_examples=examples(120))
@given(headers, st.lists(slots(), max_size=4))
@example(_doubles([math.inf] * 16), [])
@example(_doubles([math.nan] * 16), [])
@example(_doubles([2.0**52] * 16), [])
@example(_doubles([-1.0] * 16), [])
def test_whatever_is_in_it_everybody_can_read_it(header, spoilt):
    board = Board.private()
    spoil(board, header, spoilt)
    look_at(board)
    govern(board)
    look_at(board)


def make_slot(**details: Any) -> Slot:
    """What a worker of this process posts."""
    sample = Sample(2**20, 2**20, 0, "smaps")
    return Slot(*MINE, State.READY, posted_at=time.monotonic(), sample=sample, **details)


def posting_on(board: Board, **details: Any) -> Posting:
    """A worker that has posted."""
    posting = Posting(Place(board, board.claim()))
    posting.post(make_slot(**details))
    return posting


@settings(max_examples=examples(100))
@given(headers, st.binary(min_size=16, max_size=400))
@example(bytes(HEADER_SIZE), bytes(400))
@example(bytes(HEADER_SIZE), b"\xff" * 400)  # no sequence is after that one
def test_who_looks_puts_back_its_slot_and_the_latch_it_has_seen(header, slot):
    board = Board.private()
    posting = posting_on(board, age=7)
    assert take_snapshot(board, 5, None, None).instance.booted
    spoil(board, header, [slot])
    posting.mend(booted=True)
    assert board["booted_at"]
    assert [(slot.pid, slot.age) for slot in board.live_slots()] == [(MINE[0], 7)]
    look_at(board)


def test_nothing_is_put_back_that_is_there_or_was_never_seen():
    board = Board.private()
    posting = Posting(Place(board, board.claim()))
    posting.mend(booted=False)
    assert not board["booted_at"]
    assert [slot.state for slot in board.live_slots()] == [State.BOOTING]
    posting.post(make_slot())
    before = bytes(board._buffer[HEADER_SIZE : HEADER_SIZE + SLOT_SIZE])
    posting.mend(booted=False)
    assert bytes(board._buffer[HEADER_SIZE : HEADER_SIZE + SLOT_SIZE]) == before


def test_of_two_that_have_one_slot_the_second_to_post_takes_another():
    """One claimed it while it had garbage in it."""
    board = Board.private()
    posting = posting_on(board, age=1)
    other = replace(make_slot(age=2), pid=PARENT[0], started=PARENT[1])
    board.post(0, other)
    posting.mend(booted=False)
    assert sorted(slot.age for slot in board.live_slots()) == [1, 2]
    assert board.read(0) == other


def test_where_there_is_no_other_slot_the_one_of_another_is_left_alone(monkeypatch):
    board = Board.private()
    posting = posting_on(board, age=1)
    other = replace(make_slot(age=2), pid=PARENT[0], started=PARENT[1])
    board.post(0, other)
    monkeypatch.setattr(board, "claim", lambda: None)
    posting.post(make_slot(age=1))
    assert board.live_slots() == [other]


def test_a_slot_of_one_that_lives_is_not_taken_though_the_header_knows_of_none():
    board = Board.private()
    posting_on(board)
    board["used_slots"] = math.nan
    assert board.claim() == 1
    assert board["used_slots"] == 2


def test_a_word_that_makes_no_sense_is_not_known():
    board = Board.private()
    for value in (math.nan, math.inf, -1.0, 2.5, 1e300):
        board["target"] = value
        assert board["target"] == 0
    board["booted_at"] = 17640.25
    assert board["booted_at"] == 17640.25


anything = st.one_of(
    st.none(), st.text(min_size=1), st.integers(), st.floats(), st.just({}), st.just([1])
)


@settings(max_examples=examples(120))
@given(st.tuples(*[anything] * 7))
def test_what_a_check_says_is_posted_and_read_whatever_it_is(parts):
    """Else a live worker would look dead."""
    message, hint, where, observed, limit, unit, component = parts
    finding = fail(
        message, hint=hint, where=where, observed=observed, limit=limit, unit=unit,
        component=component,
    )  # fmt: skip
    result = scrub(make_result("a.x", finding, note="seen"), Redactor())
    assert decode_report(encode_report(Report((result,)), 10**6)) == Report((result,))


@pytest.mark.parametrize("data", [b"{}", b"[]", b"7", b'{"results":[{}]}', b'{"results":[[]]}'])
def test_what_is_no_report_says_so(data):
    with pytest.raises(ValueError, match="no report"):
        decode_report(data)
