"""What the instance says in the log, and that one worker says it."""

from __future__ import annotations

import logging
from types import SimpleNamespace

import pytest

from flask_bootcheck.board import Board
from flask_bootcheck.boot import Instance
from flask_bootcheck.findings import Report, fail, warn
from flask_bootcheck.journal import Journal

from .helpers import make_boot, make_result

PASS = Report((make_result("a.x", note="fine"),))
WARN = Report((make_result("a.x", warn("odd")),))
FAIL = Report((make_result("a.x", fail("gone", hint="look")), make_result("b.x", note="fine")))
LOGGER = logging.getLogger("tests.journal")


def booted(**details):
    return make_boot(instance=Instance(**{"ready": 2, "target": 2, **details}))


@pytest.fixture
def journal(caplog):
    """A journal, and what it wrote: the level and the first line of each record."""
    caplog.set_level(logging.DEBUG, LOGGER.name)

    def lines():
        return [(r.levelname, r.getMessage().splitlines()[0]) for r in caplog.records]

    return SimpleNamespace(tell=Journal(LOGGER), lines=lines, board=Board.anonymous())


def test_the_boot_is_told_once_and_after_it_each_change_of_status(journal):
    for report in (PASS, PASS, FAIL, FAIL, WARN, PASS):
        journal.tell.tell_instance(journal.board, report, booted())
    assert journal.lines() == [
        ("INFO", "bootcheck: booted, PASS: 1 passed"),
        ("ERROR", "bootcheck: pass -> fail | FAIL  a.x  gone; look"),
        ("WARNING", "bootcheck: fail -> warn | WARN  a.x  odd"),
        ("INFO", "bootcheck: warn -> pass"),
    ]


def test_of_all_workers_one_tells(journal):
    other = Journal(LOGGER)
    for report in (FAIL, PASS):
        for one in (journal.tell, other):
            one.tell_instance(journal.board, report, booted())
    assert [level for level, _ in journal.lines()] == ["ERROR", "INFO"]


@pytest.mark.parametrize(
    ("details", "told"),
    [
        ({"booted": False, "waited": 5}, False),
        ({"booted": False, "waited": 31}, True),
        ({"booted": False, "waited": 5, "target": None}, True),
    ],
)
def test_nothing_is_told_of_an_instance_that_still_boots(journal, details, told):
    journal.tell.tell_instance(journal.board, PASS, booted(**details))
    assert bool(journal.lines()) is told


@pytest.mark.parametrize(("word", "report"), [("announced", PASS), ("logged_status", FAIL)])
def test_who_is_second_to_the_lock_tells_nothing(journal, monkeypatch, word, report):
    """Both saw that nobody had told it yet."""
    if word == "logged_status":
        journal.tell.tell_instance(journal.board, PASS, booted())
    before = journal.lines()

    def other_was_first(board):
        board[word] = 1 if word == "announced" else report.status + 1
        return True

    monkeypatch.setattr(Board, "_acquire", other_was_first)
    journal.tell.tell_instance(journal.board, report, booted())
    assert journal.lines() == before


def test_who_cannot_have_the_lock_tells_nothing_now_and_later_the_same(journal, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(Board, "_acquire", lambda self: False)
        journal.tell.tell_instance(journal.board, PASS, booted())
    assert journal.lines() == []
    journal.tell.tell_instance(journal.board, PASS, booted())
    assert len(journal.lines()) == 1


def test_a_worker_that_fails_is_told_with_what_fails_alone(journal, caplog):
    journal.tell.tell_worker(4711, FAIL)
    ((level, title),) = journal.lines()
    assert level == "ERROR"
    assert title.startswith("bootcheck: worker 4711 ")
    rest = caplog.records[0].getMessage().removeprefix(title)
    assert "b" not in rest.split()


def test_a_logger_that_was_switched_off_is_bypassed(journal, capsys, monkeypatch):
    """As Alembic's fileConfig does with every logger it does not know."""
    monkeypatch.setattr(LOGGER, "disabled", True)
    journal.tell.tell_instance(journal.board, FAIL, booted())
    assert journal.lines() == []
    assert capsys.readouterr().err.startswith("bootcheck: booted, FAIL: 1 failed")


def test_a_percent_sign_is_text(journal):
    journal.tell.tell_instance(
        journal.board, Report((make_result("a.x", fail("%s %d")),)), booted()
    )
    assert journal.lines()[0][0] == "ERROR"
