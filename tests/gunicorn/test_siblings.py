"""How many workers there are, for one that cannot ask the master."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from flask_bootcheck.gunicorn.siblings import Siblings


@pytest.fixture
def clock(monkeypatch):
    """Monotonic seconds that a test sets."""

    class Clock:
        now = 100.0

    monkeypatch.setattr("flask_bootcheck.gunicorn.siblings.time.monotonic", lambda: Clock.now)
    return Clock


def test_a_count_counts_once_it_has_stayed_for_a_while(clock, monkeypatch):
    siblings = Siblings(1)
    counts = iter([4, 4, 4, 3, 4, 3, 3])
    monkeypatch.setattr(Siblings, "_read", lambda self: next(counts))
    seen = []
    for step in (0.0, 1.0, 1.5, 1.0, 1.0, 5.0, 2.0):
        clock.now += step
        seen.append(siblings.settled())
    assert seen == [None, None, 4, None, None, None, 3]


def test_the_children_of_a_process_are_counted(clock):
    siblings = Siblings(os.getpid())
    before = len(siblings._path.read_text().split())
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE):
        siblings.settled()
        clock.now += 3
        assert siblings.settled() == before + 1


def test_where_proc_does_not_say_nothing_is_known(clock):
    with subprocess.Popen(["true"]) as gone:
        gone.wait()
    siblings = Siblings(gone.pid)
    siblings.settled()
    clock.now += 3
    assert siblings.settled() is None
