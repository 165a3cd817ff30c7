"""Are there enough workers, and not too many?"""

from __future__ import annotations

import pytest

from flask_bootcheck.boot import Instance, Server
from flask_bootcheck.checks.workers import (
    enough_are_ready,
    fit_memory,
    follow_quota,
    governor_is_in,
    none_was_killed,
    within_maximum,
    workers_do_boot,
)
from flask_bootcheck.findings import Status
from flask_bootcheck.limits import UNKNOWN, Limit, Limits

from ..helpers import findings_of, make_boot, notes_of

MIB = 2**20


def look(check, settings=None, limit=None, **instance):
    """The statuses and messages a check finds in an instance."""
    limits = Limits(Limit(limit * MIB, "x"), UNKNOWN.cpus) if limit else UNKNOWN
    boot = make_boot(settings, instance=Instance(**instance), limits=limits)
    return [(f.status.label, f.message) for f in findings_of(check, boot)]


@pytest.mark.parametrize(
    ("settings", "instance", "expected"),
    [
        ({}, {"ready": 4, "target": 4}, []),
        ({}, {"ready": 5, "target": 4}, []),
        ({}, {"ready": 0, "target": None}, []),
        ({}, {"ready": 3, "target": 4}, [("warn", "3 of 4 workers ready")]),
        ({}, {"ready": 0, "target": 4}, [("fail", "0 of 4 workers ready, at least 1 must be")]),
        ({"min_ready": 3}, {"ready": 2, "target": 4}, "2 of 4 workers ready, at least 3 must be"),
        ({"min_ready": 3}, {"ready": 2, "target": 2}, []),
        ({"min_ready": 0}, {"ready": 0, "target": 2}, [("warn", "0 of 2 workers ready")]),
        (
            {"boot_timeout": 30},
            {"ready": 3, "target": 4, "booted": False, "waited": 30},
            "booting: 3 of 4 workers ready",
        ),
        (
            {"boot_timeout": 30},
            {"ready": 3, "target": 4, "booted": False, "waited": 31},
            [("warn", "3 of 4 workers ready 30 s after the first")],
        ),
        (
            {},
            {"ready": 0, "target": 4, "booted": False, "beside": True},
            [("warn", "booting: 0 of 4 workers ready")],
        ),
    ],
)
def test_as_many_workers_are_ready_as_there_should_be(settings, instance, expected):
    expected = [("fail", expected)] if isinstance(expected, str) else expected
    assert look(enough_are_ready, settings, **instance) == expected


def test_when_all_is_well_the_count_is_said():
    whole = make_boot(instance=Instance(4, target=4))
    assert notes_of(enough_are_ready, whole) == ["4 of 4 workers ready"]
    unknown = make_boot(instance=Instance(4))
    assert notes_of(enough_are_ready, unknown) == ["worker count unknown"]


@pytest.mark.parametrize(
    ("maximum", "ready", "target", "expected"),
    [(None, 99, 99, 0), (4, 4, 4, 0), (4, 1, 5, 1), (4, 5, None, 1), (4, 5, 4, 0)],
)
def test_there_are_no_more_than_the_maximum(maximum, ready, target, expected):
    found = look(within_maximum, {"max_workers": maximum}, ready=ready, target=target)
    assert len(found) == expected


@pytest.mark.parametrize(
    ("need", "limit", "expected"),
    [
        (80, 100, None),
        (81, 100, "warn"),
        (100, 100, "warn"),
        (101, 100, "fail"),
        (None, 100, None),
        (500, None, None),
    ],
)
def test_the_need_fits_with_headroom(need, limit, expected):
    found = look(fit_memory, limit=limit, ready=2, need=need and need * MIB, measured=2)
    wanted = [(expected, f"2 workers need {need} MiB of {limit} MiB")] if expected else []
    assert found == wanted


def test_the_headroom_is_a_setting():
    need = {"ready": 1, "need": 90 * MIB, "measured": 1}
    assert look(fit_memory, {"memory_headroom": 0.1}, 100, **need) == []
    assert look(fit_memory, {"memory_headroom": 0.11}, 100, **need)


