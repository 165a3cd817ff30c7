"""Requests a second under gunicorn: `/healthz` against bare WSGI, a plain route, and others.

    python benchmarks/throughput.py [--quick]

One worker, sync and gthread with 4 threads, 8 connections; all servers are up at once and take turns,
and each figure is the median of its turns. The promise is the ratio to a bare WSGI callable, which is
all that the server can do. Needs wrk (`apt-get install wrk`); `pip install --group benchmarks` brings
the others.
"""

from __future__ import annotations

import re
import shutil
import statistics
import subprocess
import tempfile
from contextlib import ExitStack
from pathlib import Path

from common import is_quick, print_machine
from peers import installed
from serving import Gunicorn, gunicorn

BARE, PLAIN, OURS = "bare WSGI", "a plain route", "/healthz"
CLASSES = {"sync": ("-k", "sync"), "gthread": ("-k", "gthread", "--threads", "4")}
#: At least this part of what bare WSGI does.
LEAST = 0.9
ARGUMENTS = ("-w", "1", "--log-level", "warning")
SOURCE = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from common import make_app
import peers
from flask_bootcheck import BootCheck

def bare(environ, start_response):
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", "17")])
    return [b'{{"status":"pass"}}']
"""
APPS = {
    BARE: ("app = bare", "/"),
    PLAIN: ("app = make_app()", "/plain"),
    OURS: ("app = make_app(); BootCheck(app)", "/healthz"),
}


def main() -> None:
    """Measure and print."""
    seconds, rounds = (1, 3) if is_quick(__doc__) else (5, 5)
    if shutil.which("wrk") is None:
        raise SystemExit("throughput.py needs wrk: apt-get install wrk")
    print_machine()
    for name, arguments in CLASSES.items():
        print(f"{name:30} {'requests/s':>12} {'of bare WSGI':>14}")
        rates = measure(arguments, seconds, rounds)
        for app, rate in rates.items():
            print(f"  {app:28} {rate:12.0f} {rate / rates[BARE]:14.3f}")
        print(
            f"  {OURS} / limit of {LEAST}: {rates[OURS] / rates[BARE] / LEAST:.2f}, kept from 1 on\n"
        )


def measure(arguments: tuple[str, ...], seconds: int, rounds: int) -> dict[str, float]:
    """Requests a second of each app."""
    with ExitStack() as stack:
        servers = {name: serve(stack, *app, arguments) for name, app in apps().items()}
        rates: dict[str, list[float]] = {name: [] for name in servers}
        for server, path in servers.values():
            load(server, path, 1)
        for _ in range(rounds):
            for name, (server, path) in servers.items():
                rates[name].append(load(server, path, seconds))
    return {name: statistics.median(values) for name, values in rates.items()}


def apps() -> dict[str, tuple[str, str]]:
    """How each app is made, and where it is asked."""
    from flask import Flask

    found = {
        name: (f"app = make_app(); peers.{install.__name__}(app)", install(Flask(__name__)))
        for name, install in installed().items()
    }
    return {**APPS, **found}


def serve(
    stack: ExitStack, app: str, path: str, arguments: tuple[str, ...]
) -> tuple[Gunicorn, str]:
    """A server that answers there."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    server = stack.enter_context(gunicorn(folder, SOURCE + app, *ARGUMENTS, *arguments))
    server.wait_for(path, 200)
    return server, path


def load(server: Gunicorn, path: str, seconds: int) -> float:
    """Requests a second, all of them answered with 200."""
    url = f"http://127.0.0.1:{server.port}{path}"
    command = ["wrk", "-t1", "-c8", f"-d{seconds}s", url]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "Non-2xx" not in said, said
    found = re.search(r"Requests/sec:\s+([\d.]+)", said)
    assert found is not None, said
    return float(found[1])


if __name__ == "__main__":
    main()
