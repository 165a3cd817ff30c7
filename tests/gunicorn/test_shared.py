"""A board in a file, for workers whose master knows nothing of us."""

from __future__ import annotations

import errno
import multiprocessing
import os
import stat
import tempfile
from pathlib import Path

import pytest

from flask_bootcheck.board import BOARD_SIZE, HEADER_SIZE, SLOT_SIZE
from flask_bootcheck.gunicorn import folders
from flask_bootcheck.gunicorn.folders import shared_folders
from flask_bootcheck.gunicorn.shared import open_shared_board
from flask_bootcheck.processes import pid_namespace, start_time

GONE = 2**22 + 1


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Boards are made here, as where there is no /dev/shm."""
    shm = "/dev/shm"  # noqa: S108
    monkeypatch.setattr(folders, "Path", lambda path: tmp_path if path == shm else Path(path))
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(tmp_path / "temp"))
    (tmp_path / "temp").mkdir()
    return tmp_path


def name_of(pid, started=None, uid=None, namespace=None):
    uid = os.geteuid() if uid is None else uid
    namespace = pid_namespace() if namespace is None else namespace
    return f"flask-bootcheck-{uid}-{namespace}-{pid}-{started or start_time(pid) or 0}"


def test_workers_of_one_master_meet_on_one_board(folder):
    one, two = open_shared_board(os.getpid()), open_shared_board(os.getpid())
    assert one is not None
    assert two is not None
    one["target"] = 4
    assert two["target"] == 4
    assert two.claim() == 0
    assert [slot.pid for slot in one.live_slots()] == [os.getpid()]
    (file,) = folder.glob("flask-bootcheck-*")
    assert file.name == name_of(os.getpid())


def test_the_file_is_for_its_user_alone_and_takes_no_room_it_does_not_use(folder):
    open_shared_board(os.getpid())
    status = (folder / name_of(os.getpid())).stat()
    assert stat.S_IMODE(status.st_mode) == 0o600
    assert status.st_size == BOARD_SIZE
    assert status.st_blocks * 512 < BOARD_SIZE / 100


def full(monkeypatch, folder):
    """A folder where files can be made, and nothing written."""
    real = os.posix_fallocate

    def allocate(descriptor, start, size):
        if Path(f"/proc/self/fd/{descriptor}").readlink().parent == folder:
            raise OSError(errno.ENOSPC, "no space left on device")
        real(descriptor, start, size)

    monkeypatch.setattr(os, "posix_fallocate", allocate)


def test_workers_meet_where_the_first_found_room_also_when_there_is_room_elsewhere(
    folder, monkeypatch
):
    """The first was full at the start: a worker that is replaced later belongs to the others."""
    with monkeypatch.context() as patch:
        full(patch, folder)
        one = open_shared_board(os.getpid(), 2)
    two = open_shared_board(os.getpid(), 2)
    assert one is not None
    assert two is not None
    one["target"] = 4
    assert two["target"] == 4


def test_a_board_has_room_for_all_workers_from_the_start(folder):
    """Else a folder that fills up later would part them."""
    open_shared_board(os.getpid(), 3)
    status = (folder / name_of(os.getpid())).stat()
    assert status.st_blocks * 512 >= HEADER_SIZE + 3 * SLOT_SIZE


def test_without_a_temp_folder_there_is_dev_shm(folder, monkeypatch):
    """As on a read-only root."""

    def none() -> str:
        raise FileNotFoundError("no usable temporary directory")

    monkeypatch.setattr(tempfile, "gettempdir", none)
    assert open_shared_board(os.getpid()) is not None
    assert shared_folders() == [folder]


@pytest.mark.parametrize("umask", [0, 0o077, 0o777])
def test_the_umask_does_not_matter(folder, umask):
    before = os.umask(umask)
    try:
        board = open_shared_board(os.getpid())
        assert open_shared_board(os.getpid()) is not None
    finally:
        os.umask(before)
    assert board is not None
    assert stat.S_IMODE((folder / name_of(os.getpid())).stat().st_mode) == 0o600


def test_what_others_could_read_they_cannot_any_more(folder):
    (folder / name_of(os.getpid())).touch(0o666)
    (folder / name_of(os.getpid())).chmod(0o666)
    open_shared_board(os.getpid())
    assert stat.S_IMODE((folder / name_of(os.getpid())).stat().st_mode) == 0o600


@pytest.mark.parametrize("size", [0, 1, 5000, BOARD_SIZE - 1, 2**34])
def test_a_file_of_another_size_is_a_board_all_the_same(folder, size):
    path = folder / name_of(os.getpid())
    path.touch()
    os.truncate(path, size)
    board = open_shared_board(os.getpid())
    assert board is not None
    assert board.claim() == 0
    assert board.live_slots()
    assert path.stat().st_size == max(size, BOARD_SIZE)


def test_workers_that_make_it_at_one_moment_meet_on_one_board(folder):
    fork = multiprocessing.get_context("fork")
    barrier, indexes = fork.Barrier(8), fork.SimpleQueue()
    master = os.getpid()

    def join():
        barrier.wait()
        board = open_shared_board(master)
        indexes.put(board.claim() if board is not None else None)
        barrier.wait()

    processes = [fork.Process(target=join) for _ in range(8)]
    for process in processes:
        process.start()
    got = [indexes.get() for _ in processes]
    for process in processes:
        process.join()
    taken = [index for index in got if index is not None]  # who waits too long has no slot
    assert sorted(taken) == list(range(len(taken)))
    assert len(taken) > 1
    assert len(list(folder.glob("flask-bootcheck-*"))) == 1


def test_another_master_has_another_board(folder):
    mine, other = open_shared_board(os.getpid()), open_shared_board(os.getppid())
    assert mine is not None
    assert other is not None
    mine["target"] = 4
    assert other["target"] == 0


def take_with_link(path, tmp_path):
    target = tmp_path / "precious"
    target.write_text("data")
    path.symlink_to(target)


def take_with_hard_link(path, tmp_path):
    """To a file of ours, as anybody may make one where the kernel does not forbid it."""
    target = tmp_path / "precious"
    target.write_text("data")
    os.link(target, path)


def take_with_pipe(path, tmp_path):
    os.mkfifo(path)


def take_with_folder(path, tmp_path):
    path.mkdir()


def take_with_file_of_another(path, tmp_path):
    if os.geteuid() != 0:
        pytest.skip("only root can give a file to another user")
    path.touch()
    os.chown(path, 12345, 12345)


@pytest.mark.parametrize(
    "take",
    [
        take_with_link,
        take_with_hard_link,
        take_with_pipe,
        take_with_folder,
        take_with_file_of_another,
    ],
)
def test_what_is_not_ours_is_never_taken(folder, tmp_path, take):
    """The next folder is, and the last resort is none."""
    name = name_of(os.getpid())
    take(folder / name, tmp_path)
    board = open_shared_board(os.getpid())
    assert board is not None
    assert (folder / "temp" / name).is_file()
    (folder / "temp" / name).unlink()
    (folder / "temp").rmdir()
    assert open_shared_board(os.getpid()) is None
    precious = tmp_path / "precious"
    assert not precious.exists() or precious.read_text() == "data"


def test_what_masters_that_are_gone_left_is_removed_and_nothing_else(folder):
    names = {
        name_of(GONE, 1): False,
        name_of(os.getpid(), 1): False,
        name_of(os.getppid()): True,
        name_of(GONE, 1, uid=12345): True,
        name_of(GONE, 1, namespace=1): True,
        "flask-bootcheck-notes": True,
    }
    for name in names:
        (folder / name).touch()
    open_shared_board(os.getpid())
    assert {name: (folder / name).exists() for name in names} == names


def test_what_cannot_be_removed_is_in_nobodys_way(folder):
    """Another user may make what looks like a board of ours, and is not ours to remove."""
    (folder / name_of(GONE, 1)).mkdir()
    (folder / name_of(GONE, 2)).touch()
    assert open_shared_board(os.getpid()) is not None
    assert (folder / name_of(GONE, 1)).is_dir()
    assert not (folder / name_of(GONE, 2)).exists()
