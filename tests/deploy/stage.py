"""A stage for start commands: a real shell, and programs that only write down how they were called."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from flask_bootcheck.deploy.options import BadOption, parse_options

PROGRAMS = ("gunicorn", "flask", "python", "alembic", "newrelic-admin", "nproc", "tini")


def set_up(root: Path) -> Path:
    """Programs that write down how they were called, in a folder like a project's."""
    (root / "bin").mkdir()
    for name in PROGRAMS:
        program = root / "bin" / name
        wraps = 'shift; exec "$@"' if name == "newrelic-admin" else "exit 0"
        wraps = 'exec "$@"' if name == "tini" else wraps
        wraps = "echo 48" if name == "nproc" else wraps
        log = f'printf "%s\\0" {name} "$@" >> "$LOG"; echo >> "$LOG"'
        program.write_text(f"#!/bin/sh\n{'' if name == 'nproc' else log}\n{wraps}\n")
        program.chmod(0o755)
    (root / "shop").mkdir()
    (root / "start.sh").write_text(
        "#!/bin/sh\nset -e\nflask db upgrade\nexec gunicorn -b :$PORT a:b\n"
    )
    (root / "entry.sh").write_text('#!/bin/sh\nflask db upgrade\nexec "$@"\n')
    for name in ("start.sh", "entry.sh"):
        (root / name).chmod(0o755)
    return root


def run(stage: Path, command: str, *, in_shell: bool) -> list[list[str]]:
    """The programs that a command runs, in their order, as a shell or nobody reads it."""
    log = stage / "log"
    log.write_bytes(b"")
    words = ["/bin/sh", "-c", command] if in_shell else shlex.split(command)
    path = f"{stage / 'bin'}:{os.environ['PATH']}"
    environ = {"PATH": path, "LOG": str(log), "PORT": "5678", "W": "3"}
    done = subprocess.run(
        words, cwd=stage, env=environ, capture_output=True, timeout=30, check=False, text=True
    )
    assert done.returncode == 0, done.stderr
    lines = log.read_text().split("\n")[:-1]
    return [line.rstrip("\0").split("\0") for line in lines]


def as_argv(calls: list[list[str]]) -> list[tuple[str, Any]]:
    """What gunicorn is told, as it understands it."""
    found: list[tuple[str, Any]] = []
    for name, *words in calls:
        try:
            found.append((name, parse_options(words) if name == "gunicorn" else words))
        except BadOption as error:
            raise AssertionError(words) from error
    return found


BEFORE = (
    "",
    "flask db upgrade && ",
    "flask db upgrade; ",
    "set -e; alembic upgrade head; ",
    "cd shop && ",
    "export A=1; ",
    "false || ",
    "test -n \"$W\" && python -c 'print(1)' && ",
)
WRAPPERS = (
    "",
    "exec ",
    "newrelic-admin run-program ",
    "A='x y' B=2 ",
    "./entry.sh ",
    "tini ",
    "env A=1 ",
)
OPTIONS = (
    "-w 2",
    "--workers=$W",
    "-w $(nproc)",
    "-w$(( $(nproc) * 2 + 1 ))",
    "-k gthread --threads 4",
    "--access-logfile -",
    "-b 0.0.0.0:$PORT",
    "-b 127.0.0.1:8000",
    "--bind=:8000",
    "-b:8000",
    "--name 'my shop'",
    '--access-logformat "%(h)s $W"',
)
TARGETS = ("main:app", "'main:create_app()'", '"main:create_app(1)"', "shop.wsgi")


@st.composite
def commands(draw: st.DrawFn) -> str:
    """A start command as people write them."""
    wrapper = draw(st.sampled_from(WRAPPERS))
    before = draw(st.sampled_from([b for b in BEFORE if wrapper != "./entry.sh " or "cd" not in b]))
    options = draw(st.lists(st.sampled_from(OPTIONS), max_size=4, unique=True))
    target = draw(st.sampled_from(TARGETS))
    after = draw(st.sampled_from(["", "", " 2>&1", ";"]))
    text = f"{before}{wrapper}gunicorn {' '.join([*options, target])}{after}"
    return f"bash -c {shlex.quote(text)}" if draw(st.booleans()) and "'" not in text else text
