"""What BootCheck costs when an app starts: its import, its wiring, its boot checks, its memory.

    python benchmarks/startup.py [--quick]

Import and wiring in fresh processes with warm bytecode; the boot path and the memory in real
gunicorns, with BootCheck and without, in turn. All figures are medians.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from common import Line, is_quick, print_lines, print_machine, python, python_environ
from served import Start, start_gunicorn

#: Without the collector, as timeit does: when it runs is a matter of the app's other objects.
IMPORT_AND_WIRE = """
import gc, json, time
from common import make_app
app = make_app()
gc.disable()
times = [time.perf_counter()]
from flask_bootcheck import BootCheck
times.append(time.perf_counter())
BootCheck(app)
times.append(time.perf_counter())
for path in ("/one", "/two", "/three"):
    app.add_url_rule(path, path)
times.append(time.perf_counter())
print(json.dumps([(after - before) * 1e3 for before, after in zip(times, times[1:])]))
"""

MIB = 2**20

#: Variants of a gunicorn: is BootCheck on the app, and what its conf says.
ALONE = "from flask_bootcheck.gunicorn import install\ninstall(globals())\n"
VARIANTS = {
    "none": (False, ""),
    "app": (True, ""),
    "install": (True, ALONE),
    "flask": (False, "import flask\n"),
}


def time_imports(times: int, cache: Path) -> list[list[float]]:
    """Milliseconds of the import beyond Flask, of the wiring, and of three routes of Flask's."""
    command, environ = python("-c", IMPORT_AND_WIRE), python_environ(cache)
    found = []
    for _ in range(times + 1):
        done = subprocess.run(
            command, env=environ, stdout=subprocess.PIPE, text=True, check=True, timeout=30
        )
        found.append(json.loads(done.stdout))
    return found[1:]  # the first one compiles


def import_lines(times: int, cache: Path) -> Iterator[Line]:
    """Import and wiring."""
    imported, wired, routes = map(statistics.median, zip(*time_imports(times, cache), strict=True))
    yield Line("import of BootCheck, beyond Flask", imported, "ms", 5)
    yield Line("BootCheck(app), which shows three routes", wired, "ms", 1)
    yield Line("three routes of Flask's own", routes, "ms")


def worker_lines(starts: dict[str, list[Start]]) -> Iterator[Line]:
    """The boot path and the memory, from starts of all variants."""
    alone, installed = starts["app"], starts["install"]
    boot = "begin to READY in a worker"
    yield Line(f"{boot}, app alone", middle(s.boot_ms for s in alone), "ms", 40)
    yield Line(f"{boot}, install()", middle(s.boot_ms for s in installed), "ms", 40)
    worker = {name: middle(s.worker for s in found) for name, found in starts.items()}
    master = {name: middle(s.master for s in found) for name, found in starts.items()}

    def more(of: dict[str, float], name: str) -> float:
        return (of[name] - of["none"]) / MIB

    yield Line("unique memory of a worker without", worker["none"] / MIB, "MiB")
    yield Line("more with BootCheck, app alone", more(worker, "app"), "MiB", 3)
    yield Line("more with BootCheck, install()", more(worker, "install"), "MiB", 3)
    yield Line("memory of a master without", master["none"] / MIB, "MiB")
    yield Line("more in the master with the app alone", more(master, "app"), "MiB")
    yield Line("more in the master with install()", more(master, "install"), "MiB")
    yield Line("more in the master if it imported Flask", more(master, "flask"), "MiB")


def middle(values: Iterator[float]) -> float:
    """The median."""
    return statistics.median(values)


def start_in_turn(rounds: int, folder: Path) -> dict[str, list[Start]]:
    """Each variant once a round, after a start that compiles."""
    start_gunicorn(*VARIANTS["install"], folder)
    starts: dict[str, list[Start]] = {name: [] for name in VARIANTS}
    for _ in range(rounds):
        for name, (watched, conf) in VARIANTS.items():
            starts[name].append(start_gunicorn(watched, conf, folder))
    return starts


def main() -> None:
    """Measure and print."""
    quick = is_quick(__doc__)
    print_machine()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lines = [*import_lines(5 if quick else 21, folder / "cache")]
        starts = start_in_turn(2 if quick else 7, folder)
        print_lines([*lines, *worker_lines(starts)])
    flask_is_there = any(start.flask_in_master for start in starts["install"])
    print(f"install() brings Flask into the master: {'yes' if flask_is_there else 'no'}")


if __name__ == "__main__":
    main()
