"""Measuring a process, from trees that look like /proc."""

from __future__ import annotations

import errno
import os
import sys
from types import SimpleNamespace

import psutil
import pytest

from flask_bootcheck.memory.sample import (
    CODE_BYTES,
    KERNEL_BYTES,
    Sample,
    needed,
    read_anonymous,
    take_sample,
)
from flask_bootcheck.memory.size import MIB

KB = 1024
ROLLUP = """\
55d0c0a00000-7ffd3c5f2000 ---p 00000000 00:00 0                  [rollup]
Rss:               40000 kB
Pss:               21000 kB
Pss_Dirty:         15000 kB
Shared_Clean:       9000 kB
Private_Dirty:     14000 kB
"""
SMAPS = """\
55d0c0a00000-55d0c0a21000 r--p 00000000 fe:01 1234   /usr/bin/python3.11
Pss:                 100 kB
Private_Dirty:         4 kB
VmFlags: rd mr mw me
55d0c0b00000-55d0c0b21000 rw-p 00000000 00:00 0      [heap]
Pss:                 900 kB
Private_Dirty:       800 kB
VmFlags: rd wr mr mw me
"""
STATUS = "Name:\tgunicorn\nVmPTE:\t     300 kB\nThreads:\t1\n"
NOBODY = 2**22 + 1


@pytest.fixture
def proc(tmp_path):
    """Writes the files of a process; gives the root."""

    def write(pid="7", **files):
        folder = tmp_path / str(pid)
        folder.mkdir()
        for name, text in files.items():
            (folder / name).write_text(text)
        return tmp_path

    return write


def test_a_page_shared_by_several_counts_once_and_the_kernel_counts_too(proc):
    sample = take_sample(7, proc(smaps_rollup=ROLLUP, smaps=SMAPS, status=STATUS))
    assert sample == Sample(21000 * KB, 14000 * KB, 300 * KB, "smaps_rollup")
    assert sample.need == 21300 * KB + KERNEL_BYTES


def test_without_the_rollup_all_mappings_are_summed(proc):
    sample = take_sample(7, proc(smaps=SMAPS, status=STATUS))
    assert sample == Sample(1000 * KB, 804 * KB, 300 * KB, "smaps")


def test_an_empty_rollup_is_none(proc):
    """A zombie has one, and so do some sandboxes."""
    sample = take_sample(7, proc(smaps_rollup="", smaps=SMAPS))
    assert sample == Sample(1000 * KB, 804 * KB, 0, "smaps")


def test_what_no_file_could_bring_back_is_told_apart(proc):
    text = f"{ROLLUP}Pss_Anon: 14000 kB\nPss_Shmem: 500 kB\nAnonymous: 26000 kB\n"
    sample = take_sample(7, proc(smaps_rollup=text, status=STATUS))
    assert sample is not None
    assert (sample.anonymous, sample.pinned) == (26000 * KB, 14500 * KB)
    assert sample.unreclaimable == 14800 * KB + KERNEL_BYTES


def test_where_the_kernel_does_not_say_all_of_it_is_kept(proc):
    """Before Linux 5.4."""
    sample = take_sample(7, proc(smaps_rollup=ROLLUP, status=STATUS))
    assert sample is not None
    assert (sample.anonymous, sample.pinned) == (None, None)
    assert sample.unreclaimable == sample.need


def test_a_heap_that_has_grown_is_its_own_by_as_much():
    sample = Sample(21, 14, 3, "smaps_rollup", 26, 15)
    assert sample.grown_to(36) == Sample(31, 24, 3, "smaps_rollup", 36, 25)
    assert sample.grown_to(20) == sample
    assert Sample(21, 14, 3, "smaps").grown_to(36) == Sample(21, 14, 3, "smaps")


def test_of_the_files_that_are_mapped_as_much_is_needed_as_code_has():
    """However many processes share them: a table of 280 MiB gives way."""
    large = Sample(150 * MIB, 10 * MIB, 0, "smaps_rollup", 10 * MIB, 10 * MIB)
    small = Sample(12 * MIB, 10 * MIB, 0, "smaps_rollup", 10 * MIB, 10 * MIB)
    assert needed([large, large]) == 2 * (10 * MIB + KERNEL_BYTES) + CODE_BYTES
    assert needed([small, small]) == 2 * small.need
    assert needed([]) == 0


@pytest.mark.parametrize("text", ["", "100", "100 lots 3", None])
def test_a_heap_that_cannot_be_read_is_unknown(proc, text):
    root = proc(**({} if text is None else {"statm": text}))
    assert read_anonymous(7, root) is None


def test_the_heap_is_what_is_resident_and_of_no_file(proc):
    page = os.sysconf("SC_PAGE_SIZE")
    assert read_anonymous(7, proc(statm="5000 900 200 1 0 600 0\n")) == 700 * page


def test_a_process_that_is_gone_has_no_sample(proc):
    assert take_sample(NOBODY, proc("1")) is None


@pytest.mark.parametrize("refused", [psutil.AccessDenied, AttributeError])
def test_where_there_is_no_smaps_at_all_the_source_says_so(proc, monkeypatch, refused):
    class Process:
        def __init__(self, pid):
            assert pid == os.getpid()

        def memory_full_info(self):
            return SimpleNamespace(uss=5)

        def memory_info(self):
            return SimpleNamespace(rss=9)

    monkeypatch.setattr(psutil, "Process", Process)
    root = proc("1")
    assert take_sample(os.getpid(), root) == Sample(5, 5, 0, "uss")

    def refuse(self):
        raise refused

    monkeypatch.setattr(Process, "memory_full_info", refuse)
    assert take_sample(os.getpid(), root) == Sample(9, 9, 0, "rss")


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_this_very_process_can_be_measured():
    before = take_sample()
    assert before is not None
    assert before.source in {"smaps_rollup", "smaps"}
    held = bytearray(os.urandom(1)) * (64 * 2**20)
    after = take_sample(os.getpid())
    assert after is not None
    assert after.private_dirty - before.private_dirty > 0.9 * len(held)
    assert after.page_tables > 0
    told = read_anonymous(os.getpid())
    assert after.anonymous is not None
    assert told is not None
    assert abs(told - after.anonymous) < 4 * MIB


def test_when_no_file_can_be_opened_there_is_no_sample(tmp_path, monkeypatch):
    """A round goes on without: what the checks say is more than a figure."""

    def refuse(pid):
        raise OSError(errno.EMFILE, "too many open files")

    monkeypatch.setattr(psutil, "Process", refuse)
    assert take_sample(proc=tmp_path) is None
