"""The forecast against what the kernel counts: seven apps at 8 workers, plain and preload.

    python benchmarks/forecast.py [--quick] [--apps example,httpbin] [--frozen] [--cache FOLDER]

Each app has an environment of its own, made in the cache folder the first time; some are generated.
The truth is a memory cgroup with the package in it as the forecast has counted it, by the flag for
an app that never heard of it: after as many requests a worker as the forecast has made, and after a
full collection in every worker. Needs a place to make a group in.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from common import Line, print_lines
from contained import MIB, Contained, NoGroup, clean_environ
from generated import write_blueprints, write_models, write_numbers

sys.path.append(str(Path(__file__).parent.parent))

from apps import table
from apps.environments import ROOT, python_of

WORKERS = 8
REQUEST_SECONDS = 300
#: A share of them is enough: one that hangs in the app hangs for the forecast, too.
ANSWERED = 0.9
#: Of a platform, to each worker.
PROBES = 6
BOOT_SECONDS = 180


FREEZE = "BOOTCHECK_GC_FREEZE"
#: Name, flags of gunicorn and of the forecast, and what is set for both.
Mode = tuple[str, list[str], dict[str, str]]
MODES: tuple[Mode, ...] = (("plain", [], {}), ("preload", ["--preload"], {}))
FROZEN: Mode = ("frozen", ["--preload"], {FREEZE: "1"})
#: Percent: of the median and the worst error, and how far one may be too low.
MEDIAN, WORST, UNDER = 2.0, 5.0, 3.0


@dataclass(frozen=True)
class App:
    """``flask`` and ``gunicorn`` are what each of them calls the app; ``write`` makes it in a folder,
    and ``like`` is the app whose environment it has."""

    name: str
    flask: str
    gunicorn: str
    packages: tuple[str, ...]
    environ: dict[str, str] = field(default_factory=dict)
    folder: Path | None = None
    prepare: tuple[str, ...] = ()
    write: Callable[[Path], None] | None = None
    like: str = ""


def _foreign(name: str) -> App:
    """One of the table, with its pins."""
    app = next(app for app in table.APPS if app.name == name)
    return App(name, app.flask or app.target, app.target, app.packages, dict(app.environ))


def _generated(name: str, write: Callable[[Path], None]) -> App:
    environ = {"DATABASE_URL": "sqlite:///{folder}/app.db"}
    return App(name, "main", "main:app", (), environ, write=write, like="example")


#: ``{folder}`` is a temporary one.
APPS = (
    App(
        "example",
        "main",
        "main:app",
        ("flask-sqlalchemy",),
        {"DATABASE_URL": "sqlite:///{folder}/shop.db"},
        ROOT / "example",
        ("init-db",),
    ),
    _generated("blueprints", write_blueprints),
    _generated("numbers", write_numbers),
    _generated("models", write_models),
    *map(_foreign, ("httpbin", "moto", "mlflow")),
)


@dataclass(frozen=True)
class Truth:
    """Bytes at 8 workers, by the cgroup; RSS and USS are those of one worker times 8."""

    warm: float
    collected: float
    rss: float
    uss: float


@dataclass(frozen=True)
class Said:
    """By the forecast, at 8 workers: what to plan for, and until the first collection. ``requests``
    and ``routes`` are how it was warmed; ``governed``: with our hooks in gunicorn."""

    plan: float
    until: float
    requests: int
    routes: tuple[str, ...]
    governed: bool


@dataclass(frozen=True)
class Row:
    """One app in one mode: the truth, and what the forecast said."""

    name: str
    truth: Truth
    plan: float
    until: float

    def error(self, said: float, true: float | None = None) -> float:
        """Percent over the truth after collection, or over another one."""
        true = true or self.truth.collected
        return (said - true) / true * 100


def predict(app: App, python: str, environ: dict[str, str], flags: list[str]) -> Said:
    """What the command says."""
    command = [python, "-m", "flask", "--app", app.flask, "bootcheck", "forecast"]
    done = subprocess.run(
        [*command, "--format", "json", *flags],
        env=environ,
        cwd=app.folder or environ["HOME"],
        capture_output=True,
        text=True,
        timeout=2 * BOOT_SECONDS,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"the forecast failed: {(done.stderr or done.stdout).strip()[-500:]}")
    data = json.loads(done.stdout)
    found = next(each for each in data["predictions"] if each["workers"] == WORKERS)
    return Said(
        found["bytes"],
        found["untilCollection"],
        sum(each["requests"] for each in data["answers"]),
        tuple(dict.fromkeys(each["path"] for each in data["answers"])),
        data["counted"] == "hooks",
    )


def measure(
    app: App,
    python: str,
    environ: dict[str, str],
    flags: list[str],
    folder: Path,
    said: Said,
    workers: int = WORKERS,
) -> Truth:
    """So many workers in a cgroup, each as warm as the one that was measured."""
    arguments = ["--workers", str(workers), "--timeout", str(BOOT_SECONDS), *flags, app.gunicorn]
    # The hooks are told to leave the worker count alone.
    environ = {**environ, "BOOTCHECK_OVERCOMMIT": "warn"}
    where = {"cwd": app.folder or folder, "python": python, "governed": said.governed}
    with Contained(arguments, folder, environ, **where) as server:
        if not server.wait(workers, BOOT_SECONDS):
            raise RuntimeError(f"does not boot: {server.log.read_text()[-500:]}")
        server.request(PROBES * workers, routes=("/healthz",))
        asked = said.requests * workers
        answered = server.request(asked, REQUEST_SECONDS, routes=said.routes)
        if answered < asked * ANSWERED:
            raise RuntimeError(f"{answered} of {asked} requests were answered")
        warm, (rss, uss) = server.truth(), server.naive()
        server.collect()
        return Truth(warm, server.truth(), rss * WORKERS, uss * WORKERS)


def prepare(app: App, python: str, environ: dict[str, str], folder: Path) -> None:
    """What the app does on its first start alone, such as filling its database, is done after."""
    if app.write is not None:
        app.write(folder)
    for command in app.prepare:
        flask = [python, "-m", "flask", "--app", app.flask, command]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        subprocess.run(flask, env=environ, cwd=app.folder, check=True, timeout=60, **quiet)
    measure(app, python, environ, [], folder, Said(0, 0, 10, ("/",), governed=True), workers=1)


def compare(app: App, python: str, rounds: int, modes: tuple[Mode, ...]) -> Iterator[Row]:
    """The rows of one app; medians of some rounds, forecast and truth in turn."""
    for mode, flags, setting in modes:
        truths, said = [], []
        for _ in range(rounds):
            with tempfile.TemporaryDirectory() as name:
                folder = Path(name)
                more = {k: v.format(folder=folder) for k, v in app.environ.items()}
                environ = clean_environ(**more, HOME=name)
                prepare(app, python, environ, folder)
                environ |= setting
                said.append(predict(app, python, environ, flags))
                truths.append(measure(app, python, environ, flags, folder, said[-1]))
        names = ("warm", "collected", "rss", "uss")
        middle = {name: statistics.median(getattr(t, name) for t in truths) for name in names}
        plan, until = (statistics.median(getattr(s, n) for s in said) for n in ("plan", "until"))
        yield Row(f"{app.name} {mode}", Truth(**middle), plan, until)


def print_row(row: Row) -> None:
    """MiB, and percent over the truth."""
    true = row.truth
    figures = (
        f"{true.warm / MIB:7.0f} {row.until / MIB:7.0f} {row.error(row.until, true.warm):+6.1f}%",
        f"{true.collected / MIB:7.0f} {row.plan / MIB:7.0f} {row.error(row.plan):+6.1f}%",
        f"{row.error(true.rss):+7.0f}% {row.error(true.uss):+7.0f}%",
    )
    print(f"{row.name:18}", "  ".join(figures), flush=True)


def print_summary(rows: list[Row]) -> None:
    """Against the promise."""
    errors = [row.error(row.plan) for row in rows]
    sizes = [abs(error) for error in errors]
    print(f"\nplan for, at {WORKERS} workers, against the cgroup after a full collection:")
    lines = [
        Line("median error", statistics.median(sizes), "%", MEDIAN),
        Line("worst error", max(sizes), "%", WORST),
        Line("the most that one is too low", max(0.0, -min(errors)), "%", UNDER),
    ]
    print_lines(lines)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="one round, not three")
    parser.add_argument("--apps", default=",".join(app.name for app in APPS))
    parser.add_argument("--frozen", action="store_true", help="with BOOTCHECK_GC_FREEZE, too")
    parser.add_argument("--cache", type=Path, default=Path.home() / ".cache/flask-bootcheck")
    chosen = parser.parse_args()
    rows: list[Row] = []
    modes = (*MODES, FROZEN) if chosen.frozen else MODES
    print(f"{'':18} {'after requests':>23}  {'after collections':>23}  {'error of':>17}")
    heads = f"{'true':>7} {'said':>7} {'error':>7}"
    print(f"{'MiB at 8 workers':18} {heads}  {heads}  {'RSS x 8':>8} {'USS x 8':>8}", flush=True)
    for app in (app for app in APPS if app.name in chosen.apps.split(",")):
        try:
            like = next(each for each in APPS if each.name == (app.like or app.name))
            python = python_of(like, chosen.cache.absolute())
            for row in compare(app, python, 1 if chosen.quick else 3, modes):
                print_row(row)
                rows.append(row)
        except NoGroup as problem:
            sys.exit(f"no memory cgroup can be made here: {problem}")
        except (RuntimeError, subprocess.SubprocessError, OSError) as problem:
            print(f"{app.name:18} left out: {problem}", flush=True)
    if rows:
        print_summary(rows)


if __name__ == "__main__":
    main()
