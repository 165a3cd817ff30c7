"""The user's own gunicorn conf, loaded by a conf of ours."""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from typing import Any

from .arguments import their_conf

VARIABLE = "BOOTCHECK_GUNICORN_CONF"
#: Stands in a conf that has our hooks already.
INSTALLED = "_bootcheck_is_installed"
_DEFAULT = "gunicorn.conf.py"


def user_conf() -> str:
    """A path, or ``python:`` and a module: what ``$BOOTCHECK_GUNICORN_CONF`` names, else another
    ``-c`` beside ours, else gunicorn's default. Empty where there is none."""
    named = os.environ.get(VARIABLE, "") or their_conf()
    return named.removeprefix("file:") or (_DEFAULT if Path(_DEFAULT).exists() else "")


def load_user_conf() -> dict[str, Any]:
    """The public names of the user's conf; empty without one.

    Read by gunicorn's own function, so that one that raises or is missing ends as without us.
    """
    conf = user_conf()
    if not conf:
        return {}
    if conf.startswith("python:"):
        names = vars(importlib.import_module(conf.removeprefix("python:")))
    else:
        from gunicorn.app.base import Application

        reader = Application.__new__(Application)  # it needs nothing of a whole one
        names = reader.get_config_from_filename(conf)
    return {k: v for k, v in names.items() if k == INSTALLED or not k.startswith("_")}
