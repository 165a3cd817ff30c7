"""Way 1: what ``install(globals())`` does to a conf."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from gunicorn.config import Config

from flask_bootcheck.gunicorn import install

ARITIES = {
    "nworkers_changed": 3,
    "post_fork": 2,
    "post_worker_init": 1,
    "worker_exit": 2,
    "child_exit": 2,
}


class Log:
    def __init__(self) -> None:
        self.lines: list[str] = []

    def error(self, text, *arguments):
        self.lines.append(text % arguments)


def leave(server, worker):
    """A hook that a conf names."""
    worker.age = "left"


@pytest.fixture(autouse=True)
def _without_settings_of_the_machine(monkeypatch):
    monkeypatch.delenv("BOOTCHECK_ENABLED", raising=False)


def test_gunicorn_takes_every_hook(seat):
    """It counts the parameters, and refuses others."""
    namespace: dict[str, Any] = {}
    install(namespace)
    assert set(ARITIES) <= set(namespace)
    cfg = Config()
    for name in ARITIES:
        cfg.set(name, namespace[name])


def test_hooks_of_the_user_run_first_also_by_their_dotted_name(seat, worker):
    calls = []
    namespace: dict[str, Any] = {
        "post_fork": lambda server, worker: calls.append("theirs"),
        "worker_exit": f"{__name__}.leave",
        "workers": 3,
    }
    install(namespace)
    namespace["post_fork"](None, worker)
    assert calls == ["theirs"]
    assert namespace["workers"] == 3
    namespace["worker_exit"](None, worker)
    assert worker.age == "left"


def test_a_hook_of_the_user_that_gunicorn_would_refuse_is_refused(seat):
    with pytest.raises(TypeError, match="arity"):
        install({"post_fork": lambda one: None})


def test_installing_twice_is_once(seat):
    calls = []
    namespace = {"post_fork": lambda server, worker: calls.append(1)}
    install(namespace)
    before = dict(namespace)
    install(namespace)
    assert namespace == before


def test_switched_off_nothing_is_touched(seat, monkeypatch):
    namespace = {"post_fork": "theirs"}
    install(namespace, enabled=False)
    monkeypatch.setenv("BOOTCHECK_ENABLED", "0")
    install(namespace)
    assert namespace == {"post_fork": "theirs"}
    assert seat.keywords == {}


def test_a_bad_setting_is_logged_and_no_server_fails_to_start_for_it(seat):
    namespace: dict[str, Any] = {}
    install(namespace, memory_limit="lots", max_worker=3)
    server = SimpleNamespace(log=Log())
    namespace["on_starting"](server)
    assert [line.split("; the default")[0] for line in server.log.lines] == [
        "bootcheck: install(): max_worker= is no setting of BootCheck: did you mean max_workers?",
        "bootcheck: install(): memory_limit= is 'lots', expected a size above 0 such as "
        "536870912, 512M or 1.5G",
    ]
    assert seat.keywords == {"memory_limit": "lots", "max_worker": 3}


def test_a_worker_takes_a_slot_when_it_is_forked_and_gives_it_up_at_its_end(seat, worker, board):
    namespace: dict[str, Any] = {}
    install(namespace)
    seat.board = board
    namespace["post_fork"](None, worker)
    assert (seat.index, board.read(0).state.name, board.read(0).age) == (0, "BOOTING", 3)
    namespace["worker_exit"](None, worker)
    assert board.read(0).state.name == "EXITING"
