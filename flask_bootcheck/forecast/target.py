"""The app to be measured, found as ``flask --app`` finds it: ``main``, ``main:create_app``, ..."""

from __future__ import annotations

import os

from flask.cli import ScriptInfo

from .worker import TARGET

app = ScriptInfo(app_import_path=os.environ[TARGET] or None).load_app()
