"""Until all workers were ready once the instance is booting: 503."""

from __future__ import annotations

import time

import pytest

from .apps import INSTALL, PLAIN
from .conftest import Serve

pytestmark = pytest.mark.server

#: A boot check of the user's that is not done before a file appears.
COLD = (
    PLAIN
    + """
import time
from pathlib import Path
from flask_bootcheck import Stage

@bootcheck.check("cache.cold", stage=Stage.APP)
def cache_is_warm():
    while not Path("go").exists():
        time.sleep(0.02)
"""
)


@pytest.mark.parametrize("conf", [INSTALL, ""], ids=["way 1", "way 3"])
@pytest.mark.parametrize("preload", [(), ("--preload",)], ids=["forked", "preload"])
def test_a_slow_boot_check_is_waited_for(serve: Serve, conf, preload):
    """The worker serves already, and says it is not ready."""
    server = serve(COLD, "-k", "gthread", "--threads", "4", "-w", "1", *preload, conf=conf)

    asked = time.monotonic()
    answer = server.health()
    assert answer.status == 503
    assert answer.ready == 0
    assert time.monotonic() - asked < 5
    assert server.get("/pid").status == 200
    (server.log_file.parent / "go").touch()
    assert server.health_when(lambda answer: answer.status == 200).ready == 1
