"""The report in the log."""

from __future__ import annotations

from flask_bootcheck.boot import Server
from flask_bootcheck.findings import Report, Status, fail, warn
from flask_bootcheck.formats.log import boot_block, change_line, worker_block

from ..helpers import make_boot, make_result

REPORT = Report(
    (
        make_result("a.x", warn("odd", hint="look"), fail("bare")),
        make_result("b.x", fail("gone", hint="find it", where="b.py:1")),
        make_result("c.x", note="fine"),
    )
)


def test_the_boot_is_a_block_with_the_server():
    boot = make_boot(server=Server("gunicorn", "27.0.1", "gthread"))
    lines = boot_block(REPORT, boot).splitlines()
    title = "bootcheck: booted on gunicorn 27.0.1 gthread, FAIL: 2 failed, 1 passed"
    assert lines[0] == title
    assert lines[-1] == "  c            fine"
    assert all(line.startswith("  ") for line in lines[1:])
    assert boot_block(REPORT, make_boot()).startswith("bootcheck: booted, FAIL")


def test_a_worker_tells_what_fails_and_nothing_else():
    lines = worker_block(7, REPORT).splitlines()
    assert lines[0] == "bootcheck: worker 7 does not boot whole"
    assert "FAIL  a.x  bare" in lines[3]
    assert not [line for line in lines if "fine" in line]


def test_a_change_is_one_line_with_what_is_behind_it():
    assert change_line(Status.PASS, REPORT) == (
        "bootcheck: pass -> fail | FAIL  a.x  bare | FAIL  b.x  gone (b.py:1); find it"
    )
    assert change_line(Status.FAIL, Report()) == "bootcheck: fail -> pass"


def test_a_change_is_one_line_though_a_driver_said_many():
    report = Report((make_result("a.x", fail("refused\n\tis the server up?")),))
    assert change_line(Status.PASS, report).count("\n") == 0
