"""The app to be measured, found as the trial finds it: ``main``, ``main:create_app``, behind a
middleware. What is wrapped around it is imported, and so measured, but not called."""

from __future__ import annotations

import os

from ..trial.load import load_app
from .worker import TARGET

_, app = load_app(os.environ[TARGET])
