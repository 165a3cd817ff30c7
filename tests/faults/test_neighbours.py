"""Another instance beside ours: in the same container, or on the same port."""

from __future__ import annotations

import signal
import socket
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from ..servers.apps import PLAIN
from ..servers.conftest import Serve
from ..servers.server import Server, until
from .breakable import WAYS, changes, ends_when_told, is_gone, kill
from .conftest import Watching

pytestmark = pytest.mark.server


@WAYS
@pytest.mark.fault("two apps in one container, one of them broken")
def test_two_apps_in_one_folder_do_not_mix(serve: Serve, watch: Watching, conf):
    """Of the good one 200 and `pass` all the time, whatever happens to the other: each has a board of
    its own."""
    broken = serve(PLAIN, "-w", "2", conf=conf, environ={"BOOTCHECK_BLUEPRINTS": "cart"})
    broken.health_when(lambda answer: "blueprints.missing" in answer.failing)
    folder = broken.log_file.parent
    broken.log_file = broken.log_file.rename(folder / "broken.log")
    files = {"other.py": PLAIN}
    good = serve(PLAIN, "-w", "3", conf=conf, folder=folder, files=files, target="other:app")
    good.health_when(lambda answer: answer.status == 200 and answer.ready == 3)

    with watch(good) as person:
        until(partial(is_gone, kill(broken)), 5, broken)
        answer = broken.health_when(lambda answer: answer.data["workers"]["failed"] == 2)
        assert (answer.status, answer.data["workers"]["target"]) == (503, 2)
        ends_when_told(broken)
        person.settles(lambda look: look.status == "pass")
    assert (person.codes, person.statuses) == ([200], ["pass"])
    answer = good.health()
    assert (answer.ready, answer.data["workers"]["restarts"]) == (3, 0)
    assert changes(good) == []
    ends_when_told(good)


class Sharing(Server):
    """One of several on a port. Each worker listens for itself, and the log does not say where."""

    def __init__(self, folder: Path, *arguments: str, **options: Any) -> None:
        self._port = int(arguments[-1].rpartition(":")[2])
        super().__init__(folder, "--reuse-port", *arguments, **options)

    @property
    def port(self) -> int:
        """The port it shares."""
        return self._port


@pytest.fixture
def shared_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        return int(reserved.getsockname()[1])


@pytest.mark.fault("two masters on one port by `--reuse-port`, and SIGTERM to one")
def test_two_masters_on_one_port_tell_each_of_its_own(serve: Serve, watch: Watching, shared_port):
    """200 from either, each of its own workers. What waits at a worker that ends is lost: it has a queue
    of its own."""
    bind = ("--bind", f"127.0.0.1:{shared_port}")
    stays = serve(PLAIN, "-w", "2", *bind, kind=Sharing)
    until(lambda: "bootcheck: booted" in stays.log, 20, stays)
    leaves = serve(PLAIN, "-w", "1", *bind, kind=Sharing)
    until(lambda: "bootcheck: booted" in leaves.log, 20, leaves)

    with watch(stays) as person:
        counts = set[int]()

        def both_have_answered() -> bool:
            counts.add(stays.health().ready)
            return counts == {1, 2}

        until(both_have_answered, 20, stays)
        leaves.signal(signal.SIGTERM)
        assert leaves.wait() == 0
        person.settles(lambda look: look.status == "pass")
    assert {look.status for look in person.looks} <= {"pass", "connection lost", "refused"}
    assert person.ids == set()
    assert stays.health().ready == 2
    assert changes(stays) == changes(leaves) == []
    ends_when_told(stays)
