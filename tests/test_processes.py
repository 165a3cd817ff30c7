"""Is the process with this number still the one we mean?"""

from __future__ import annotations

import errno
import os
import subprocess
import sys

import psutil
import pytest

from flask_bootcheck import processes
from flask_bootcheck.processes import exists, is_alive, pid_namespace, start_time

from .helpers import wait_until

NOBODY = 2**22 + 1


@pytest.fixture
def sleeper():
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    yield process
    process.kill()
    process.wait()


def test_a_process_is_told_from_a_later_one_with_its_number(sleeper):
    started = start_time(sleeper.pid)
    assert started is not None
    assert is_alive(sleeper.pid, started)
    assert not is_alive(sleeper.pid, started + 1)
    assert (start_time(os.getpid()) or 0) < started


def test_a_zombie_exists_and_is_not_alive(sleeper):
    started = start_time(sleeper.pid) or 0
    sleeper.kill()
    wait_until(lambda: start_time(sleeper.pid) is None)
    assert sleeper.returncode is None, "nobody has waited for it: it is a zombie"
    assert exists(sleeper.pid)
    assert not is_alive(sleeper.pid, started)


@pytest.mark.parametrize("pid", [0, -1, NOBODY, 2**40])
def test_what_is_no_process_is_not_alive(pid):
    assert not is_alive(pid, 0)
    assert not exists(pid)


def test_a_name_may_hold_anything(tmp_path, monkeypatch):
    """The name of a process is free, spaces and parentheses included."""
    monkeypatch.setattr(processes, "_PROC", tmp_path)
    folder = tmp_path / "7"
    folder.mkdir()
    tail = " ".join(["S", *map(str, range(4, 22)), "4711", "23"])
    (folder / "stat").write_text(f"7 (a) Z (b) {tail}\n")
    assert start_time(7) == 4711
    (folder / "stat").write_text(f"7 (x) {tail.replace('S', 'Z')}\n")
    assert start_time(7) is None


def test_when_no_file_can_be_opened_nobody_is_taken_for_dead(monkeypatch, sleeper):
    """A process with all its descriptors in use would else see its siblings gone, and itself."""
    started = start_time(sleeper.pid) or 0

    def refuse(pid):
        raise OSError(errno.EMFILE, "too many open files")

    monkeypatch.setattr(processes, "_stat", refuse)
    assert start_time(sleeper.pid) == 0
    assert is_alive(sleeper.pid, started)
    assert not is_alive(NOBODY, started)


def test_one_whose_start_could_not_be_read_is_told_by_its_number(sleeper):
    assert is_alive(sleeper.pid, 0)
    assert not is_alive(NOBODY, 0)


def test_on_a_linux_without_proc_psutil_cannot_help(tmp_path, monkeypatch, sleeper):
    monkeypatch.setattr(processes, "_PROC", tmp_path)
    monkeypatch.setattr(sys, "platform", "linux")
    gone = psutil.NoSuchProcess(sleeper.pid)
    monkeypatch.setattr(psutil, "Process", lambda pid: (_ for _ in ()).throw(gone))
    assert is_alive(sleeper.pid, start_time(sleeper.pid) or 0)
    assert start_time(NOBODY) is None


def test_without_proc_psutil_is_asked(tmp_path, monkeypatch, sleeper):
    monkeypatch.setattr(processes, "_PROC", tmp_path)
    created = psutil.Process(sleeper.pid).create_time()
    assert start_time(sleeper.pid) == int(created * 1000)
    assert start_time(NOBODY) is None
    assert pid_namespace() == 0
    sleeper.kill()
    wait_until(lambda: start_time(sleeper.pid) is None)


def test_the_namespace_of_the_pids_is_known():
    assert pid_namespace() == os.stat("/proc/self/ns/pid").st_ino  # noqa: PTH116
