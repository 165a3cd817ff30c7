"""Look at an app that no server runs: every check that can, one after the other."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from .boot import Boot, Trial
from .findings import Report
from .limits import read_limits
from .lock.file import read_lock
from .redaction import Redactor
from .registry import Registry
from .runner import run
from .settings import EXTENSION, read_settings
from .sources.home import folders_of

if TYPE_CHECKING:
    from flask import Flask

    from .deploy.plan import DeployPlan


def inspect_app(
    app: Flask,
    registry: Registry,
    trial: Trial | None = None,
    plan: DeployPlan | None = None,
) -> Report:
    """Run these checks, those of other packages must be among them, and wait.

    :raises SettingError: when a setting of the app cannot be used.
    """
    watched = app.extensions.get(EXTENSION)
    resolved = watched.settings if watched is not None else read_settings({}, app.config)
    limits, lock = read_limits(resolved, os.environ), read_lock(folders_of(app))
    boot = Boot(resolved, limits, os.environ, app, trial=trial, plan=plan, lock=lock)
    redact = Redactor.of(os.environ, app.config, {"token": resolved.token})
    return run(registry, boot, redact)
