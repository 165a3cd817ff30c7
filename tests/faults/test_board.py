"""The memory that the workers share."""

from __future__ import annotations

import random

import pytest

from flask_bootcheck.board import BOARD_SIZE

from ..servers.apps import PLAIN
from ..servers.conftest import Serve
from .conftest import Watching

pytestmark = pytest.mark.server


@pytest.mark.parametrize("workers", [1, 4])
@pytest.mark.fault("garbage written over the board")
def test_garbage_over_the_board_is_a_warning_until_the_workers_have_posted_again(
    serve: Serve, watch: Watching, workers
):
    """200 all the time; `warn` until each worker that is missing has looked again."""
    server = serve(PLAIN, "-w", str(workers))
    server.health_when(lambda answer: answer.status == 200 and answer.ready == workers)
    server.hear_all()
    before = server.workers
    for worker in before:  # each knows that all have booted
        with server.alone(worker):
            server.health_when(lambda answer: answer.status == 200 and answer.ready == workers)

    (board,) = server.shared_boards
    with watch(server) as person:
        with board.open("r+b") as file:
            file.write(random.Random(7).randbytes(BOARD_SIZE))
        if workers > 1:
            person.sees(lambda look: look.status == "warn")
        person.settles(lambda look: look.status == "pass")
    assert person.codes == [200]
    assert person.ids <= {"workers.not-ready"}
    assert server.health().ready == workers
    assert server.workers == before
    assert "Traceback" not in server.log
