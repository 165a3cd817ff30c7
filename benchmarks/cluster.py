"""A PostgreSQL of one's own for a benchmark, which may be stopped and frozen."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from serving import free_port


class Cluster:
    """Listens on a free port of 127.0.0.1, trusts everybody there, and keeps nothing."""

    def __init__(self, folder: Path) -> None:
        self._bin = _find_programs()
        self._data = folder / "data"
        self.port = free_port()
        self._user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
        folder.chmod(0o755)
        self._data.mkdir()
        shutil.chown(self._data, self._user)
        self._run("initdb", "-A", "trust", "-U", "postgres", "--no-sync", "-D", str(self._data))

    @property
    def url(self) -> str:
        """Of its first database, for SQLAlchemy."""
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Returns when it answers."""
        options = f"-p {self.port} -h 127.0.0.1 -k '' -F"
        self._control("start", "-o", options, "-l", str(self._data / "log"))

    def stop(self) -> None:
        """At once, and everybody's connections with it."""
        self._control("stop", "-m", "immediate")

    def freeze(self) -> None:
        """Connections are accepted by the kernel, and nobody answers."""
        os.kill(self._pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """It goes on."""
        os.kill(self._pid, signal.SIGCONT)

    @property
    def _pid(self) -> int:
        return int((self._data / "postmaster.pid").read_text().split()[0])

    def _control(self, *arguments: str) -> None:
        self._run("pg_ctl", "-w", "-s", "-D", str(self._data), *arguments)

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._bin / program), *arguments]
        as_user = {"user": self._user} if os.geteuid() == 0 else {}
        subprocess.run(
            command, check=True, stdout=subprocess.DEVNULL, cwd=self._data.parent, **as_user
        )


@contextmanager
def own_cluster(folder: Path) -> Iterator[Cluster]:
    """A cluster that runs, and is gone afterwards."""
    cluster = Cluster(folder)
    cluster.start()
    try:
        yield cluster
    finally:
        cluster.thaw()
        cluster.stop()


def _find_programs() -> Path:
    """Debian keeps them out of the PATH."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if found := shutil.which("initdb"):
        folders.append(Path(found).parent)
    if not folders:
        raise SystemExit("soak.py needs PostgreSQL's initdb and pg_ctl: apt-get install postgresql")
    return folders[-1]
