"""What visitors of an app notice of its health checks: eight that hang, and a stampede of probes.

    python benchmarks/hangs.py [--quick]

One gunicorn worker of each class. A visitor asks for a page of the app, one request after the other,
in slices of a few seconds: in turn with somebody probing `/healthz` ten times a second, and without.
All eight LIVE checks hang the whole time. Then the same with a check that takes a second, and 200
probes at once each second. The ratio is that of the times with probes to those without.

eventlet needs a Python of its own: STORY_PYTHON, or that of .venvs/story.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from common import is_quick, print_machine
from serving import Gunicorn, gunicorn

CLASSES = {
    "sync": ("-k", "sync"),
    "gthread": ("-k", "gthread", "--threads", "4"),
    "gevent": ("-k", "gevent"),
    "eventlet": ("-k", "eventlet"),
}
#: Within 10 % of a run without probes.
LIMIT = 1.1
APP = """
import os, time
from flask import Flask
from flask_bootcheck import BootCheck

app = Flask(__name__)
bootcheck = BootCheck(app, ttl=5, timeout=1)

@app.get("/page")
def page():
    return "x" * 1000

def hangs():
    time.sleep(3600)

def is_slow():
    time.sleep(1)

for number in range(int(os.environ["HUNG"])):
    bootcheck.check(f"hung.check{number}")(lambda: hangs())
if not int(os.environ["HUNG"]):
    bootcheck.check("queue.slow")(is_slow)
"""
#: In a process of its own, so that it does not hold up the visitor: how many probes at once, and the
#: seconds from one volley to the next.
PROBER = """
import http.client, sys, threading, time
port, count, step = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
def probe():
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        connection.getresponse().read()
    finally:
        connection.close()
print("ready", flush=True)
end = time.monotonic() + 60
while time.monotonic() < end:
    began = time.monotonic()
    crowd = [threading.Thread(target=probe) for _ in range(count)]
    [one.start() for one in crowd]
    [one.join() for one in crowd]
    time.sleep(max(0, began + step - time.monotonic()))
"""


@dataclass(frozen=True)
class Scene:
    """What is wrong, and how it is probed."""

    what: str
    hung: int
    probes: int
    step: float


SCENES = (
    Scene("8 hung checks, 10 probes a second", 8, 1, 0.1),
    Scene("a check of 1 s, 200 probes at once a second", 0, 200, 1.0),
)


def main() -> None:
    """Measure and print."""
    seconds, rounds = (1.0, 3) if is_quick(__doc__) else (3.0, 7)
    print_machine()
    for scene in SCENES:
        print(f"{scene.what:46} {'median, ms':>20} {'ratio':>6} {'p99, ms':>20} {'ratio':>6}")
        for name, arguments in CLASSES.items():
            python = python_of(name)
            if python is None:
                print(f"  {name:44} no Python with it: set STORY_PYTHON")
                continue
            with served(python, arguments, scene) as server:
                without, probed = in_turn(server, scene, seconds, rounds)
            print(f"  {name:44} {compared(without, probed)}", flush=True)
        print()
    print(f"A ratio of at most {LIMIT} is kept: within 10 % of a run without probes.")


def compared(without: list[float], probed: list[float]) -> str:
    """Median and 99th percentile of both, and their ratios."""
    cells = []
    for number in (49, 98):
        before, after = (statistics.quantiles(times, n=100)[number] for times in (without, probed))
        cells += [f"{before * 1e3:8.2f} -> {after * 1e3:8.2f}", f"{after / before:6.2f}"]
    return " ".join(cells)


def in_turn(
    server: Gunicorn, scene: Scene, seconds: float, rounds: int
) -> tuple[list[float], list[float]]:
    """Seconds that requests took without probes, and with them."""
    without: list[float] = []
    probed: list[float] = []
    for _ in range(rounds):
        without += visit(server, seconds)
        with probing(server, scene):
            probed += visit(server, seconds)
    return without, probed


def visit(server: Gunicorn, seconds: float) -> list[float]:
    """One request after the other; seconds that each took."""
    taken = []
    end = time.perf_counter() + seconds
    while (began := time.perf_counter()) < end:
        server.status("/page")
        taken.append(time.perf_counter() - began)
    return taken


@contextmanager
def probing(server: Gunicorn, scene: Scene) -> Iterator[None]:
    """Somebody probes meanwhile."""
    arguments = (str(server.port), str(scene.probes), str(scene.step))
    prober = subprocess.Popen([sys.executable, "-c", PROBER, *arguments], stdout=subprocess.PIPE)
    try:
        assert prober.stdout is not None
        prober.stdout.readline()
        yield
    finally:
        prober.kill()
        prober.communicate()


@contextmanager
def served(python: str, arguments: tuple[str, ...], scene: Scene) -> Iterator[Gunicorn]:
    """The app, when all its checks have had their deadline."""
    environ = {"HUNG": str(scene.hung)}
    with (
        tempfile.TemporaryDirectory() as folder,
        gunicorn(Path(folder), APP, *arguments, environ=environ, python=python) as server,
    ):
        server.wait_for("/healthz", 503 if scene.hung else 200, times=3)  # past its boot
        visit(server, 1)
        yield server


def python_of(name: str) -> str | None:
    """The Python that has a worker class."""
    if name != "eventlet":
        return sys.executable
    story = Path(__file__).parent.parent / ".venvs" / "story" / "bin" / "python"
    python = os.environ.get("STORY_PYTHON") or str(story)
    return python if Path(python).exists() else None


if __name__ == "__main__":
    main()
