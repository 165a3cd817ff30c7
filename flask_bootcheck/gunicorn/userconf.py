"""The user's own gunicorn conf, loaded by a conf of ours."""

from __future__ import annotations

import importlib
import os
import runpy
from pathlib import Path
from typing import Any

VARIABLE = "BOOTCHECK_GUNICORN_CONF"
#: Stands in a conf that has our hooks already.
INSTALLED = "_bootcheck_is_installed"
_DEFAULT = "gunicorn.conf.py"


def load_user_conf() -> dict[str, Any]:
    """The public names of ``$BOOTCHECK_GUNICORN_CONF`` or ``gunicorn.conf.py``; empty without one.

    :raises OSError: when one is named that is not there. Whatever a conf raises goes through, as it
        would without us.
    """
    named = os.environ.get(VARIABLE, "")
    if named.startswith("python:"):
        names = vars(importlib.import_module(named.removeprefix("python:")))
    elif named or Path(_DEFAULT).exists():
        names = runpy.run_path(named.removeprefix("file:") or _DEFAULT, run_name="__config__")
    else:
        return {}
    return {k: v for k, v in names.items() if k == INSTALLED or not k.startswith("_")}
