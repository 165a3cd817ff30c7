"""Our part of a hook goes behind the user's, and never in its way."""

from __future__ import annotations

import inspect
import logging

import pytest
from gunicorn.config import Config

from flask_bootcheck.errors import BootCheckError
from flask_bootcheck.gunicorn.wrap import after_hook, chain, guarded


@pytest.mark.parametrize("arity", [1, 2, 3])
def test_theirs_runs_first_and_both_get_the_arguments(arity):
    calls = []
    hook = chain(
        lambda *given: calls.append(("theirs", given)),
        lambda *given: calls.append(("ours", given)),
        arity,
    )
    given = tuple(range(arity))
    hook(*given)
    assert calls == [("theirs", given), ("ours", given)]
    assert len(inspect.signature(hook).parameters) == arity, "gunicorn counts them"


def test_when_theirs_raises_it_is_as_without_us():
    ran = []

    def theirs(worker):
        raise SystemExit(3)

    with pytest.raises(SystemExit):
        chain(theirs, lambda worker: ran.append(worker), 1)("w")
    assert ran == []


def test_when_ours_raises_it_is_logged_and_goes_no_further(caplog):
    with caplog.at_level(logging.ERROR, "gunicorn.error"):
        guarded(lambda: 1 / 0)()
    assert "our part of a hook failed" in caplog.text
    assert "ZeroDivisionError" in caplog.text


def test_what_the_user_asked_to_stop_the_start_does_stop_it():
    def stop():
        raise BootCheckError("a check fails")

    with pytest.raises(BootCheckError):
        guarded(stop)()


@pytest.mark.parametrize(("name", "arguments"), [("post_worker_init", "w"), ("worker_exit", "sw")])
def test_a_hook_of_a_configuration_in_use_is_kept_too(name, arguments):
    cfg, calls = Config(), []
    theirs = {
        "post_worker_init": lambda worker: calls.append("theirs"),
        "worker_exit": lambda server, worker: calls.append("theirs"),
    }
    cfg.set(name, theirs[name])
    after_hook(cfg, name, lambda *given: calls.append("".join(given)))
    getattr(cfg, name)(*arguments)
    assert calls == ["theirs", arguments]
