"""The governor in a container of 512 MiB that is asked for 97 workers: how fast, and how many.

    python benchmarks/governor.py [--quick]

The app is the example, in a memory cgroup; it needs a place to make one in, and Flask-SQLAlchemy.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from common import Line, is_quick, print_lines, print_machine, python
from contained import MIB, Contained, NoGroup, clean_environ

EXAMPLE = Path(__file__).parent.parent / "example"
SAVED = "bootcheck.forecast.json"
LIMIT = 512 * MIB
ASKED = 97
REQUESTS = 500
BOOT_SECONDS = 60
TOKEN = "benchmark"  # noqa: S105 - protects nothing
#: What the noise of two starts on a busy machine may look like, in boots of one worker.
NOISE = 0.25


@dataclass(frozen=True)
class Site:
    """Where the app is and what it runs with; a copy, so that a forecast can be saved beside it."""

    folder: Path
    environ: dict[str, str]

    def start(self, workers: int, governed: bool = False, limit: int | None = LIMIT) -> Contained:
        """The app in a container."""
        arguments = ["--workers", str(workers), "--timeout", "60", "main:app"]
        app = self.folder / "app"
        return Contained(arguments, self.folder, self.environ, limit, governed, app)

    def forget(self) -> None:
        """Remove the saved forecast."""
        (self.folder / "app" / SAVED).unlink(missing_ok=True)

    def forecast(self, *flags: str, **more: str) -> dict:
        """What the command says."""
        done = subprocess.run(
            python(
                "-m", "flask", "--app", "main", "bootcheck", "forecast", "--format", "json", *flags
            ),
            cwd=self.folder / "app",
            env={**self.environ, "BOOTCHECK_MEMORY_LIMIT": str(LIMIT), **more},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            check=True,
            timeout=180,
        )
        return json.loads(done.stdout)


def make_site(folder: Path) -> Site:
    """A copy of the example, its database filled."""
    (folder / "app").mkdir()
    for name in ("main.py", "shop"):
        (folder / "app" / name).symlink_to(EXAMPLE / name)
    environ = clean_environ(
        DATABASE_URL=f"sqlite:///{folder}/shop.db", BOOTCHECK_TOKEN=TOKEN, HOME=str(folder)
    )
    command = python("-m", "flask", "--app", "main", "init-db")
    subprocess.run(
        command, cwd=folder / "app", env=environ, check=True, stdout=subprocess.DEVNULL, timeout=60
    )
    return Site(folder, environ)


# -- how fast -----------------------------------------------------------------------------------------


def boot_seconds(site: Site) -> float:
    """What one worker takes from its fork until it is complete."""
    with site.start(1) as server:
        assert server.wait(1, BOOT_SECONDS), server.log.read_text()
        (said,) = server.workers().values()
        return said["complete"] - said["forked"]


def start_seconds(site: Site, workers: int, asked: int, governed: bool) -> float:
    """From the start until so many workers are complete."""
    with site.start(asked, governed) as server:
        assert server.wait(workers, BOOT_SECONDS), server.log.read_text()
        return server.seconds_until(workers)


def time_starts(site: Site, workers: int, rounds: int) -> Iterator[Line]:
    """The same number of workers: asked for plainly, and arrived at by the governor."""
    boot, plain, ramp, saved = [], [], [], []
    for _ in range(rounds):
        boot.append(boot_seconds(site))
        plain.append(start_seconds(site, workers, workers, governed=False))
        site.forget()
        ramp.append(start_seconds(site, workers, ASKED, governed=True))
        site.forecast("--save")
        saved.append(start_seconds(site, workers, ASKED, governed=True))
    one = statistics.median(boot)
    yield Line("boot of one worker", one, "s")
    yield Line(f"{workers} workers complete, plain gunicorn", statistics.median(plain), "s")
    for name, times, boots in (("governed", ramp, 1.0), ("governed, saved forecast", saved, NOISE)):
        yield Line(f"{workers} of {ASKED} workers complete, {name}", statistics.median(times), "s")
        more = statistics.median(late - soon for late, soon in zip(times, plain, strict=True)) / one
        yield Line(f"  later than plain, {name}", max(0.0, more), "boots", boots)


# -- how many -----------------------------------------------------------------------------------------


def survives(server: Contained, workers: int) -> bool:
    """Whether it boots, answers the requests and collects without a kill."""
    if not server.wait(workers, BOOT_SECONDS):
        return False
    server.request(REQUESTS, seconds=30)
    server.collect(30)
    return server.group.oom_kills() == 0 and len(server.workers()) == workers


def find_maximum(site: Site) -> int:
    """The most workers of a plain gunicorn that survive, by bisection."""

    def fit(workers: int) -> bool:
        with site.start(workers) as server:
            return survives(server, workers)

    low, high = 1, 2
    while fit(high):
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fit(middle) else (low, middle)
    return low


def count_governed(site: Site) -> tuple[int, int]:
    """How many run of those asked for, and the kernel's kills."""
    with site.start(ASKED, governed=True) as server:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        _until(lambda: server.get("/healthz")[0] == 200, BOOT_SECONDS)
        server.request(REQUESTS, seconds=30)
        server.collect(30)
        ready = json.loads(server.get("/healthz", headers)[1])["workers"]["ready"]
        return ready, server.group.oom_kills()


def _until(what: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not what() and time.monotonic() < deadline:
        time.sleep(0.1)


def count_workers(site: Site, rounds: int) -> Iterator[Line]:
    """What runs, against what could."""
    maximum = find_maximum(site)
    yield Line("true maximum in 512 MiB, by bisection", maximum, "workers")
    kills = 0
    for name, flags, least in (("", (), 0.55), (", saved forecast", ("--save",), 0.75)):
        site.forget()
        counts = []
        for _ in range(rounds):
            if flags:
                site.forecast(*flags)
            ready, killed = count_governed(site)
            counts.append(ready)
            kills += killed
        count = min(counts)
        yield Line(f"run of {ASKED} asked for{name}", count, "workers")
        # The promise is a least: turned over, so that at most 1 is kept here, too.
        yield Line(f"  true maximum / run{name}", maximum / count, "", 1 / least)
    site.forget()
    fits = site.forecast(BOOTCHECK_MEMORY_HEADROOM="0")["workersThatFit"]
    yield Line("fit by the forecast, no headroom: at most the maximum", fits, "workers", maximum)
    yield Line("  true maximum / fit, no headroom", maximum / fits, "", 1 / 0.85)
    yield Line("killed by the kernel under the governor", kills, "kills")


def time_forecast(site: Site, rounds: int) -> Iterator[Line]:
    """A whole forecast, against its boots."""
    shares, taken = [], []
    for _ in range(rounds):
        began = time.monotonic()
        boot = site.forecast()["bootSeconds"]
        taken.append(time.monotonic() - began)
        shares.append(2 * boot + 3)
    yield Line("a whole forecast, 2 boots + 3 s", statistics.median(taken), "s", min(shares))


def main() -> None:
    """Measure and print."""
    rounds = 1 if is_quick(__doc__) else 5
    print_machine()
    with tempfile.TemporaryDirectory() as name:
        site = make_site(Path(name))
        try:
            print_lines(time_forecast(site, rounds))
            print_lines(count_workers(site, rounds))
            site.forget()
            workers, _ = count_governed(site)
            print_lines(time_starts(site, workers, rounds))
        except NoGroup as problem:
            sys.exit(f"no memory cgroup can be made here: {problem}")


if __name__ == "__main__":
    main()
