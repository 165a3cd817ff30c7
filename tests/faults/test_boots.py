"""A worker that never comes up: it leaves, raises or hangs in its boot."""

from __future__ import annotations

import pytest

from ..servers.apps import INSTALL, STUCK
from ..servers.conftest import Serve
from ..servers.server import until
from .breakable import (
    BREAKABLE,
    EXITS,
    HANGS,
    LEAVES,
    RAISES,
    WAYS,
    breaks,
    changes,
    ends,
    ends_when_told,
    has_no_traceback_of_ours,
    kill,
    repair,
)
from .conftest import Watching

pytestmark = pytest.mark.server


@WAYS
@pytest.mark.fault("`os._exit` at the boot of all workers, from the start")
def test_workers_that_all_leave_at_boot_are_a_crash_loop_in_the_log(
    serve: Serve, watch: Watching, conf
):
    """No answer: gunicorn forks the next ones for ever, and nobody is there to answer. Under
    `install()` the log names `workers.crash-loop`, less and less often. 200 as soon as the app boots."""
    server = serve(BREAKABLE, "-w", "2", conf=conf, files={"broken": EXITS})

    with watch(server, timeout=1) as person:
        person.sees(lambda look: look.status == "no answer")
        if conf:
            until(lambda: "workers.crash-loop  3 workers" in server.log, 20, server)
        assert person.codes == [0]
        repair(server)
        person.settles(lambda look: look.status == "pass")
    assert server.log.count("workers.crash-loop  3 workers") == bool(conf)
    assert has_no_traceback_of_ours(server), server.log
    ends_when_told(server)


@pytest.mark.parametrize(
    ("conf", "does"),
    [(INSTALL, EXITS), (INSTALL, LEAVES), ("", EXITS)],
    ids=["way 1, os._exit", "way 1, sys.exit", "way 3, os._exit"],
)
@pytest.mark.fault(
    "SIGKILL to one worker of three, then `os._exit` or `sys.exit` at the boot of each replacement"
)
def test_replacements_that_leave_at_boot_are_a_crash_loop(
    serve: Serve, watch: Watching, conf, does
):
    """Under `install()` 503, `workers.crash-loop`, though the others serve: what is deployed does
    not boot. With the app alone `warn`: only the master hears of workers that never came up. 200 as
    soon as the app boots."""
    server = serve(BREAKABLE, "-w", "3", conf=conf)
    server.health_when(lambda answer: answer.status == 200)
    breaks(server, does)

    looping = {"workers.crash-loop"} if conf else {"workers.not-ready"}
    with watch(server) as person:
        kill(server)
        person.settles(lambda look: look.ids == looping)
        repair(server)
        person.settles(lambda look: look.status == "pass")
    assert looping <= person.ids <= {"workers.not-ready", *looping}
    assert {look.code for look in person.looks if look.code} == ({200, 503} if conf else {200})
    assert server.health().ready == 3
    told = changes(server)
    assert sum(change.endswith("-> fail") for change in told) == bool(conf)
    assert told[-1].endswith("-> pass")
    ends_when_told(server)


@WAYS
@pytest.mark.fault("an exception at import, from the start")
def test_an_app_that_raises_ends_the_start_with_code_3(serve: Serve, watch: Watching, conf):
    """Refused: gunicorn ends, with code 3. When two workers raise at once, its end fails, too, with a
    traceback of its own and code 1."""
    server = serve(BREAKABLE, "-w", "1", conf=conf, files={"broken": RAISES})

    ends(server, 3)
    with watch(server) as person:
        person.sees(lambda look: look.status == "refused")
    assert server.log.count("RuntimeError: of the app") >= 1


@WAYS
@pytest.mark.fault("SIGKILL to one worker of three, and an exception at import of its replacement")
def test_a_replacement_that_raises_ends_the_whole_server(serve: Serve, watch: Watching, conf):
    """Refused: gunicorn takes a worker that raises in its boot for a start that failed, and ends
    with code 3, with all that served."""
    server = serve(BREAKABLE, "-w", "3", conf=conf)
    server.health_when(lambda answer: answer.status == 200)
    breaks(server, RAISES)

    with watch(server) as person:
        kill(server)
        ends(server, 3)
        person.sees(lambda look: look.status == "refused")
    assert 503 not in person.codes


@pytest.mark.parametrize(
    ("conf", "worker_class"), [(INSTALL, "sync"), ("", "gthread")], ids=["way 1", "way 3"]
)
@pytest.mark.fault("one worker of four hangs at its boot, `BOOTCHECK_BOOT_TIMEOUT=3`")
def test_a_worker_stuck_in_its_boot_keeps_the_instance_down_until_the_timeout(
    serve: Serve, watch: Watching, conf, worker_class
):
    """503, booting, for `BOOTCHECK_BOOT_TIMEOUT` after the first was ready; then 200, `warn`, until the
    worker has come up. gunicorn's own `--timeout` does not cover a boot."""
    environ = {"STUCK_FROM": "3", "BOOTCHECK_BOOT_TIMEOUT": "3"}
    server = serve(STUCK, "-k", worker_class, "-w", "4", conf=conf, environ=environ)

    answer = server.health_when(lambda answer: answer.ready == 3)
    assert (answer.status, answer.data["workers"]["target"]) == (503, 4)
    assert int(answer.headers["Retry-After"]) >= 1
    assert [server.get(path).status for path in ("/healthz", "/readyz", "/livez")] == [
        503,
        503,
        200,
    ]
    assert "bootcheck: booted" not in server.log
    with watch(server) as person:
        person.sees(lambda look: look.status == "fail")
        person.sees(lambda look: look.status == "warn")
        (server.log_file.parent / "go").touch()
        person.settles(lambda look: look.status == "pass")
    assert person.codes == [503, 200]
    assert person.ids == {"workers.not-ready"}
    assert server.health().ready == 4
    assert server.log.count("bootcheck: booted") == 1
    assert changes(server) == ["warn -> pass"]
    ends_when_told(server)


@pytest.mark.fault("all workers hang at their boot, from the start")
def test_where_all_workers_hang_at_boot_nobody_answers(serve: Serve, watch: Watching):
    """No answer: nobody is there to give one, and gunicorn's own `--timeout` does not cover a boot. 200
    as soon as they have come up."""
    server = serve(BREAKABLE, "-w", "2", "--timeout", "1", conf=INSTALL, files={"broken": HANGS})

    with watch(server, timeout=1) as person:
        person.settles(lambda look: look.status == "no answer")
        assert person.codes == [0]
        repair(server)
        person.settles(lambda look: look.status == "pass")
    assert person.ids <= {"workers.not-ready"}
    assert server.health().ready == 2
    assert "WORKER TIMEOUT" not in server.log
    assert "workers.crash-loop" not in server.log
    ends_when_told(server)
