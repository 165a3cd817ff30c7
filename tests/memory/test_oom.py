"""The kernel's own count of what it killed, from trees that look like cgroups."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import proclimits
import pytest
from proclimits import _cgroup

from flask_bootcheck.limits import read_limits
from flask_bootcheck.memory.oom import own_group, read_oom_kills
from flask_bootcheck.settings import read_settings

MIB = 2**20
EVENTS = "low 0\nhigh 7\nmax 31\noom 4\noom_kill 3\noom_group_kill 0\n"
CONTROL = "oom_kill_disable 0\nunder_oom 0\noom_kill 5\n"
UNLIMITED = 9223372036854771712


@pytest.mark.parametrize(
    ("files", "kills"),
    [
        ({"memory.events": EVENTS}, 3),
        ({"memory.oom_control": CONTROL}, 5),
        ({"memory.events": "", "memory.oom_control": CONTROL}, 5),
        ({"memory.oom_control": "oom_kill_disable 0\nunder_oom 0\n"}, None),  # before Linux 4.13
        ({"memory.events": "oom_kill many\n"}, None),
        ({}, None),
    ],
    ids=["v2", "v1", "hybrid", "old kernel", "garbage", "nothing"],
)
def test_the_count_is_the_kernels(tmp_path, files, kills):
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    assert read_oom_kills(tmp_path) == kills


def test_what_cannot_be_read_is_not_counted(tmp_path):
    (tmp_path / "memory.events").mkdir()
    assert read_oom_kills(tmp_path) is None
    assert read_oom_kills(tmp_path / "gone") is None
    assert read_oom_kills(None) is None


def test_where_proclimits_fails_there_is_no_group(monkeypatch):
    def fail():
        raise OSError("no /proc")

    monkeypatch.setattr(proclimits, "describe", fail)
    assert own_group() is None
    monkeypatch.setattr(proclimits, "describe", lambda: SimpleNamespace(memory_source=None))
    assert own_group() is None


class Machine:
    """A fake of what proclimits reads; groups are written under ``root``."""

    def __init__(self, folder: Path, filesystem: str, own: str) -> None:
        self.root = folder / "cgroup"
        self._is_v2 = filesystem == "cgroup2"
        self.membership = folder / "membership"
        self.membership.write_text(f"{'0::' if self._is_v2 else '4:memory:'}{own}\n")
        self.mounts = folder / "mountinfo"
        options = "rw" if self._is_v2 else "rw,memory"
        self.mounts.write_text(
            f"30 23 0:26 / {self.root} rw,nosuid - {filesystem} cgroup {options}\n"
        )

    def group(self, name: str, limit: str, kills: int | None = 0) -> Path:
        """A group with a limit, as the kernel would write it."""
        path = self.root / name.strip("/")
        path.mkdir(parents=True, exist_ok=True)
        usage, stat = f"{100 * MIB}\n", "inactive_file 0\ntotal_inactive_file 0\n"
        v2 = ("memory.max", "memory.current", "memory.events")
        v1 = ("memory.limit_in_bytes", "memory.usage_in_bytes", "memory.oom_control")
        files = dict(zip(v2 if self._is_v2 else v1, (f"{limit}\n", usage), strict=False))
        if kills is not None:
            files[(v2 if self._is_v2 else v1)[2]] = f"oom_kill {kills}\n"
        for file, text in {**files, "memory.stat": stat}.items():
            (path / file).write_text(text)
        return path


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """Makes a machine with one hierarchy that counts memory, and has proclimits read it."""

    def make(filesystem: str, own: str) -> Machine:
        made = Machine(tmp_path, filesystem, own)
        meminfo = tmp_path / "meminfo"
        meminfo.write_text(f"MemTotal: {16 * 2**20} kB\n")
        monkeypatch.setattr(_cgroup, "_PROC_SELF_CGROUP", made.membership)
        monkeypatch.setattr(_cgroup, "_PROC_SELF_MOUNTINFO", made.mounts)
        monkeypatch.setattr(_cgroup, "_PROC_MEMINFO", meminfo)
        return made

    _cgroup.clear_cache()
    yield make
    monkeypatch.undo()
    _cgroup.clear_cache()


def memory_limit():
    """What governs this process."""
    return read_limits(read_settings(environ={}), {}).memory


@pytest.mark.parametrize(
    ("filesystem", "none"), [("cgroup2", "max"), ("cgroup", str(UNLIMITED))], ids=["v2", "v1"]
)
def test_the_limit_may_be_an_ancestors_the_count_is_our_own(machine, filesystem, none):
    """A kill is counted where its victim was, whoever had the limit."""
    made = machine(filesystem, "/pod/app")
    made.group("/", none, kills=None)
    pod = made.group("/pod", str(512 * MIB), kills=9)
    own = made.group("/pod/app", none, kills=2)
    assert memory_limit().value == 512 * MIB
    assert str(pod) in memory_limit().source
    assert own_group() == own
    assert read_oom_kills(own_group()) == 2


def test_a_leaf_without_a_counter_is_counted_where_the_first_is(machine):
    """Without the memory controller its processes are charged to the level above."""
    made = machine("cgroup2", "/pod/app/leaf")
    made.group("/pod", str(512 * MIB), kills=9)
    app = made.group("/pod/app", "max", kills=5)
    (made.root / "pod/app/leaf").mkdir()
    assert own_group() == app
    assert read_oom_kills(own_group()) == 5


def test_where_no_level_counts_kills_are_unknown(machine):
    machine("cgroup2", "/app").group("/app", str(512 * MIB), kills=None)
    assert own_group() is None


@pytest.mark.parametrize(
    ("maximum", "high", "limit"),
    [(512, 128, 128), (128, 512, 128), (512, None, 512), (None, 128, 128), (None, 2**15, None)],
)
def test_the_bound_that_throttles_is_a_limit_where_it_is_lower(machine, maximum, high, limit):
    """Above it the kernel slows the workers down until they time out."""
    made = machine("cgroup2", "/app")
    own = made.group("/app", "max" if maximum is None else str(maximum * MIB))
    (own / "memory.high").write_text("max" if high is None else str(high * MIB))
    assert memory_limit().value == (limit and limit * MIB)
    assert memory_limit().source.endswith("memory.high") == (limit is not None and limit == high)


@pytest.mark.parametrize("filesystem", ["cgroup2", "cgroup"], ids=["v2", "v1"])
def test_the_tightest_of_nested_limits_governs(machine, filesystem):
    made = machine(filesystem, "/pod/app")
    made.group("/pod", str(256 * MIB))
    made.group("/pod/app", str(512 * MIB))
    assert memory_limit().value == 256 * MIB


def test_max_everywhere_is_no_limit_and_kills_are_counted_all_the_same(machine):
    made = machine("cgroup2", "/app")
    made.group("/app", "max", kills=1)
    assert memory_limit().value is None
    assert read_oom_kills(own_group()) == 1


@pytest.mark.parametrize("text", ["", "lots\n", "\x00"])
def test_a_limit_that_cannot_be_read_is_unknown(machine, text):
    made = machine("cgroup2", "/app")
    (made.group("/app", "max") / "memory.max").write_text(text)
    assert memory_limit().value is None
