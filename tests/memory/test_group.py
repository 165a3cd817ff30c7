"""What is charged to a memory cgroup and cannot be had back, from trees that look like cgroups."""

from __future__ import annotations

import pytest

from flask_bootcheck.memory.group import own_levels, read_pinned, read_throttle

MIB = 2**20
V2 = {
    "inactive_file": 30,
    "active_file": 20,
    "slab_reclaimable": 7,
    "file_dirty": 4,
    "file_writeback": 1,
}
V1 = {
    "inactive_file": 9,
    "total_cache": 80,
    "total_inactive_file": 30,
    "total_active_file": 20,
    "total_dirty": 4,
    "total_writeback": 1,
}


@pytest.fixture
def level(tmp_path):
    """Makes a level; sizes are MiB."""

    def make(name, usage=100, stat=(), **files):
        path = tmp_path / name
        path.mkdir(parents=True)
        is_v1 = "limit_in_bytes" in files
        files["usage_in_bytes" if is_v1 else "current"] = usage
        for file, size in files.items():
            text = str(size * MIB) if isinstance(size, int) else size
            (path / f"memory.{file}").write_text(f"{text}\n")
        lines = (f"{name} {size * MIB}\n" for name, size in dict(stat).items())
        (path / "memory.stat").write_text("".join(lines) or "anon 0\n")
        return path

    return make


@pytest.mark.parametrize(
    ("limit", "stat", "used"), [("max", V2, 48), ("limit_in_bytes", V1, 55)], ids=["v2", "v1"]
)
def test_file_cache_and_slab_that_can_shrink_are_not_in_use(level, limit, stat, used):
    """What is not written back yet cannot be dropped."""
    assert read_pinned([level("own", stat=stat, **{limit: 512})]) == used * MIB


def test_an_ancestor_that_is_nearer_to_its_bound_counts(level):
    own = level("pod/app", usage=50, max=300)
    pod = level("pod2", usage=350, max=400)
    assert read_pinned([own, pod]) == 250 * MIB  # 50 are left, of 300


def test_the_bound_that_throttles_is_one(level):
    assert read_pinned([level("own", usage=100, max="max", high=200)]) == 100 * MIB


@pytest.mark.parametrize("files", [{"max": "max"}, {"max": 4096}, {"max": "lots"}, {}])
def test_without_a_bound_nothing_is_in_use(level, files):
    """One that the whole machine has is none."""
    assert read_pinned([level("own", **files)], 2048 * MIB) is None
    assert read_pinned([]) is None


@pytest.mark.parametrize("name", ["memory.current", "memory.stat"])
def test_a_level_that_does_not_tell_may_be_the_fullest(level, name):
    own, pod = level("own", max=300), level("pod", max=400)
    (pod / name).unlink()
    assert read_pinned([own, pod]) is None


def test_the_throttle_is_the_tightest_of_all_levels(level):
    own, pod = level("own", max=512, high=300), level("pod", max=512, high=200)
    bound = read_throttle([own, pod])
    assert bound is not None
    assert (bound.value, bound.group, bound.file) == (200 * MIB, pod, "memory.high")
    assert read_throttle([level("free", max=512, high="max")]) is None


def test_where_nobody_counts_there_are_no_levels(monkeypatch):
    def fail():
        raise OSError("no /proc")

    monkeypatch.setattr("proclimits.describe", fail)
    assert own_levels() == ()
