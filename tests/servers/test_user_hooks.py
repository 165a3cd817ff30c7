"""A conf whose hooks print, raise, or are defined below our line: all as without us."""

from __future__ import annotations

import pytest

from .apps import INSTALL, PLAIN
from .conftest import Serve
from .server import until

pytestmark = pytest.mark.server

FLAG = ("-c", "python:flask_bootcheck.gunicorn.conf")
ALL = """
def note(name):
    with open("hooks", "a") as file:
        file.write(f"{name}\\n")
    print("printed by", name, flush=True)

def on_starting(server): note("on_starting")
def nworkers_changed(server, new, old): note(f"nworkers_changed {new} {old}")
def when_ready(server): note("when_ready")
def pre_fork(server, worker): note("pre_fork")
def post_fork(server, worker): note("post_fork")
def post_worker_init(worker): note("post_worker_init")
def pre_request(worker, req): note("pre_request")
def post_request(worker, req, environ, resp): note("post_request")
def worker_exit(server, worker): note("worker_exit")
def child_exit(server, worker): note("child_exit")
def on_exit(server): note("on_exit")
"""
BELOW = INSTALL + ALL
#: Called through: the hook below has kept ours and calls it.
THROUGH = (
    INSTALL
    + """
_ours = post_fork, post_worker_init, nworkers_changed
"""
    + ALL
    + """
def post_fork(server, worker): note("post_fork"); _ours[0](server, worker)
def post_worker_init(worker): note("post_worker_init"); _ours[1](worker)
def nworkers_changed(server, new, old): note(f"nworkers_changed {new} {old}"); _ours[2](server, new, old)
"""
)
CONFS = {
    "plain gunicorn": (ALL, ()),
    "above": (ALL + INSTALL, ()),
    "below": (BELOW, ()),
    "through": (THROUGH, ()),
    "flag": (ALL, FLAG),
}


def ran(serve: Serve, conf: str, flag: tuple[str, ...]) -> tuple[list[str], int]:
    """The hooks that ran from start to end, in order, and the exit code."""
    server = serve(PLAIN, *flag, "-w", "1", conf=conf)
    server.health_when(lambda answer: answer.status == 200)
    server.stop()
    hooks = (server.log_file.parent / "hooks").read_text("utf-8").splitlines()
    assert server.log.count("printed by") == len(hooks)
    asked = {"pre_request", "post_request"}
    return [name for name in hooks if name not in asked], server.wait()


@pytest.fixture(scope="module")
def expected() -> list[str]:
    """Without us: gunicorn's own order."""
    return [
        "nworkers_changed 1 None",
        "on_starting",
        "when_ready",
        "pre_fork",
        "post_fork",
        "post_worker_init",
        "worker_exit",
        "child_exit",
        "on_exit",
    ]


@pytest.mark.parametrize(("conf", "flag"), CONFS.values(), ids=CONFS)
def test_every_hook_of_the_user_runs_in_its_order_wherever_our_line_is(
    serve: Serve, conf, flag, expected
):
    """What our governor sets is not told to the user's hook a second time as news of another count."""
    hooks, code = ran(serve, conf, flag)
    assert list(dict.fromkeys(hooks)) == expected
    assert code == 0


#: All but those of the master that come before the first fork.
BELOW_IN_PART = INSTALL + ALL.replace("def when_ready(", "def unused(")


@pytest.mark.parametrize("conf", [BELOW_IN_PART, THROUGH], ids=["below", "through"])
def test_ours_are_in_all_the_same_and_once(serve: Serve, conf):
    server = serve(PLAIN, "-w", "2", conf=conf)
    answer = server.health_when(lambda answer: answer.status == 200 and answer.ready == 2)
    workers = answer.data["workers"]
    assert (workers["target"], workers["configured"], workers["booting"]) == (2, 2, 0)
    assert "workers.governor-off" not in answer.warning
    assert server.shared_boards == [], "the hooks of the master are in: no board in a file"


def test_when_the_conf_has_replaced_all_of_them_the_app_alone_does_what_it_can(serve: Serve):
    server = serve(PLAIN, "-w", "2", conf=BELOW)
    answer = server.health_when(lambda answer: answer.status == 200 and answer.ready == 2)
    (finding,) = answer.data["checks"]["workers.governor-off"]
    assert finding["status"] == "warn"
    assert "install(globals())" in finding["output"]


#: A hook that raises, and gunicorn's exit code for that.
RAISING = {
    "on_starting(server)": 1,
    "when_ready(server)": 1,
    "post_fork(server, worker)": 3,
    "post_worker_init(worker)": 3,
}


@pytest.mark.parametrize("way", ["plain gunicorn", "above", "below", "flag"])
@pytest.mark.parametrize(("hook", "code"), RAISING.items(), ids=RAISING)
def test_what_a_hook_raises_ends_the_start_as_without_us(serve: Serve, hook, code, way):
    theirs = f"def {hook}: raise RuntimeError('of the user')\n"
    conf = {"above": theirs + INSTALL, "below": INSTALL + theirs}.get(way, theirs)
    server = serve(PLAIN, *(FLAG if way == "flag" else ()), "-w", "1", conf=conf)

    until(lambda: server._process.poll() is not None, 20, server)
    assert server.wait() == code
    assert "of the user" in server.log


@pytest.mark.parametrize("way", ["plain gunicorn", "above", "below", "flag"])
def test_a_hook_that_exits_ends_the_start_with_its_code(serve: Serve, way):
    theirs = "import sys\ndef on_starting(server): sys.exit(42)\n"
    conf = {"above": theirs + INSTALL, "below": INSTALL + theirs}.get(way, theirs)
    server = serve(PLAIN, *(FLAG if way == "flag" else ()), "-w", "1", conf=conf)
    assert server.wait() == 42
