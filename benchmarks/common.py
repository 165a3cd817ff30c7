"""What the benchmarks share: an app, calls timed in turn, and the table they print."""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from flask import Blueprint, Flask


@dataclass(frozen=True)
class Line:
    """One figure. With a limit it is a promise, kept when ``value / limit`` is at most 1."""

    what: str
    value: float
    unit: str
    limit: float | None = None


def is_quick(description: str | None) -> bool:
    """Read the command line: fewer repetitions with ``--quick``."""
    parser = argparse.ArgumentParser(description=(description or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="fewer repetitions, a rougher figure")
    return bool(parser.parse_args().quick)


def print_machine() -> None:
    """What the figures were measured with."""
    packages = " ".join(f"{name} {version(name)}" for name in ("flask", "werkzeug"))
    print(f"Python {platform.python_version()}, {packages}, {os.cpu_count()} CPUs\n", flush=True)


def print_lines(lines: Iterable[Line]) -> None:
    """Each figure beside its limit; a ratio over 1 breaks the promise."""
    print(f"{'':56} {'measured':>12} {'limit':>12} {'ratio':>6}")
    for line in lines:
        measured = f"{line.value:.3g} {line.unit}"
        limit = ratio = ""
        if line.limit is not None:
            limit = f"{line.limit:.3g} {line.unit}"
            ratio = f"{line.value / line.limit:.2f}"
        print(f"{line.what:56} {measured:>12} {limit:>12} {ratio:>6}")
    print(flush=True)


def make_app(blueprints: int = 30, routes: int = 10) -> Flask:
    """An app of the usual size, with a plain route at ``/plain``."""
    app = Flask("benchmarked")
    for number in range(blueprints):
        blueprint = Blueprint(f"part{number}", __name__, url_prefix=f"/part{number}")
        for route in range(routes):
            blueprint.add_url_rule(f"/{route}/<int:key>", f"view{route}", lambda key: str(key))
        app.register_blueprint(blueprint)
    app.add_url_rule("/plain", "plain", lambda: ("ok", 200, {"Content-Type": "text/plain"}))
    return app


def time_in_turn(
    calls: Mapping[str, Callable[[], object]], rounds: int, seconds: float
) -> dict[str, float]:
    """Microseconds a call. They take turns, a slice of ``seconds`` each, so that a machine that
    gets slower does so for all of them; the median of the slices is theirs."""
    numbers = {name: _calls_in(call, seconds) for name, call in calls.items()}
    slices: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            slices[name].append(_time(call, numbers[name]) / numbers[name] * 1e6)
    return {name: statistics.median(times) for name, times in slices.items()}


def _calls_in(call: Callable[[], object], seconds: float) -> int:
    """How many calls fill a slice, found by calling it: it is warm then."""
    number = 1
    while (taken := _time(call, number)) < seconds / 4:
        number *= 2
    return max(1, round(number * seconds / taken))


def _time(call: Callable[[], object], number: int) -> float:
    turns = range(number)
    began = time.perf_counter()
    for _ in turns:
        call()
    return time.perf_counter() - began


def python_environ(cache: Path) -> dict[str, str]:
    """The environment for a fresh Python that compiles each module once, into ``cache``."""
    environ = {k: v for k, v in os.environ.items() if not k.startswith(("BOOTCHECK_", "GUNICORN_"))}
    environ.pop("PYTHONDONTWRITEBYTECODE", None)
    return {**environ, "PYTHONPYCACHEPREFIX": str(cache), "PYTHONPATH": str(Path(__file__).parent)}


def python(*arguments: str) -> list[str]:
    """A command for this Python."""
    return [sys.executable, *arguments]
