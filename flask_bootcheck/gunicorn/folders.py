"""The folders for files of ours: memory where there is some, else the temp folder."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from pathlib import Path


def shared_folders() -> list[Path]:
    """Those there are, best first; whether there is room left shows when one writes."""
    folders = [Path("/dev/shm")]  # noqa: S108 - who opens a file there does so safely
    with suppress(OSError):  # a read-only root has none
        folders.append(Path(tempfile.gettempdir()))
    return folders
