"""Is the container within its limit, and is that known?"""

from __future__ import annotations

import pytest

from flask_bootcheck.boot import Instance, Server
from flask_bootcheck.checks.memory import limit_is_known, reload_fits, within_limit
from flask_bootcheck.limits import UNKNOWN, Limit, Limits

from ..helpers import findings_of, make_boot, notes_of

MIB = 2**20


def limited(mib, machine=None):
    memory = Limit(mib and mib * MIB, "cgroup v2 /x" if mib else "unknown")
    return Limits(memory, UNKNOWN.cpus, machine)


@pytest.mark.parametrize(
    ("used", "limit", "expected"),
    [
        (94, 100, []),
        (96, 100, ["warn"]),
        (100, 100, ["warn"]),
        (101, 100, ["fail"]),
        (None, 100, []),
        (96, None, []),
    ],
)
def test_near_the_limit_warns_and_over_it_fails(used, limit, expected):
    instance = Instance(1, used=used and used * MIB)
    found = findings_of(within_limit, make_boot(instance=instance, limits=limited(limit)))
    assert [finding.status.label for finding in found] == expected
    for finding in found:
        assert (finding.observed, finding.limit) == (used * MIB, limit * MIB)
        assert finding.message == f"{used} MiB of {limit} MiB in use"


def test_an_unknown_limit_never_passes_silently():
    server = Server("gunicorn")
    known = make_boot(server=server, limits=limited(512))
    assert notes_of(limit_is_known, known) == ["512 MiB (cgroup v2 /x)"]
    unknown = make_boot(server=server, limits=limited(None, machine=16 * 1024 * MIB))
    (finding,) = findings_of(limit_is_known, unknown)
    assert finding.message == "no memory limit found; the machine has 16.0 GiB"
    assert "BOOTCHECK_MEMORY_LIMIT" in finding.hint


def test_a_development_server_needs_no_limit():
    server = Server("werkzeug", address="127.0.0.1", development=True)
    boot = make_boot(server=server, limits=limited(None))
    assert findings_of(limit_is_known, boot) == []
    assert "development server" in notes_of(limit_is_known, boot)[0]


GUNICORN = Server("gunicorn")


@pytest.mark.parametrize(
    ("need", "limit", "expected"),
    [(51, 100, ["warn"]), (50, 100, []), (9, 100, []), (None, 100, []), (99, None, [])],
)
def test_a_reload_needs_room_for_the_old_workers_and_the_new(need, limit, expected):
    instance = Instance(2, need=need and need * MIB)
    boot = make_boot(instance=instance, limits=limited(limit), server=GUNICORN)
    found = findings_of(reload_fits, boot)
    assert [finding.status.label for finding in found] == expected
    for finding in found:
        assert finding.message.startswith("a reload needs 102 MiB of 100 MiB")


@pytest.mark.parametrize(
    ("server", "governed", "settings", "expected"),
    [
        (GUNICORN, False, {}, 1),
        (GUNICORN, True, {}, 0),
        (GUNICORN, True, {"overcommit": "warn"}, 1),
        (Server("waitress"), False, {}, 0),
        (None, False, {}, 0),
    ],
)
def test_only_a_gunicorn_without_the_governor_forks_all_new_beside_the_old(
    server, governed, settings, expected
):
    instance = Instance(2, need=90 * MIB, governed=governed)
    boot = make_boot(settings, instance=instance, limits=limited(100), server=server)
    assert len(findings_of(reload_fits, boot)) == expected
