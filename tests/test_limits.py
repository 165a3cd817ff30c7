"""What the container allows, each number with its source."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import proclimits
import pytest
from proclimits import Interface, MemoryBudget, Source

from flask_bootcheck.limits import Limit, read_limits, read_used_memory
from flask_bootcheck.settings import read_settings

MIB = 2**20
NOTHING = read_settings(environ={})
UNKNOWN = Limit(None, "unknown")
FLY = {"FLY_APP_NAME": "shop", "FLY_VM_MEMORY_MB": "256"}


@pytest.fixture
def container(monkeypatch):
    """Has proclimits describe a container."""

    def describe(**readings):
        bare = replace(
            proclimits.describe(),
            memory_budget=None,
            memory_source=None,
            memory_limit_level=None,
            cpu_limit=None,
            cpu_quota_source=None,
            cpu_limit_level=None,
            machine_memory_bytes=8192 * MIB,
        )
        monkeypatch.setattr(proclimits, "describe", lambda: replace(bare, **readings))

    return describe


def budget(limit, used=0):
    return MemoryBudget(limit=limit, used=used, available=limit - used)


def source(interface):
    """A source over an interface, whatever else it has to say."""
    return SimpleNamespace(interface=interface)


@pytest.mark.parametrize(
    ("interface", "level", "name"),
    [
        (Interface.CGROUP_V2, "/sys/fs/cgroup", "cgroup v2 /sys/fs/cgroup"),
        (Interface.CGROUP_V1, "/sys/fs/cgroup/memory/x", "cgroup v1 /sys/fs/cgroup/memory/x"),
        (Interface.CGROUP_V2, None, "cgroup v2"),
    ],
)
def test_limits_come_from_the_cgroup_of_either_layout(container, interface, level, name):
    container(
        memory_budget=budget(512 * MIB),
        memory_source=source(interface),
        memory_limit_level=level,
        cpu_limit=0.5,
        cpu_quota_source=source(interface),
        cpu_limit_level=level,
    )
    limits = read_limits(NOTHING, FLY)
    assert limits.memory == Limit(512 * MIB, name)
    assert limits.cpus == Limit(0.5, name)
    assert limits.machine_memory == 8192 * MIB


def test_the_interfaces_are_those_of_proclimits():
    """Its own words are shown: they must be those of its two layouts."""
    assert {Interface.CGROUP_V1.value, Interface.CGROUP_V2.value} == {"cgroup-v1", "cgroup-v2"}
    assert "interface" in Source.__annotations__


def test_a_setting_wins_over_the_container(container):
    container(memory_budget=budget(512 * MIB), memory_source=source(Interface.CGROUP_V2))
    limits = read_limits(read_settings({"memory_limit": "1G"}, environ={}), FLY)
    assert limits.memory == Limit(1024 * MIB, "BOOTCHECK_MEMORY_LIMIT")


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, UNKNOWN),
        (FLY, Limit(256 * MIB, "FLY_VM_MEMORY_MB (fly)")),
        ({"DYNO": "web.1", "DYNO_RAM": "512"}, Limit(512 * MIB, "DYNO_RAM (heroku)")),
        ({**FLY, "FLY_VM_MEMORY_MB": "0"}, UNKNOWN),
        ({**FLY, "FLY_VM_MEMORY_MB": "lots"}, UNKNOWN),
        ({"FLY_VM_MEMORY_MB": "256"}, UNKNOWN),
        ({"RENDER": "true"}, UNKNOWN),
    ],
)
def test_without_a_limit_of_the_container_the_platform_is_asked(container, environ, expected):
    """The machine's own memory is no limit."""
    container()
    limits = read_limits(NOTHING, environ)
    assert (limits.memory, limits.cpus) == (expected, UNKNOWN)
    assert limits.machine_memory == 8192 * MIB


def test_what_cannot_be_read_is_unknown_and_a_setting_still_counts(monkeypatch):
    def refuse():
        raise PermissionError("/proc/self/cgroup")

    monkeypatch.setattr(proclimits, "describe", refuse)
    monkeypatch.setattr(proclimits, "get_memory_budget", refuse)
    assert read_limits(NOTHING, {}).memory == UNKNOWN
    assert read_limits(read_settings({"memory_limit": 7}, environ={}), {}).memory.value == 7
    assert read_used_memory() is None


def test_this_machine_can_be_read():
    limits = read_limits(NOTHING, {})
    assert limits.machine_memory is not None
    assert limits.machine_memory > 0
    assert (limits.memory.value is None) == (limits.memory.source == "unknown")
