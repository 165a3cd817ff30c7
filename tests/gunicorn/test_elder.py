"""The master that SIGUSR2 was sent to."""

from __future__ import annotations

import os

import pytest

from flask_bootcheck.gunicorn.elder import is_beside_elder


@pytest.mark.parametrize(
    ("elder", "is_beside"),
    [(str(os.getppid()), True), ("1000000000", False), ("", False), ("none", False)],
    ids=["runs", "is gone", "there was none", "nonsense"],
)
def test_a_master_is_beside_the_one_that_started_it_while_that_runs(monkeypatch, elder, is_beside):
    monkeypatch.setenv("GUNICORN_PID", elder)
    assert is_beside_elder(os.getpid()) is is_beside


def test_a_master_that_is_gone_is_beside_nobody(monkeypatch):
    monkeypatch.setenv("GUNICORN_PID", str(os.getppid()))
    assert not is_beside_elder(1_000_000_000)


def test_without_the_variable_there_was_no_elder(monkeypatch):
    monkeypatch.delenv("GUNICORN_PID", raising=False)
    assert not is_beside_elder(os.getpid())
