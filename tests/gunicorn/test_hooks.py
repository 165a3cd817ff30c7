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


class Server:
    """A master that has read a conf."""

    def __init__(self, namespace: dict[str, Any] | None = None) -> None:
        self.log, self.cfg = Log(), Config()
        self.WORKERS: dict[int, object] = {}
        self.app = SimpleNamespace(app_uri="main:app")
        for name, value in (namespace or {}).items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)
        self.num_workers = self.cfg.workers

    def start(self) -> None:
        """As far as its own hooks."""
        self.cfg.nworkers_changed(self, self.num_workers, None)
        self.cfg.on_starting(self)
        self.cfg.when_ready(self)


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


HOOKS = ("nworkers_changed", "on_starting", "when_ready", "post_fork", "child_exit", "on_exit")


@pytest.mark.parametrize(
    "replaced",
    [HOOKS[:1], HOOKS[1:2], HOOKS[:2], HOOKS[2:], HOOKS[:2] + HOOKS[3:]],
    ids="+".join,
)
@pytest.mark.parametrize("is_kept", [False, True], ids=["replaced", "called by theirs"])
def test_hooks_that_a_conf_defines_below_our_line_run_and_so_do_ours(
    seat, board, worker, replaced, is_kept
):
    """As long as one of ours is left that runs in the master before it forks."""
    calls: list[str] = []
    namespace: dict[str, Any] = {"workers": 3}
    install(namespace)

    def below(name):
        kept = namespace[name]

        def theirs(*given):
            calls.append(name)
            if is_kept:
                kept(*given)

        arity = ARITIES.get(name, 1)
        return {
            1: lambda one: theirs(one),
            2: lambda one, two: theirs(one, two),
            3: lambda one, two, three: theirs(one, two, three),
        }[arity]

    namespace.update({name: below(name) for name in replaced})
    server = Server(namespace)
    server.start()
    server.cfg.post_fork(server, worker)
    server.cfg.on_exit(server)

    ran = [name for name in replaced if name != "child_exit"]
    assert sorted(set(calls)) == sorted(ran)
    assert seat.board["target"] == 3
    assert seat.board["used_slots"] == 1


def test_a_reload_is_seen_to_as_well(seat, board, worker):
    """gunicorn has a new configuration then."""
    for workers in (3, 2):
        namespace: dict[str, Any] = {"workers": workers}
        install(namespace)
        namespace["post_fork"] = lambda server, worker: None
        server = Server(namespace)
        server.start()
        server.cfg.post_fork(server, worker)
        assert seat.board["target"] == workers
    assert seat.board["used_slots"] == 2


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
    server = Server()
    namespace["on_starting"](server)
    misspelt, wrong = server.log.lines
    assert misspelt.startswith("bootcheck: install(): max_worker= ")
    assert "max_workers" in misspelt
    assert wrong.startswith("bootcheck: install(): memory_limit= is 'lots', expected ")
    assert seat.keywords == {"memory_limit": "lots", "max_worker": 3}


def test_a_worker_takes_a_slot_when_it_is_forked_and_gives_it_up_at_its_end(seat, worker, board):
    namespace: dict[str, Any] = {}
    install(namespace)
    seat.board = board
    namespace["post_fork"](None, worker)
    assert (seat.index, board.read(0).state.name, board.read(0).age) == (0, "BOOTING", 3)
    namespace["worker_exit"](None, worker)
    assert board.read(0).state.name == "EXITING"
