"""The log: one block for the boot, one for each failing worker, one line for each later change."""

from __future__ import annotations

import re

import pytest

from .apps import INSTALL, PLAIN, SWITCH
from .conftest import Serve
from .server import Server, until

pytestmark = pytest.mark.server

WAYS = pytest.mark.parametrize("conf", [INSTALL, ""], ids=["way 1", "way 3"])
#: Whether a limit is found depends on the machine, and would be a warning.
LIMIT = {"BOOTCHECK_MEMORY_LIMIT": "64G"}
#: What Alembic does to the loggers it does not know.
FILE_CONFIG = """
import logging.config
logging.config.fileConfig("logging.ini")
"""
LOGGING_INI = """
[loggers]
keys = root
[handlers]
keys =
[formatters]
keys =
[logger_root]
level = WARNING
handlers =
"""


def ask_everybody(server: Server) -> None:
    """Until each worker has answered for itself, and for the instance."""
    waiting = set(server.workers)

    def ask() -> bool:
        waiting.discard(int(server.get("/pid").body))
        server.get()
        return not waiting

    until(ask, 20, server)


@WAYS
@pytest.mark.parametrize("preload", [(), ("--preload",)], ids=["forked", "preload"])
def test_a_boot_of_four_workers_is_one_block(serve: Serve, conf, preload):
    server = serve(PLAIN, "-w", "4", *preload, conf=conf, environ=LIMIT)

    until(lambda: "bootcheck: booted" in server.log, 20, server)  # nobody has asked yet
    assert server.health().status == 200
    ask_everybody(server)
    server.stop()
    assert server.log.count("bootcheck: booted on gunicorn") == 1
    block = server.log.partition("bootcheck: booted")[2]
    assert re.match(r" on gunicorn [\d.]+ sync, PASS: \d+ passed\n", block)
    assert "  blueprints   0 registered, 2 routes\n" in block
    assert "  workers      4 of 4 workers ready" in block
    assert "bootcheck: worker" not in server.log
    assert " -> " not in server.log


@WAYS
def test_each_failing_worker_is_one_block_however_often_it_tries_again(serve: Serve, conf):
    source = PLAIN + (
        "\nfrom flask_bootcheck import Stage\n"
        "@bootcheck.check('cache.cold', stage=Stage.APP)\n"
        "def cache_is_warm():\n"
        "    with open('tries', 'a') as file: print(os.getpid(), file=file)\n"
        "    raise ValueError('no cache')\n"
    )
    server = serve(source, "-w", "2", conf=conf, environ={"BOOTCHECK_TTL": "0.2"})
    tries = server.log_file.parent / "tries"

    def each_has_tried_three_times() -> bool:
        server.get()
        pids = tries.read_text("ascii").split() if tries.exists() else []
        return all(pids.count(str(pid)) >= 3 for pid in server.workers)

    until(lambda: len(server.workers) == 2, 20, server)
    until(each_has_tried_three_times, 20, server)
    assert server.health().failing >= {"cache.cold"}
    for pid in server.workers:
        assert server.log.count(f"bootcheck: worker {pid} ") == 1
    assert server.log.count("FAIL  cache.cold  ValueError: no cache") == 2
    assert "bootcheck: booted" not in server.log


@WAYS
def test_each_change_of_status_is_one_line_naming_the_check(serve: Serve, conf):
    server = serve(SWITCH, "-w", "4", conf=conf, environ=LIMIT)
    until(lambda: "bootcheck: booted" in server.log, 20, server)
    broken = server.log_file.parent / "broken"

    broken.touch()
    server.health_when(lambda answer: answer.status == 503)
    ask_everybody(server)
    broken.unlink()
    server.health_when(lambda answer: answer.status == 200)
    until(lambda: server.get().status == 200 and "fail -> pass" in server.log, 10, server)
    ask_everybody(server)
    server.stop()
    lines = [line for line in server.log.splitlines() if "->" in line]
    assert len(lines) == 2, lines
    assert "bootcheck: pass -> fail | FAIL  queue.stuck  " in lines[0]
    assert lines[1].endswith("bootcheck: fail -> pass")


@WAYS
def test_disabled_loggers_do_not_swallow_the_boot(serve: Serve, conf):
    files = {"logging.ini": LOGGING_INI}
    server = serve(PLAIN + FILE_CONFIG, "-w", "2", conf=conf, files=files, environ=LIMIT)

    until(lambda: "bootcheck: booted" in server.log, 20, server)
    ask_everybody(server)
    assert server.log.count("bootcheck: booted") == 1


def test_disabled_loggers_do_not_swallow_a_failing_worker(serve: Serve):
    files = {"logging.ini": LOGGING_INI}
    environ = {"BOOTCHECK_BLUEPRINTS": "cart"}
    server = serve(PLAIN + FILE_CONFIG, "-w", "1", files=files, environ=environ)

    until(lambda: "FAIL  blueprints.missing  blueprint 'cart'" in server.log, 20, server)
