"""What looking at the deploy files costs: on the example, against ``flask routes`` there.

    python benchmarks/deploy.py [--quick]

Whole commands in fresh processes, in turn, with warm bytecode. All figures are medians.
"""

from __future__ import annotations

import statistics
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from common import Line, is_quick, print_lines, print_machine, python, python_environ

EXAMPLE = Path(__file__).parent.parent / "example"
COMMANDS = {
    "routes": python("-m", "flask", "--app", "main", "routes"),
    "deploy": python("-m", "flask", "bootcheck", "deploy"),
}


def milliseconds(command: list[str], environ: Mapping[str, str]) -> float:
    """One run of a command."""
    began = time.perf_counter()
    subprocess.run(command, cwd=EXAMPLE, env=environ, capture_output=True, check=True, timeout=60)
    return (time.perf_counter() - began) * 1e3


def main() -> None:
    """Measure and print."""
    rounds = 5 if is_quick(__doc__) else 25
    print_machine()
    with tempfile.TemporaryDirectory() as cache:
        environ = python_environ(Path(cache))
        for command in COMMANDS.values():  # the first one compiles
            milliseconds(command, environ)
        taken: dict[str, list[float]] = {name: [] for name in COMMANDS}
        for _ in range(rounds):
            for name, command in COMMANDS.items():
                taken[name].append(milliseconds(command, environ))
    routes, deploy = (statistics.median(taken[name]) for name in ("routes", "deploy"))
    print_lines(
        [
            Line("flask routes on the example", routes, "ms"),
            Line("flask bootcheck deploy on the example", deploy, "ms", routes),
        ]
    )


if __name__ == "__main__":
    main()
