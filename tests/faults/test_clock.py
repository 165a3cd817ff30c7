"""The clock of the machine is set while it serves. Nothing is decided by it: it is for showing."""

from __future__ import annotations

import pytest

from ..servers.apps import INSTALL, STUCK, SWITCH
from ..servers.conftest import Serve
from ..servers.server import Server
from .conftest import Watching

pytestmark = pytest.mark.server

WAYS = pytest.mark.parametrize("conf", [INSTALL, ""], ids=["way 1", "way 3"])
HOUR = 3600

#: Before an app: its clock goes wrong by as many seconds as a file says, for all workers at once.
CLOCK = """
import time
from pathlib import Path

_right = time.time

def _as_set():
    try:
        return _right() + float(Path("clock").read_text())
    except OSError:
        return _right()

time.time = _as_set
"""


def set_clock(server: Server, seconds: int) -> None:
    """In one moment for all workers."""
    new = server.log_file.with_name("clock.new")
    new.write_text(str(seconds))
    new.rename(new.with_name("clock"))


@WAYS
@pytest.mark.fault("clock set back an hour while a check fails, and a worker that does not notice")
def test_a_failure_from_before_the_clock_was_set_back_does_not_stay(
    serve: Serve, watch: Watching, conf
):
    """503 while the check fails, and 200 soon after it passes, as ever: a failure that a worker has
    posted before, and cannot take back since it is stopped, is not of the future."""
    server = serve(CLOCK + SWITCH, "-w", "2", conf=conf)
    broken = server.log_file.with_name("broken")
    server.health_when(lambda answer: answer.status == 200)
    server.hear_all()
    broken.touch()
    with watch(server) as before:
        before.settles(lambda look: look.ids == {"queue.stuck"})

    set_clock(server, -HOUR)
    with server.alone(server.workers[0]), watch(server) as person:
        person.sees(lambda look: look.code == 503)
        broken.unlink()
        person.settles(lambda look: look.status == "pass")
    assert person.codes == [503, 200]
    assert person.ids == {"queue.stuck"}


@WAYS
@pytest.mark.fault("clock set forward an hour, then back two")
def test_the_clock_may_jump_while_it_serves(serve: Serve, watch: Watching, conf):
    """200 all the time. A check that fails then is seen at the next look, and forgotten as soon."""
    server = serve(CLOCK + SWITCH, conf=conf)
    broken = server.log_file.with_name("broken")
    server.health_when(lambda answer: answer.status == 200)

    with watch(server) as person:
        for seconds in (HOUR, -HOUR):
            set_clock(server, seconds)
            person.settles(lambda look: look.status == "pass")
            broken.touch()
            person.sees(lambda look: look.ids == {"queue.stuck"})
            broken.unlink()
            person.sees(lambda look: look.status == "pass")
    assert person.codes == [200, 503, 200, 503, 200]


@WAYS
@pytest.mark.fault("clock set back an hour during the boot of two workers, of which one hangs")
def test_the_wait_for_the_last_worker_ends_though_the_clock_was_set_back(
    serve: Serve, watch: Watching, conf
):
    """503 while booting, `warn` and 200 after `BOOTCHECK_BOOT_TIMEOUT`, and not an hour later."""
    environ = {"STUCK_FROM": "1", "BOOTCHECK_BOOT_TIMEOUT": "4"}
    server = serve(CLOCK + STUCK, "-w", "2", conf=conf, environ=environ)
    server.health_when(lambda answer: answer.ready == 1)
    set_clock(server, -HOUR)

    with watch(server) as person:
        person.settles(lambda look: look.status == "warn")
        server.log_file.with_name("go").touch()
        person.settles(lambda look: look.status == "pass")
    assert person.codes[-1:] == [200]
    assert person.codes in ([503, 200], [200])
    assert person.ids == {"workers.not-ready"}
