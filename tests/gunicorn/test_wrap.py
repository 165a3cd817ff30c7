"""Our part of a hook goes behind the user's, and never in its way."""

from __future__ import annotations

import inspect
import logging

import pytest
from gunicorn.config import Config

from flask_bootcheck.errors import BootCheckError
from flask_bootcheck.gunicorn.wrap import Ours, chain, chain_missing


@pytest.mark.parametrize("arity", [1, 2, 3])
def test_theirs_runs_first_and_both_get_the_arguments(arity):
    calls = []
    hook = chain(
        lambda *given: calls.append(("theirs", given)),
        Ours(lambda *given: calls.append(("ours", given)), arity),
    )
    given = tuple(range(arity))
    hook(*given)
    assert calls == [("theirs", given), ("ours", given)]
    assert len(inspect.signature(hook).parameters) == arity, "gunicorn counts them"


def test_when_theirs_raises_it_is_as_without_us():
    ran: list[object] = []

    def theirs(worker):
        raise SystemExit(3)

    with pytest.raises(SystemExit):
        chain(theirs, Ours(ran.append, 1))("w")
    assert ran == []


def test_when_ours_raises_it_is_logged_and_goes_no_further(caplog):
    with caplog.at_level(logging.ERROR, "gunicorn.error"):
        Ours(lambda: 1 / 0, 1)()
    assert "our part of a hook failed" in caplog.text
    assert "ZeroDivisionError" in caplog.text


def test_what_the_user_asked_to_stop_the_start_does_stop_it():
    def stop():
        raise BootCheckError("a check fails")

    with pytest.raises(BootCheckError):
        Ours(stop, 1)()


@pytest.mark.parametrize(("name", "arguments"), [("post_worker_init", "w"), ("worker_exit", "sw")])
def test_a_hook_of_a_configuration_in_use_is_kept_too(name, arguments):
    cfg, calls = Config(), []
    theirs = {
        "post_worker_init": lambda worker: calls.append("theirs"),
        "worker_exit": lambda server, worker: calls.append("theirs"),
    }
    cfg.set(name, theirs[name])
    ours = Ours(lambda *given: calls.append("".join(given)), len(arguments))
    chain_missing(cfg, {name: ours})
    getattr(cfg, name)(*arguments)
    assert calls == ["theirs", arguments]


def test_what_is_there_already_is_not_chained_again():
    """Neither where it is the hook, nor where a hook of the user calls it."""
    cfg = Config()
    calls: list[object] = []
    ours = Ours(calls.append, 1)
    chain_missing(cfg, {"post_worker_init": ours})
    kept = cfg.post_worker_init
    chain_missing(cfg, {"post_worker_init": ours})
    assert cfg.post_worker_init is kept

    def theirs(worker):
        kept(worker)

    cfg.set("post_worker_init", theirs)
    chain_missing(cfg, {"post_worker_init": ours})
    cfg.post_worker_init("w")
    assert calls == ["w"]
