"""A check of the user's that does what no check should."""

from __future__ import annotations

import os
import signal

import pytest

from ..servers.apps import INSTALL, PLAIN
from ..servers.conftest import Serve
from ..servers.server import Server, members, until
from .conftest import Watching

pytestmark = pytest.mark.server

WAYS = pytest.mark.parametrize("conf", [INSTALL, ""], ids=["way 1", "way 3"])
PATIENCE = {"BOOTCHECK_TIMEOUT": "1"}


def with_check(body: str, stage: str = "LIVE") -> str:
    """An app whose check passes, until a file appears: then it does this."""
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    return f"""{PLAIN}
import signal, sys, time
from flask_bootcheck import Finding, Stage, fail

@bootcheck.check("queue.stuck", stage=Stage.{stage})
def queue_moves():
    if not os.path.exists("broken"):
        return
{lines}
"""


def breaks(server: Server) -> None:
    """From now on the check does it."""
    server.log_file.with_name("broken").touch()


def is_repaired(server: Server) -> None:
    server.log_file.with_name("broken").unlink()


# -- what it says ----------------------------------------------------------------------------------


JUNK = """
yield Finding('purple', {1: 2}, hint=object(), where=3.4, limit=[1], unit=None)
yield b'x', [[]], {}, fail('x', observed=float('nan'), limit=10 ** 5000)
"""


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("return 3", "warn"),
        ("while True: yield None", "warn"),
        ("while True: yield fail('stuck' * 50)", "fail"),
        ("yield 'x' * 50_000_000; yield fail('y' * 50_000_000)", "fail"),
        (JUNK, "fail"),
    ],
    ids=["number", "endless", "findings", "huge", "junk"],
)
@pytest.mark.fault("a check that returns rubbish")
def test_a_check_that_returns_rubbish(serve: Serve, watch: Watching, body, said):
    """`warn` when it says nothing, or never ends; 503 when it tells of a trouble, however garbled. Texts
    are cut, and of a thousand things the first are heard. All is well again when the check is."""
    server = serve(with_check(body), environ=PATIENCE)
    server.health_when(lambda answer: answer.status == 200)
    with watch(server) as person:
        breaks(server)
        person.sees(lambda look: look.status == said and look.ids == {"queue.stuck"})
        is_repaired(server)
        person.sees(lambda look: look.status == "pass")
    assert person.ids == {"queue.stuck"}
    assert "Traceback" not in server.log
    assert len(server.log) < 30_000


