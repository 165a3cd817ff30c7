"""A gunicorn on a machine that lacks something: in a mount namespace of its own, as another user, or
with limits of its own. The machine itself is never touched."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from ..servers.server import Server

#: A ``/dev/shm`` of its own, so that nothing is left in the machine's.
_SHM = "mount -t tmpfs -o mode=1777 tmpfs /dev/shm"
#: Becomes the user nobody for good.
AS_NOBODY = (
    *("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"),
    *("--inh-caps=-all", "--bounding-set=-all", "--no-new-privs"),
)


class Confined(Server):
    """``prepare`` are shell commands in the new namespace, ``before`` is a program that becomes what
    stands behind it, such as ``prlimit``."""

    def __init__(
        self,
        folder: Path,
        *arguments: str,
        prepare: str = "",
        before: Sequence[str] = (),
        **options: Any,
    ) -> None:
        needs_namespaces()
        lines = ("set -e", "mount --make-rprivate /", _SHM, prepare, 'exec "$@"')
        self._before = ["unshare", "--mount", "sh", "-c", "\n".join(lines), "sh", *before]
        super().__init__(folder, *arguments, **options)

    def _start(self, folder: Path, command: Sequence[str], environ: Mapping[str, str]) -> None:
        super()._start(folder, [*self._before, *command], environ)

    @property
    def left_over(self) -> list[str]:
        """The names of our files in its ``/dev/shm``."""
        folder = Path(f"/proc/{self.master}/root/dev/shm")
        return sorted(path.name for path in folder.glob("flask-bootcheck-*"))


def needs_namespaces() -> None:
    """Skip where none can be made; for root in CI that fails."""
    try:
        done = subprocess.run(
            ["unshare", "--mount", "mount", "--make-rprivate", "/"], capture_output=True, text=True
        )
        error = done.stderr.strip() if done.returncode else ""
    except OSError as failed:
        error = str(failed)
    if not error:
        return
    if os.environ.get("CI") and os.geteuid() == 0:
        pytest.fail(f"no mount namespace can be made: {error}")
    pytest.skip(f"no mount namespace can be made, only root may: {error}")
