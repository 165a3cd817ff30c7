"""The story with a good end: ``make demo``.

Fills a database, starts the shop with the start command of its deploy files, polls ``/healthz`` as
Railway would, asks ``flask bootcheck``, and stops the server. Exits 0 when both say the shop is up.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from flask_bootcheck.deploy.reading import Asked, read_plan

HERE = Path(__file__).parent
BIN = Path(sys.executable).parent
TOKEN = "only-for-this-demo"  # noqa: S105 - protects nothing
BOOT_SECONDS = 60


def main() -> int:
    """Run the story; the exit code of the program."""
    with tempfile.TemporaryDirectory(prefix="shop-") as folder:
        env = {
            **os.environ,
            "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
            "DATABASE_URL": f"sqlite:///{folder}/shop.db",
            "PORT": str(free_port()),
            "BOOTCHECK_TOKEN": TOKEN,
        }
        title("The database is filled")
        run(["flask", "--app", "main", "init-db"], env)
        command = start_command()
        title(f"The shop is started\n$ {command}")
        log = Path(folder) / "gunicorn.log"
        with log.open("wb") as output:
            # As a platform does it: a shell expands $PORT.
            server = subprocess.Popen(
                ["sh", "-c", f"exec {command}"],  # noqa: S607
                cwd=HERE,
                env=env,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        try:
            status, report = poll(server, int(env["PORT"]))
            show_health(status, report)
            title("Before a deploy, or in CI\n$ flask --app main bootcheck")
            code = run(["flask", "--app", "main", "bootcheck"], env, check=False)
        finally:
            left = stop(server)
        if status != 200:
            print(log.read_text(errors="replace"))
        title(f"The server has stopped, {left} processes left")
        print(f"/healthz          {status} {report.get('status', '')}")
        print(f"flask bootcheck   exit code {code}")
        return 0 if (status, code, left) == (200, 0, 0) else 1


def start_command() -> str:
    """What Railway would run: of the files, it reads ``.railway/railway.py``."""
    plan = read_plan(HERE, Asked(platform="railway"))
    service = next(service for service in plan.web if service.winner is not None)
    return str(service.winner.start)


def poll(server: subprocess.Popen[bytes], port: int) -> tuple[int, dict]:
    """Ask as Railway does, with its Host, until the answer is 200; then once with the token."""
    title(f"Railway polls http://127.0.0.1:{port}/healthz with Host healthcheck.railway.app")
    deadline, last = time.monotonic() + BOOT_SECONDS, None
    while server.poll() is None and time.monotonic() < deadline:
        status, body = get(port)
        if status != last:
            print(f"{status or 'no answer yet'} {body}".strip())
            last = status
        if status == 200:
            return status, json.loads(get(port, {"Authorization": f"Bearer {TOKEN}"})[1])
        time.sleep(0.2)
    return last or 0, {}


def get(port: int, headers: dict[str, str] | None = None) -> tuple[int, str]:
    """Status and body; 0 when nobody listens yet."""
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request(
            "GET", "/healthz", headers={"Host": "healthcheck.railway.app"} | (headers or {})
        )
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    except (OSError, HTTPException):
        return 0, ""
    finally:
        connection.close()


def show_health(status: int, report: dict) -> None:
    """What the token opens, in a few lines."""
    if not report:
        print(f"The shop did not become healthy: {status or 'no answer'}")
        return
    workers = report["workers"]
    print(f"With the token: {workers['ready']} of {workers['target']} workers ready")
    for check, (entry, *_) in report["checks"].items():
        if entry["status"] != "pass":
            print(f"  {entry['status'].upper()}  {check}  {entry.get('output', '')}")
    print(f"  {len(report['checks'])} checks in all")


def stop(server: subprocess.Popen[bytes]) -> int:
    """End the server with the signal of a platform; how many of its processes are left."""
    server.send_signal(signal.SIGTERM)
    try:
        server.wait(timeout=30)
    except subprocess.TimeoutExpired:
        print("it does not stop: killed")
    # Its processes are one group: what is in it after the server is gone was left over.
    left = int(group_lives(server.pid))
    if left:
        os.killpg(server.pid, signal.SIGKILL)
    server.wait()
    return left


def group_lives(group: int) -> bool:
    """Whether a process of the group is there."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def run(command: list[str], env: dict[str, str], check: bool = True) -> int:
    """A command in the folder of the shop."""
    return subprocess.run(command, cwd=HERE, env=env, check=check).returncode


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def title(text: str) -> None:
    """A heading, and all that was printed before it is out."""
    print(f"\n== {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
