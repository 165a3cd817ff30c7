"""All boot checks of apps with 100 to 100,000 routes, and whether they grow with them.

    python benchmarks/scale.py [--quick]

Each blueprint has 10 routes and is in a module of its own, as a project has them; all are named in
BOOTCHECK_BLUEPRINTS and locked in a bootcheck.lock. A fresh process for each size; the first look
includes what an app does once, such as sorting its routes.
"""

from __future__ import annotations

import importlib
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from common import Line, is_quick, print_lines, print_machine, python, python_environ
from flask import Flask

ROUTES = 10
#: What the promise is about: blueprints, and milliseconds.
PROMISED, LIMIT = 1000, 150.0
#: As many blueprints and ten times as many, and how much longer those may take.
TIMES, GROWTH = 10, 10.0
MODULE = """
from flask import Blueprint

bp = Blueprint("part{number}", __name__, url_prefix="/part{number}")

def view(key):
    return str(key)

for route in range({routes}):
    bp.add_url_rule(f"/{{route}}/<int:key>", f"view{{route}}", view)
"""


def make_app(blueprints: int) -> Flask:
    """Write the project, import it, wire it."""
    project = Path("project")
    project.mkdir()
    (project / "__init__.py").touch()
    for number in range(blueprints):
        module = MODULE.format(number=number, routes=ROUTES)
        (project / f"part{number}.py").write_text(module)
    sys.path.insert(0, str(Path.cwd()))
    app = Flask("project")
    for number in range(blueprints):
        app.register_blueprint(importlib.import_module(f"project.part{number}").bp)
    return app


def look(blueprints: int, times: int) -> None:
    """In a process of its own: print the milliseconds of the first look, and of the others."""
    from flask_bootcheck import BootCheck
    from flask_bootcheck.lock.entries import lock_of
    from flask_bootcheck.lock.file import FILE_NAME, render_lock

    app = make_app(blueprints)
    app.config["BOOTCHECK_BLUEPRINTS"] = [f"part{number}" for number in range(blueprints)]
    Path(FILE_NAME).write_text(render_lock(lock_of(app)))
    bootcheck = BootCheck(app)
    taken, cpu, report = [], [], None
    for _ in range(times):
        began, used = time.perf_counter(), time.process_time()
        report = bootcheck.run(app)
        taken.append((time.perf_counter() - began) * 1e3)
        cpu.append((time.process_time() - used) * 1e3)
    assert report is not None
    assert not report.findings, report.findings
    checks = {result.id: result.duration * 1e3 for result in report.results}
    later = statistics.median(taken[1:])
    print(json.dumps({"first": taken[0], "later": later, "cpu": cpu[0], "checks": checks}))


def measure(blueprints: int, times: int, cache: Path) -> dict[str, Any]:
    """The same, from outside."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            python(__file__, "look", str(blueprints), str(times)),
            env=python_environ(cache),
            cwd=folder,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            timeout=600,
        )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def curve(found: list[dict[int, dict[str, Any]]], which: str) -> dict[int, float]:
    """The median of some rounds, by size."""
    return {size: statistics.median(each[size][which] for each in found) for size in found[0]}


def lines_of(what: str, taken: dict[int, float]) -> list[Line]:
    """A line for each size, and how each grows from the one before."""
    lines = [
        Line(f"{what}, {n * ROUTES:,} routes", ms, "ms", LIMIT if n == PROMISED else None)
        for n, ms in taken.items()
    ]
    growth = [
        Line(
            f"{what}, {n * ROUTES:,} routes against {n * ROUTES // TIMES:,}",
            ms / taken[n // TIMES],
            "times",
            GROWTH,
        )
        for n, ms in taken.items()
        if n // TIMES in taken
    ]
    return [*lines, *growth]


def main() -> None:
    """Measure and print."""
    quick = is_quick(__doc__)
    print_machine()
    sizes = (10, 100, 1000) if quick else (10, 100, 1000, 10_000)
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder)
        measure(1, 2, cache)  # compiles
        found = [{n: measure(n, 6, cache) for n in sizes} for _ in range(1 if quick else 3)]
    shown = {"first look": "first", "its CPU time": "cpu", "later looks": "later"}
    print_lines(
        line for what, which in shown.items() for line in lines_of(what, curve(found, which))
    )
    slowest = sorted(found[-1][PROMISED]["checks"].items(), key=lambda pair: -pair[1])[:5]
    print(f"later looks, {PROMISED * ROUTES:,} routes, the slowest checks in ms:")
    print(", ".join(f"{name} {ms:.1f}" for name, ms in slowest))


if __name__ == "__main__":
    if sys.argv[1:2] == ["look"]:
        look(*map(int, sys.argv[2:]))
    else:
        main()
