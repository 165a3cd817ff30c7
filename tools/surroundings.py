"""Run the tests in surroundings that are not ours: another day, shell, user or folder.

    python tools/surroundings.py                    every run of RUNS, on all tests without a server
    python tools/surroundings.py --quick            two runs on the most sensitive tests: what CI does
    python tools/surroundings.py umask+narrow sdist these runs; a + combines surroundings
    python tools/surroundings.py 2031-01-01         on that day
    python tools/surroundings.py sdist -- -k docs   what follows -- goes to pytest
    python tools/surroundings.py --list             their names

Every run also starts the few servers of SMOKE. What this machine lacks is skipped, and says so; in
CI that is a failure. The exit code is 1 when a run failed.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

ROOT = Path(__file__).parent.parent
NOBODY = 65534
NOBODY_RUNS = (
    *("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"),
    *("--inh-caps=-all", "--bounding-set=-all", "--no-new-privs"),
)


@dataclass(frozen=True)
class Surroundings:
    """``program`` becomes what stands behind it; ``environ`` is set, or unset by ``None``."""

    about: str
    program: tuple[str, ...] = ()
    environ: Mapping[str, str | None] = field(default_factory=dict)


def _shell(line: str) -> tuple[str, ...]:
    return ("sh", "-c", f'{line}; exec "$@"', "sh")


def _clock(offset: str, about: str = "the clock is {} ahead") -> Surroundings:
    """The monotonic clock stays: libfaketime knows nothing of ``sem_clockwait``, by which Python 3.11
    waits for a lock, and such a wait would last as long as the offset."""
    program = ("faketime", "--exclude-monotonic", "-f", offset)
    return Surroundings(about.format(offset), program)


def _day(text: str) -> Surroundings:
    """The clock of that day, at this time of the day."""
    days = (date.fromisoformat(text) - datetime.now(UTC).date()).days
    return _clock(f"{days:+}d", f"it is {text}")


#: In the order in which their programs start each other.
SURROUNDINGS = {
    "background": Surroundings("SIGINT and SIGHUP ignored", _shell("trap '' INT HUP")),
    "umask": Surroundings("umask 077", _shell("umask 077")),
    "locale": Surroundings("LANG=C", environ={"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": None}),
    "time-zone": Surroundings("14 hours before UTC", environ={"TZ": "Pacific/Kiritimati"}),
    "narrow": Surroundings("COLUMNS=40", environ={"COLUMNS": "40"}),
    "color": Surroundings("FORCE_COLOR", environ={"FORCE_COLOR": "1", "NO_COLOR": None}),
    "no-color": Surroundings("NO_COLOR", environ={"NO_COLOR": "1", "FORCE_COLOR": None}),
    "variables": Surroundings(
        "set for another app, in the shell",
        environ={
            "GUNICORN_CMD_ARGS": "--workers 3 --preload --bind 127.0.0.1:9",
            "WEB_CONCURRENCY": "5",
            "PORT": "9",
            "FLASK_APP": "elsewhere:app",
            "FLASK_DEBUG": "1",
            "FLASK_RUN_FROM_CLI": "true",
            "DATABASE_URL": "postgresql://shop:hunter22@127.0.0.1:9/shop",
            "BOOTCHECK_ENABLED": "0",
            "BOOTCHECK_MEMORY_LIMIT": "64M",
            "BOOTCHECK_PATH": "/elsewhere",
            "BOOTCHECK_SKIP": "app,workers",
            "BOOTCHECK_STRICT": "1",
            "BOOTCHECK_TIMEOUT": "much",
            "BOOTCHECK_TOKEN": "hunter22",
            "RAILWAY_SERVICE_ID": "another",
        },
    ),
    "path": Surroundings("PYTHONPATH has modules that do not import"),
    "read-only-home": Surroundings("nothing can be written at home", environ={"HOME": "/proc"}),
    "folder": Surroundings("a copy without git, in a folder with a space and an umlaut"),
    "sdist": Surroundings("the same, of what the sdist has"),
    "nobody": Surroundings("the same, as the user nobody", NOBODY_RUNS),
    "tomorrow": _clock("+1d"),
    "next-year": _clock("+1y"),
    "in-five-years": _clock("+5y"),
}

SHELL = "background+umask+locale+time-zone+narrow+color+variables+path"
CLOCKS = {"tomorrow", "next-year", "in-five-years"}
#: Made in a copy: they need an environment of their own.
COPIED = {"folder", "sdist", "nobody"}
#: libfaketime 0.9.10 moves the end of a sleep by the offset even where that clock is not moved, and
#: the kernel refuses it. A line of a .pth file.
SLEEP = "import select, time; time.sleep = lambda s, w=select.select: w((), (), (), s) and None"

#: Looks for the sleep of Python itself.
OF_SLEEP = "tests/test_patching.py::test_a_module_that_keeps_what_blocks_from_before_is_named"

STRANGER = "no-color+read-only-home+sdist+nobody"
RUNS = (SHELL, STRANGER, "tomorrow", "next-year", "in-five-years")
QUICK_RUNS = (f"{SHELL}+next-year", STRANGER)

#: The modules of apps in the tests, as another project has them on its path.
NAMES_OF_APPS = ("app", "main", "shop", "wsgi")
#: What looks at files, processes, dates, the environment or a terminal.
SENSITIVE = (
    "tests/test_c[il]*.py",
    "tests/test_[dp]*.py",
    "tests/test_extension.py",
    "tests/test_recipes.py",
    "tests/test_s[eu]*.py",
    "tests/checks/test_config.py",
    "tests/checks/test_server.py",
    "tests/deploy/test_cases.py",
    "tests/deploy/test_process.py",
    "tests/formats",
    "tests/gunicorn",
    "tests/sources",
    "tests/trial/test_[aeip]*.py",
)
SMOKE = (
    "tests/test_cli_forecast.py::test_a_signal_leaves_no_process",
    "tests/servers/test_install.py",
)


class Lacking(Exception):
    """This machine cannot do that."""


def main() -> int:
    """Run what is asked for; 1 when any of it failed."""
    asked = _arguments()
    if asked.list:
        print("\n".join(f"{name:15} {each.about}" for name, each in SURROUNDINGS.items()))
        return 0
    runs = asked.runs or (QUICK_RUNS if asked.quick else RUNS)
    tests = [*_sensitive()] if asked.quick else ["tests"]
    green = [_is_green(run, tests, asked.pytest) for run in runs]
    return int(not all(green))


def _arguments() -> argparse.Namespace:
    ours, rest = sys.argv[1:], []
    if "--" in ours:
        ours, rest = ours[: ours.index("--")], ours[ours.index("--") + 1 :]
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("runs", nargs="*", type=_run, help="names, combined by +")
    parser.add_argument("--quick", action="store_true", help="the most sensitive tests only")
    parser.add_argument("--list", action="store_true", help="list the surroundings")
    return parser.parse_args(ours, argparse.Namespace(pytest=rest))


def _run(text: str) -> str:
    for name in text.split("+"):
        with suppress(ValueError):
            SURROUNDINGS.setdefault(name, _day(name))
            CLOCKS.add(name)
    if unknown := set(text.split("+")) - set(SURROUNDINGS):
        raise argparse.ArgumentTypeError(f"no such surroundings: {', '.join(sorted(unknown))}")
    return text


def _sensitive() -> Iterator[str]:
    for pattern in SENSITIVE:
        yield from sorted(str(path.relative_to(ROOT)) for path in ROOT.glob(pattern))


def _is_green(run: str, tests: Sequence[str], arguments: Sequence[str]) -> bool:
    print(f"== {run}", flush=True)
    started = time.monotonic()
    try:
        with _prepared(run.split("+")) as pytest:
            if arguments:
                codes = [pytest(*arguments)]
            else:
                codes = [pytest("-n", "2", "-m", "not server", *tests), pytest("-n", "2", *SMOKE)]
    except Lacking as lacking:
        print(f"== {run}: SKIPPED: {lacking}", flush=True)
        return not os.environ.get("CI")
    print(f"== {run}: {'FAILED' if any(codes) else 'ok'}, {time.monotonic() - started:.0f} s")
    return not any(codes)


@contextmanager
def _prepared(names: Sequence[str]) -> Iterator[Callable[..., int]]:
    """What runs pytest there, and gives its exit code.

    :raises Lacking: when this machine cannot do that.
    """
    chosen = [each for name, each in SURROUNDINGS.items() if name in names]
    program = [word for each in chosen for word in _program(each)]
    environ: dict[str, str | None] = {**os.environ}
    for each in chosen:
        environ |= each.environ
    with tempfile.TemporaryDirectory(prefix="bootcheck-") as made:
        folder, root, python = Path(made), ROOT, sys.executable
        folder.chmod(0o755)
        if "path" in names:
            environ["PYTHONPATH"] = str(_broken_modules(folder / "path"))
        if (COPIED | CLOCKS) & {*names}:
            # Python 3.11 reads a .pth file in the encoding of the locale.
            name = "copy" if "locale" in names else "naïve cöpy"
            root = _copy(folder / name, is_sdist="sdist" in names)
            python = _environment(root, "newest", sys.executable)
            if story := environ.get("STORY_PYTHON"):
                environ["STORY_PYTHON"] = _environment(root, "story", story)
            if CLOCKS & {*names}:
                for site in root.glob(".venvs/*/lib/python*/site-packages"):
                    (site / "sleep.pth").write_text(f"{SLEEP}\n")
            if (folder / "python").exists():
                environ["LD_LIBRARY_PATH"] = str(folder / "python" / "lib")
        if "nobody" in names and os.geteuid() == 0:
            subprocess.run(["chown", "-R", f"{NOBODY}:{NOBODY}", folder], check=True)
        given = {name: value for name, value in environ.items() if value is not None}

        def pytest(*arguments: str) -> int:
            left_out = ["--deselect", OF_SLEEP] if CLOCKS & {*names} else []
            command = [*program, python, "-m", "pytest", "-q", *left_out, *arguments]
            return subprocess.run(command, cwd=root, env=given, check=False).returncode

        yield pytest


def _program(each: Surroundings) -> tuple[str, ...]:
    if each.program == NOBODY_RUNS and os.geteuid() != 0:
        return ()  # nor are you
    if each.program and not shutil.which(each.program[0]):
        raise Lacking(f"{each.program[0]} is not here; install the package of that name")
    return each.program


def _broken_modules(folder: Path) -> Path:
    folder.mkdir()
    for name in NAMES_OF_APPS:
        (folder / f"{name}.py").write_text(f"raise ImportError('{name} of another project')\n")
    return folder


def _copy(folder: Path, *, is_sdist: bool) -> Path:
    """A copy of the project's files, or of those that the sdist has; without ``.git``."""
    for name in _files():
        if (ROOT / name).is_file() and (not is_sdist or _is_in_sdist(name)):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    return folder


