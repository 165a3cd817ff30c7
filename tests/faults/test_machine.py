"""A machine that lacks what we like to have: shared memory, a temp folder, ``/proc``, room, rights."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from ..servers.apps import INSTALL, PLAIN
from ..servers.conftest import Serve
from ..servers.nobody import nobodys_folder, nobodys_python, python_path
from ..servers.server import Server
from .confined import AS_NOBODY, Confined
from .conftest import Watching

__all__ = ["nobodys_folder", "nobodys_python"]

pytestmark = pytest.mark.server

WAYS = pytest.mark.parametrize("conf", [INSTALL, ""], ids=["way 1", "way 3"])

#: All but what a Python needs of ``/dev``.
NO_SHM = (
    "mount -t tmpfs -o mode=755 tmpfs /dev; "
    "mknod -m 666 /dev/null c 1 3; mknod -m 666 /dev/urandom c 1 9"
)
FULL_SHM = (
    "mount -t tmpfs -o size=4k tmpfs /dev/shm; cat /dev/zero > /dev/shm/all 2> /dev/null || :"
)
READ_ONLY_SHM = "mount -o remount,ro /dev/shm"
READ_ONLY_ROOT = "mount -o remount,ro,bind /"
#: A checkout may be in the temp folder itself, with the Python that runs here: both must stay.
CHECKOUT = Path(__file__).parents[2]
KEPT = (
    f'mkdir -p "{CHECKOUT}"; mount --bind "/mnt/tmp/{CHECKOUT.relative_to("/tmp")}" "{CHECKOUT}"'  # noqa: S108
    if CHECKOUT.is_relative_to("/tmp")  # noqa: S108
    else ""
)
#: The folder of the app, and each folder for files of a moment, is on a disk without room.
FULL_DISK = f"""
{FULL_SHM}; mount -t tmpfs tmpfs /mnt; cp -r . /mnt; here=$PWD
mkdir /mnt/tmp; mount --bind /tmp /mnt/tmp
mount -t tmpfs -o size=64k tmpfs /tmp; mount -t tmpfs -o size=4k tmpfs /var/tmp
{KEPT}
mkdir -p "$here"; cp /mnt/*.py "$here"; cd "$here"
cat /dev/zero > /tmp/all 2> /dev/null || :; cat /dev/zero > /var/tmp/all 2> /dev/null || :
"""
#: Of other users' processes nothing is to be seen.
HIDDEN_PROC = "mount -t proc -o hidepid=2 proc /proc"
NO_PROC = "mount -t tmpfs tmpfs /proc"


def serves_on(server: Server, watch: Watching, ready: int = 2) -> None:
    """Two workers serve, one ends and is replaced, and nobody sees more of that than a warning."""
    server.health_when(lambda answer: answer.status == 200 and answer.ready == ready)
    server.hear_all()
    with watch(server) as person:
        os.kill(server.workers[0], signal.SIGTERM)
        person.settles(lambda look: look.status == "pass")
    assert person.codes == [200]
    assert person.ids <= {"workers.not-ready"}
    server.health_when(lambda answer: answer.status == 200 and answer.ready == ready)
    assert "Traceback" not in server.log
    assert "bootcheck: our part" not in server.log


@WAYS
@pytest.mark.fault("`/dev/shm` missing")
def test_without_dev_shm_the_board_is_elsewhere(serve: Serve, watch: Watching, conf):
    """200 all the time; a worker that ends is replaced. With the app alone the board is in the temp
    folder."""
    server = serve(PLAIN, "-w", "2", conf=conf, kind=Confined, prepare=NO_SHM)
    serves_on(server, watch)


@WAYS
@pytest.mark.fault("`/dev/shm` full, and empty again while it serves")
def test_a_full_dev_shm_does_not_part_the_workers(serve: Serve, watch: Watching, conf):
    """200 all the time. With the app alone the board is in the temp folder, and a worker that comes
    when there is room again in `/dev/shm` finds it there."""
    server = serve(PLAIN, "-w", "2", conf=conf, kind=Confined, prepare=FULL_SHM)
    server.health_when(lambda answer: answer.ready == 2)
    Path(f"/proc/{server.master}/root/dev/shm/all").unlink()
    serves_on(server, watch)


@WAYS
@pytest.mark.fault("`/dev/shm` read-only")
def test_a_read_only_dev_shm_is_as_good_as_none(serve: Serve, watch: Watching, conf):
    """200 all the time; a worker that ends is replaced."""
    server = serve(PLAIN, "-w", "2", conf=conf, kind=Confined, prepare=READ_ONLY_SHM)
    serves_on(server, watch)


@WAYS
@pytest.mark.fault("read-only root")
def test_a_read_only_root_leaves_dev_shm(serve: Serve, watch: Watching, conf):
    """200 all the time. gunicorn needs `--worker-tmp-dir /dev/shm`, and says that it has no control
    socket."""
    there = ("--worker-tmp-dir", "/dev/shm")  # noqa: S108 - of its own
    server = serve(PLAIN, "-w", "2", *there, conf=conf, kind=Confined, prepare=READ_ONLY_ROOT)
    serves_on(server, watch)
    assert isinstance(server, Confined)
    assert sum(f"-{server.master}-" in name for name in server.left_over) == (0 if conf else 1)


@WAYS
@pytest.mark.fault("read-only root and `/dev/shm`, no temp folder anywhere")
def test_where_nothing_can_be_written_each_worker_answers(serve: Serve, watch: Watching, conf):
    """200 all the time. With the app alone there is no board: each worker answers for itself, and how
    many there are is unknown."""
    prepare = f"mount -t tmpfs tmpfs /mnt; {READ_ONLY_SHM}; {READ_ONLY_ROOT}"
    there = ("-w", "2", "--worker-tmp-dir", "/mnt")
    server = serve(PLAIN, *there, conf=conf, kind=Confined, prepare=prepare)
    serves_on(server, watch, ready=2 if conf else 1)


@WAYS
@pytest.mark.fault("disk full: the app's folder, the temp folders and `/dev/shm`")
def test_a_full_disk_is_nothing_to_a_service_that_writes_nothing(
    serve: Serve, watch: Watching, conf
):
    """200 all the time. gunicorn itself needs a `--worker-tmp-dir` then; with the app alone there is
    no board, and each worker answers for itself."""
    there = ("-w", "2", "--worker-tmp-dir", "/tmp")  # noqa: S108 - of its own
    server = serve(PLAIN, *there, conf=conf, kind=Confined, prepare=FULL_DISK)
    serves_on(server, watch, ready=2 if conf else 1)


@WAYS
@pytest.mark.parametrize(
    ("user", "before"),
    [(("--user", "nobody"), ()), ((), AS_NOBODY)],
    ids=["workers as nobody", "all as nobody"],
)
@pytest.mark.fault("`/proc` shows nobody the processes of others (`hidepid=2`)")
def test_workers_find_each_other_where_proc_hides_their_master(
    serve: Serve,
    watch: Watching,
    conf,
    user: Sequence[str],
    before: Sequence[str],
    nobodys_python,
    nobodys_folder,
):
    """200 all the time, all workers counted: they are of one user."""
    options: dict[str, Any] = {"folder": nobodys_folder, "python": nobodys_python, "conf": conf}
    options |= {"environ": {"PYTHONPATH": python_path()}, "before": before, "prepare": HIDDEN_PROC}
    server = serve(PLAIN, "-w", "2", *user, kind=Confined, **options)
    serves_on(server, watch)


@WAYS
@pytest.mark.fault("no `/proc` at all")
def test_without_proc_a_worker_is_known_by_its_number(serve: Serve, watch: Watching, conf):
    """200 all the time, all workers counted. What they need of the memory is unknown."""
    server = serve(PLAIN, "-w", "2", conf=conf, kind=Confined, prepare=NO_PROC)
    serves_on(server, watch)


@WAYS
@pytest.mark.fault("a user without any rights from the start, `HOME` not there")
def test_nobody_can_serve(serve: Serve, watch: Watching, conf, nobodys_python, nobodys_folder):
    """200 all the time; a worker that ends is replaced."""
    homes = dict.fromkeys(["HOME", "XDG_RUNTIME_DIR"], "/nowhere")
    options: dict[str, Any] = {"folder": nobodys_folder, "python": nobodys_python, "conf": conf}
    options |= {"environ": {"PYTHONPATH": python_path(), **homes}, "before": AS_NOBODY}
    server = serve(PLAIN, "-w", "2", kind=Confined, **options)
    serves_on(server, watch)