def test_more_asked_for_than_fit_warns_with_both_counts():
    counts = {"ready": 3, "configured": 97, "target": 3, "fits": 3, "why": "memory"}
    assert look(fit_memory, limit=512, **counts) == [
        ("warn", "97 workers asked for, 3 fit in 512 MiB; running 3")
    ]
    assert look(fit_memory, limit=512, **{**counts, "configured": 3}) == []


def test_a_maximum_below_what_fits_is_all_that_is_asked_for():
    counts = {"ready": 2, "configured": 97, "target": 2, "fits": 3}
    assert look(fit_memory, {"max_workers": 2}, 512, **counts) == []
    assert look(fit_memory, {"max_workers": 4}, 512, **counts)


@pytest.mark.parametrize(
    ("configured", "cpus", "quota", "formula"),
    [
        (97, 48, 2, "two and one"),
        (96, 48, 2, "two"),
        (48, 48, 2, "one"),
        (97, 48, 0.5, "two and one"),
        (8, 8, 0.1, "one"),
        (95, 48, 2, None),  # a number of their own
        (97, 48, 48, None),
        (97, 48, None, None),
        (97, None, 2, None),
        (None, 48, 2, None),
        (4, 4, 2, None),  # no more than two a CPU of the quota, and one
        (2, 1, 2, None),
    ],
)
def test_a_count_made_from_the_hosts_cpus_is_told_where_fewer_may_be_used(
    configured, cpus, quota, formula
):
    limits = Limits(UNKNOWN.memory, Limit(quota, "cgroup v2 /x"), None, cpus)
    instance = Instance(1, configured=configured, where="gunicorn.conf.py:4")
    found = findings_of(follow_quota, make_boot(instance=instance, limits=limits))
    said = f"{configured} workers asked for: {formula} a CPU of the host's {cpus}, "
    expected = [f"{said}where {quota} may be used"] if formula else []
    assert [finding.message for finding in found] == expected
    for finding in found:
        assert finding.status.label == "warn"
        assert finding.where == "gunicorn.conf.py:4"
        assert f"WEB_CONCURRENCY={finding.limit}" in finding.hint


@pytest.mark.parametrize(("kills", "said"), [(1, "1 process for"), (2, "2 processes for")])
def test_a_kill_by_the_kernel_is_a_warning(kills, said):
    assert look(none_was_killed, ready=1) == []
    ((status, message),) = look(none_was_killed, ready=1, kills=kills)
    assert status == "warn"
    assert said in message


def test_three_workers_in_a_row_that_die_booting_are_a_loop():
    assert look(workers_do_boot, ready=0, boot_deaths=2) == []
    ((status, message),) = look(workers_do_boot, ready=0, boot_deaths=3, kills=2)
    assert status == "fail"
    assert message == (
        "3 workers in a row died before they were ready, 2 killed by the kernel for memory"
    )


def test_where_none_is_missing_no_loop_goes_on():
    """After SIGTTOU nobody needs the worker that did not come up."""
    assert look(workers_do_boot, ready=2, target=2, boot_deaths=9) == []
    assert len(look(workers_do_boot, ready=1, target=2, boot_deaths=9)) == 1


@pytest.mark.parametrize(
    ("ungoverned", "said", "hint"),
    [
        ("outvoted", "-c theirs.py won over -c python:", "BOOTCHECK_GUNICORN_CONF=theirs.py"),
        ("replaced", "theirs.py defines its hooks again below", "to its last line"),
    ],
)
def test_a_governor_that_was_asked_for_and_is_not_in_is_told(ungoverned, said, hint):
    boot = make_boot(server=Server("gunicorn", conf="theirs.py", ungoverned=ungoverned))
    (finding,) = findings_of(governor_is_in, boot)
    assert (finding.status, finding.where) == (Status.WARN, "theirs.py")
    assert said in finding.message
    assert hint in finding.hint


def test_where_nobody_asked_for_a_governor_none_is_missed():
    boot = make_boot(server=Server("gunicorn", conf="theirs.py"))
    assert findings_of(governor_is_in, boot) == []