@pytest.mark.parametrize(
    ("body", "said", "stage"),
    [
        ("sys.exit('bye')", "SystemExit: bye", "LIVE"),
        ("sys.exit('bye')", "SystemExit: bye", "APP"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt", "LIVE"),
        ("raise GeneratorExit", "GeneratorExit", "APP"),
        ("return queue_moves()", "RecursionError", "LIVE"),
    ],
    ids=["sys.exit", "sys.exit at boot", "KeyboardInterrupt", "GeneratorExit at boot", "recursion"],
)
@pytest.mark.fault(
    "a check that calls `sys.exit`, raises any `BaseException`, or recurses without end"
)
def test_a_check_that_exits_or_raises_anything(serve: Serve, watch: Watching, body, said, stage):
    """503 with the name of the error, and the app serves on. At boot the worker is not ready, and looks
    again at each TTL."""
    server = serve(with_check(body, stage), files={"broken": ""} if stage == "APP" else None)
    with watch(server) as person:
        if stage == "LIVE":
            person.sees(lambda look: look.status == "pass")
            breaks(server)
        person.sees(lambda look: look.code == 503 and "queue.stuck" in look.ids)
        answer = server.health_when(lambda answer: said.encode() in answer.body)
        assert answer.status == 503
        assert server.get("/pid").status == 200
        is_repaired(server)
        person.sees(lambda look: look.status == "pass")
    assert person.ids <= {"queue.stuck", "workers.not-ready"}
    assert len(server.workers) == 1
    assert "Traceback" not in server.log


# -- what it does to its process ---------------------------------------------------------------------


@WAYS
@pytest.mark.fault("a check that ends its worker (`os._exit`), until it is repaired")
def test_a_check_that_ends_its_worker(serve: Serve, watch: Watching, conf):
    """Connections are lost: gunicorn forks one worker after the other, each runs the check and is gone,
    and its log counts them. Nobody can catch that. 200 once the check is repaired."""
    server = serve(with_check("os._exit(1)"), "-w", "2", conf=conf)
    server.health_when(lambda answer: answer.status == 200)
    with watch(server) as person:
        breaks(server)
        person.sees(lambda look: not look.code)
        until(lambda: server.log.count("exited with code 1") > 2, 20, server)
        is_repaired(server)
        person.settles(lambda look: look.status == "pass")
    assert set(person.codes) <= {200, 0, 503}
    assert person.ids <= {"workers.not-ready", "queue.stuck"}


@pytest.mark.fault("a boot check that ends its worker (`os._exit`)")
def test_a_boot_check_that_ends_its_worker_is_a_crash_loop(serve: Serve, watch: Watching):
    """No answer, for as long as it does: the log says `workers.crash-loop`, at the third worker and less
    and less often. 200 once the check is repaired."""
    files = {"broken": ""}
    server = serve(with_check("os._exit(1)", "APP"), "-w", "2", conf=INSTALL, files=files)
    with watch(server) as person:
        until(lambda: "workers.crash-loop  3 workers" in server.log, 20, server)
        is_repaired(server)
        person.settles(lambda look: look.status == "pass")
    assert person.looks[0].code in (0, 503)
    assert server.log.count("workers.crash-loop") < 4


@pytest.mark.parametrize(
    ("worker", "child"),
    [
        ("sync", "return False"),
        ("sync", "sys.exit(0)"),
        ("sync", "time.sleep(1.5)"),
        ("gevent", "return False"),
        ("gevent", "time.sleep(0.3)"),
    ],
    ids=["returns", "exits", "lingers", "returns, gevent", "lingers, gevent"],
)
@pytest.mark.fault("a check that forks")
def test_the_child_of_a_check_is_no_worker(serve: Serve, watch: Watching, child, worker):
    """200 all the time, all workers counted: the child posts nothing and answers nobody. Where threads
    are green it finds that its parent is not the master, and ends, with the connection it may have
    taken meanwhile."""
    body = f"""
child = os.fork()
if child == 0:
    print("a child", flush=True)
    {child}
"""
    server = serve(with_check(body), "-w", "2", "-k", worker)
    server.health_when(lambda answer: answer.status == 200)
    server.hear_all()
    with watch(server) as person:
        breaks(server)
        until(lambda: server.log.count("a child") > 3, 20, server)
        is_repaired(server)
        person.settles(lambda look: look.status == "pass")
    assert {look.code for look in person.looks} <= ({200} if worker == "sync" else {200, 0})
    assert person.ids == set()
    assert server.health().ready == 2
    known = {server.master, *server.workers}
    until(lambda: set(members(server.process_group)) == known, 20, server)


@pytest.mark.parametrize("stage", ["LIVE", "APP"])
@pytest.mark.fault("a check that changes the handler of SIGTERM")
def test_a_check_cannot_change_signal_handlers(serve: Serve, watch: Watching, stage):
    """503, `ValueError: signal only works in main thread`: a check has a thread of its own, at boot too.
    The worker ends at SIGTERM as ever. Under gevent and eventlet a check runs in the main thread: there
    it could, and gunicorn would kill that worker after its `--graceful-timeout`."""
    body = "signal.signal(signal.SIGTERM, signal.SIG_IGN)"
    files = {"broken": ""}
    server = serve(with_check(body, stage), "-w", "2", "--graceful-timeout", "60", files=files)
    with watch(server) as person:
        person.settles(lambda look: look.code == 503 and "queue.stuck" in look.ids)
    assert b"signal only works in main thread" in server.health().body
    server.signal(signal.SIGTERM)
    assert server.wait(20) == 0


@pytest.mark.fault("a check that blocks all signals")
def test_a_check_that_blocks_signals_blocks_them_for_itself(serve: Serve, watch: Watching):
    """200 all the time, and the worker ends at SIGTERM: the check's thread alone is deaf."""
    body = "signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())"
    server = serve(with_check(body), "-w", "2", "--graceful-timeout", "60", files={"broken": ""})
    server.health_when(lambda answer: answer.status == 200)
    before = server.workers
    with watch(server) as person:
        os.kill(before[0], signal.SIGTERM)
        until(lambda: len(server.workers) == 2 and before[0] not in server.workers, 20, server)
        person.settles(lambda look: look.status == "pass")
    assert person.codes == [200]
