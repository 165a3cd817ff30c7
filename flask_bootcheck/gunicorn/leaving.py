"""A worker's end under ``--preload``.

An interpreter that ends frees every object it has, and so copies each page it still shares with its
siblings. After SIGHUP all old workers end at once, beside the new: memory for a moment that nobody has.
"""

from __future__ import annotations

import gc
import io
import sys
from contextlib import suppress
from typing import Any


def keep_shared(*more: Any) -> None:
    """Have the modules, and ``more``, outlive the interpreter: the kernel takes them as a whole.

    Exit handlers run as ever. Files that nobody would close any more are flushed here.
    """
    import ctypes  # its Py_IncRef: a reference that nobody gives back

    for candidate in gc.get_objects():
        if isinstance(candidate, io.BufferedWriter | io.TextIOWrapper):
            _flush(candidate)
    kept = [more, *(list(vars(module).values()) for module in list(sys.modules.values()))]
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(kept))


def _flush(file: Any) -> None:
    with suppress(OSError, ValueError):  # closed, or not to be written
        file.flush()
