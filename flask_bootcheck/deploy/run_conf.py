"""``--exec``: run a gunicorn conf in a subprocess, as on a machine with K CPUs. Only on request."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from .machine import Hidden, Known, Machine
from .project import Setting

SECONDS = 10.0

#: Runs in the subprocess: patches every way of counting CPUs, then executes the conf.
_PROGRAM = """
import json, multiprocessing, multiprocessing.context, os, runpy, sys
path, cpus, answer = sys.argv[1], int(sys.argv[2]), os.dup(1)
os.dup2(2, 1)
count = lambda *_, **__: cpus
os.cpu_count = os.process_cpu_count = multiprocessing.cpu_count = count
multiprocessing.context.BaseContext.cpu_count = count
os.sched_getaffinity = lambda pid: set(range(cpus))
asked = os.sysconf
names = ("SC_NPROCESSORS_ONLN", "SC_NPROCESSORS_CONF")
os.sysconf = lambda name: cpus if name in names else asked(name)
try:
    import psutil
    psutil.cpu_count = count
except ImportError:
    pass
sys.path.insert(0, os.getcwd())
names = runpy.run_path(path, run_name="__config__")
plain = lambda v: v if isinstance(v, (str, int, float, type(None))) else getattr(v, "__name__", None)
wanted = json.loads(sys.argv[3])
found = {}
for name in wanted:
    if name in names:
        value = names[name]
        several = isinstance(value, (list, tuple))
        found[name] = [plain(v) for v in value] if several else plain(value)
os.write(answer, json.dumps(found).encode())
"""


def run_conf(
    path: Path, machine: Machine, settings: Mapping[str, Setting], file: str
) -> dict[str, Setting]:
    """The settings that were not known, as the conf has them when it is run. Empty when that fails
    or takes longer than :data:`SECONDS`."""
    unknown = {n: s for n, s in settings.items() if not isinstance(s.said, Known)}
    if not unknown:
        return {}
    command = [sys.executable, "-c", _PROGRAM, str(path), str(machine.cpus), json.dumps([*unknown])]
    environ = {**os.environ, **machine.environ}
    if "PORT" in machine.injected:
        environ.setdefault("PORT", str(Hidden("PORT")))
    try:
        done = subprocess.run(
            command, cwd=path.parent, env=environ, capture_output=True, timeout=SECONDS, check=True
        )
        answer = json.loads(done.stdout)
    except (OSError, subprocess.SubprocessError, ValueError):
        return {}
    return {
        name: Setting(Known(value, unknown[name].said.line), file)
        for name, value in answer.items()
        if value is not None
    }
