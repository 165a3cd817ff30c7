"""A worker that dies, stops, or never comes up."""

from __future__ import annotations

import os
import signal

import pytest

from ..servers.apps import INSTALL, PLAIN
from ..servers.conftest import Serve
from .conftest import Watching

pytestmark = pytest.mark.server

WAYS = pytest.mark.parametrize("conf", [INSTALL, ""], ids=["way 1", "way 3"])
#: Long enough for a probe to see that a worker is missing.
SLOW = "import time; time.sleep(3)\n" + PLAIN


@WAYS
@pytest.mark.fault("SIGKILL to one worker of four")
def test_one_killed_worker_of_four_warns_until_it_is_replaced(serve: Serve, watch: Watching, conf):
    """200 all the time, `warn` while the replacement boots."""
    server = serve(SLOW, "-w", "4", conf=conf)
    server.health_when(lambda answer: answer.status == 200)

    with watch(server) as person:
        os.kill(server.workers[0], signal.SIGKILL)
        person.sees(lambda look: look.status == "warn")
        person.settles(lambda look: look.status == "pass")
    assert person.codes == [200]
    assert person.ids == {"workers.not-ready"}
