"""All boot checks of an app with 1000 blueprints of 10 routes, and whether they grow with it.

    python benchmarks/many_blueprints.py [--quick]

Each blueprint is in a module of its own, as a project has them. A fresh process for each size; the
first look includes what an app does once, such as sorting its routes.
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

from common import Line, is_quick, print_lines, print_machine, python, python_environ
from flask import Flask

ROUTES = 10
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

    app = make_app(blueprints)
    app.config["BOOTCHECK_BLUEPRINTS"] = [f"part{number}" for number in range(blueprints)]
    bootcheck = BootCheck(app)
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        report = bootcheck.run(app)
        taken.append((time.perf_counter() - began) * 1e3)
    shown = {result.id: (result.status.name, result.duration) for result in report.results}
    print(json.dumps({"first": taken[0], "later": statistics.median(taken[1:]), "checks": shown}))


def measure(blueprints: int, times: int, cache: Path) -> dict[str, float]:
    """The same, from outside."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            python(__file__, "look", str(blueprints), str(times)),
            env=python_environ(cache),
            cwd=folder,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            timeout=60,
        )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def main() -> None:
    """Measure and print."""
    quick = is_quick(__doc__)
    print_machine()
    sizes, rounds = (250, 500, 1000), 1 if quick else 3
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder)
        measure(1, 2, cache)  # compiles
        found = [{size: measure(size, 6, cache) for size in sizes} for _ in range(rounds)]
    first = {size: statistics.median(each[size]["first"] for each in found) for size in sizes}
    later = {size: statistics.median(each[size]["later"] for each in found) for size in sizes}
    limit = {1000: 150.0}
    print_lines(
        [
            *(Line(f"first look, {n} x {ROUTES}", first[n], "ms", limit.get(n)) for n in sizes),
            *(Line(f"later looks, {n} x {ROUTES}", later[n], "ms", limit.get(n)) for n in sizes),
        ]
    )
    for name, taken in (("first look", first), ("later looks", later)):
        growth = ", ".join(f"{taken[n] / taken[250]:.1f}" for n in sizes)
        print(f"{name}: 1, 2 and 4 times the blueprints take {growth} times as long")


if __name__ == "__main__":
    if sys.argv[1:2] == ["look"]:
        look(*map(int, sys.argv[2:]))
    else:
        main()
