"""The story with its bad end, and then with one flag: ``make demo-oom``.

97 workers, as ``gunicorn_start.py`` asks for on a host with 48 CPUs, in a container of 512 MiB: once as
it was, once with ``-c python:flask_bootcheck.gunicorn.conf``. Exits 0 when the second one serves and
nothing was killed.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from demo import BIN, HERE, TOKEN, free_port, get, group_lives, run, title
from memory_group import MemoryGroup, NoGroup

CPUS_OF_THE_HOST = 48
WORKERS = CPUS_OF_THE_HOST * 2 + 1
LIMIT = 512 * 2**20
FLAG = ["-c", "python:flask_bootcheck.gunicorn.conf"]
#: How long the kernel is watched while it kills.
WATCHED_SECONDS = 15
BOOT_SECONDS = 120


def main() -> int:
    """Run both; the exit code of the program."""
    with tempfile.TemporaryDirectory(prefix="shop-") as folder:
        env = {
            **os.environ,
            "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
            "DATABASE_URL": f"sqlite:///{folder}/shop.db",
            "BOOTCHECK_TOKEN": TOKEN,
        }
        run(["flask", "--app", "main", "init-db"], env)
        log = Path(folder) / "gunicorn.log"
        try:
            watch_the_kills(env, log)
        except NoGroup as problem:
            title("The kernel does NOT enforce 512 MiB here: no memory cgroup can be made")
            print(
                f"{problem}\nThe half in which it kills is left out; root can make one, as a rule."
            )
            return serve_with_us({**env, "BOOTCHECK_MEMORY_LIMIT": "512M"}, log, None)
        with MemoryGroup(LIMIT) as container:
            title("The same with one flag")
            return serve_with_us(env, log, container)


def watch_the_kills(env: dict[str, str], log: Path) -> None:
    """As it was: gunicorn alone, and the kernel."""
    with MemoryGroup(LIMIT) as container:
        title(f"As it was, in a container of 512 MiB\n{container.path}")
        port = free_port()
        server = start(port, [], {**env, "BOOTCHECK_ENABLED": "0"}, log, container)
        began = time.monotonic()
        while (seconds := time.monotonic() - began) < WATCHED_SECONDS:
            time.sleep(WATCHED_SECONDS / 3)
            seconds = time.monotonic() - began
            print(f"after {seconds:2.0f} s the kernel has killed {container.oom_kills()} workers")
        stop(server)


def serve_with_us(env: dict[str, str], log: Path, container: MemoryGroup | None) -> int:
    """The same with one flag; the exit code of the program."""
    port = free_port()
    server = start(port, FLAG, env, log, container)
    try:
        status, report = poll(server, port)
    finally:
        left = stop(server)
    kills = container.oom_kills() if container is not None else 0
    if status != 200:
        print(log.read_text(errors="replace"))
    print(f"/healthz          {status or 'no answer'} {report.get('status', '')}")
    show_workers(report)
    counted = kills if container is not None else "not counted, the kernel enforces nothing here"
    print(f"killed            {counted}")
    print(f"processes left    {left}")
    good = (status, report.get("status"), kills, left) == (200, "warn", 0, 0)
    return 0 if good else 1


def show_workers(report: dict) -> None:
    """How many run, and why."""
    if report:
        print(f"workers           {report['workers']['ready']} of {WORKERS} run")
    for entry in report.get("checks", {}).get("workers.exceed-memory", ()):
        if entry["status"] != "pass":
            print(f"{entry['status'].upper()}  workers.exceed-memory  {entry.get('output', '')}")
            print(f"      hint  {entry.get('hint', '')}")


def start(
    port: int, flags: list[str], env: dict[str, str], log: Path, container: MemoryGroup | None
) -> subprocess.Popen[bytes]:
    """The start command of the story, in its container."""
    bind = f"127.0.0.1:{port}"
    command = ["gunicorn", *flags, "--bind", bind, "--workers", str(WORKERS), "main:app"]
    print(f"$ {' '.join(command)}", flush=True)
    with log.open("wb") as output:
        return subprocess.Popen(
            container.command(command) if container is not None else command,
            cwd=HERE,
            env=env,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


def poll(server: subprocess.Popen[bytes], port: int) -> tuple[int, dict]:
    """Ask until the answer is 200, then once with the token."""
    deadline, status = time.monotonic() + BOOT_SECONDS, 0
    while server.poll() is None and time.monotonic() < deadline:
        status, _ = get(port)
        if status == 200:
            return status, json.loads(get(port, {"Authorization": f"Bearer {TOKEN}"})[1])
        time.sleep(0.2)
    return status, {}


def stop(server: subprocess.Popen[bytes]) -> int:
    """End the server; whether processes of its are left."""
    with suppress(ProcessLookupError):
        os.killpg(server.pid, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        server.wait(timeout=10)
    left = int(group_lives(server.pid))
    with suppress(ProcessLookupError):
        os.killpg(server.pid, signal.SIGKILL)
    server.wait()
    return left


if __name__ == "__main__":
    sys.exit(main())
