"""Apps with BootCheck, and asking them."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from flask import Flask

from flask_bootcheck import BootCheck, Stage

TOKEN = "opens-the-details"
HOLDER = {"Authorization": f"Bearer {TOKEN}"}
#: What stands for a check that is waited for.
NO_RESULT_YET = "no result yet"


def make_app(bootcheck: BootCheck | None = None, **settings: Any) -> Flask:
    """An app that is watched. Whether the machine has a memory limit shall not matter."""
    app = Flask("shop")
    settings = {"token": TOKEN, "memory_limit": "64G", **settings}
    (bootcheck or BootCheck()).init_app(app, **settings)
    return app


def with_check(function: Any, stage: Stage = Stage.LIVE, **settings: Any) -> Flask:
    """An app with one check of the user's."""
    bootcheck = BootCheck()
    bootcheck.check("queue.stuck", stage=stage)(function)
    return make_app(bootcheck, **settings)


def ask(app: Flask, path: str = "/healthz", **headers: str) -> Any:
    """The answer for anyone."""
    return app.test_client().get(path, headers=headers)


def health(app: Flask, path: str = "/healthz") -> Any:
    """The answer for the token holder."""
    return ask(app, path, **HOLDER)


def health_when(app: Flask, expected: Callable[[Any], object], seconds: float = 10) -> Any:
    """The first answer for the token holder that is as expected."""
    deadline = time.monotonic() + seconds
    while not expected(answer := health(app)):
        assert time.monotonic() < deadline, f"not in {seconds} s: {answer.text}"
        time.sleep(0.005)
    return answer


def is_settled(answer: Any) -> bool:
    """Whether a first round has come to its end."""
    return NO_RESULT_YET not in answer.text


def entry(answer: Any, check_id: str) -> dict[str, Any]:
    """What is said of a check."""
    found: dict[str, Any] = answer.json["checks"][check_id][0]
    return found