def _files() -> list[str]:
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        done = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        raise Lacking("no git here to list the files with") from None
    return done.stdout.split("\0")[:-1]


def _is_in_sdist(name: str) -> bool:
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    included = pyproject["tool"]["hatch"]["build"]["targets"]["sdist"]["include"]
    # Hatchling always takes these.
    included += ["/pyproject.toml", "/README.md", "/LICENSE", "/.gitignore"]
    return any(f"/{name}" == entry or f"/{name}".startswith(f"{entry}/") for entry in included)


def _environment(root: Path, name: str, python: str) -> str:
    """The Python of an environment in ``.venvs`` of a copy, with the packages of another one."""
    ask = "import sys, sysconfig as s; print(sys.base_prefix, s.get_paths()['purelib'], sep='\\n')"
    done = subprocess.run([python, "-c", ask], capture_output=True, text=True, check=True)
    prefix, packages = map(Path, done.stdout.splitlines())
    if not _is_open(prefix / "bin"):
        prefix = _copy_of_python(prefix, root.parent / "python")
    folder = root / ".venvs" / name
    command = [prefix / "bin" / "python3", "-m", "venv", "--without-pip", folder]
    subprocess.run(command, check=True, env={"LD_LIBRARY_PATH": str(prefix / "lib")})
    (site,) = folder.glob("lib/python*/site-packages")
    if not _is_open(packages):
        packages = Path(shutil.copytree(packages, folder / "packages"))
    (site / "copy.pth").write_text(f"{root}\n{packages}\n", "utf-8")
    for script in ("flask", "gunicorn"):
        file = folder / "bin" / script
        file.write_text(f'#!/bin/sh\nexec "${{0%/*}}/python" -P -m {script} "$@"\n')
        file.chmod(0o755)
    return str(folder / "bin" / "python")


def _copy_of_python(prefix: Path, folder: Path) -> Path:
    """For another user, when it is in a home: a system's own may be another patch release, and what is
    installed here may not run on that."""
    if not folder.exists():
        left_out = shutil.ignore_patterns("site-packages", "test", "config-*", "*.a", "pkgconfig")
        shutil.copytree(prefix / "bin", folder / "bin", symlinks=True)
        shutil.copytree(prefix / "lib", folder / "lib", symlinks=True, ignore=left_out)
    return folder


def _is_open(path: Path) -> bool:
    """Whether every user may look into all of its folders."""
    return all(parent.stat().st_mode & 0o001 for parent in path.resolve().parents)


if __name__ == "__main__":
    sys.exit(main())
