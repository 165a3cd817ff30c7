"""``init railway`` on whole projects: nothing is lost, and nothing is left to change."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask.cli import ScriptInfo
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from flask_bootcheck.cli import bootcheck
from flask_bootcheck.deploy.readers.railway_python import read

from .stage import as_argv, commands, run, set_up

FILES = Path(__file__).parent / "files"
#: Shrinking would take minutes; an example is short as it is.
PHASES = (Phase.explicit, Phase.generate)
CODE = ".railway/railway.py"
WIRED = "from flask import Flask\nfrom flask_bootcheck import BootCheck\napp = Flask(__name__)\n"
WIRED += "def create_app(n=0):\n    return app\nBootCheck(app)\n"
#: What init may change of gunicorn.
CHANGED = {"bind", "workers", "worker_class", "threads"}


@pytest.fixture(autouse=True, scope="module")
def unheard() -> Iterator[None]:
    """Nothing of our environment is heard."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith(("BOOTCHECK_", "GUNICORN_", "WEB_CONCURRENCY")):
                patch.delenv(name)
        yield


@contextmanager
def inside(folder: Path) -> Iterator[None]:
    here = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(here)


def init(folder: Path) -> Result:
    with inside(folder):
        done = CliRunner().invoke(bootcheck, ["init", "railway", "--yes"], obj=ScriptInfo())
    assert done.exception is None or isinstance(done.exception, SystemExit)
    return done


def findings(folder: Path) -> dict[str, str]:
    """The ids of what ``deploy`` finds, each with its status."""
    with inside(folder):
        arguments = ["deploy", "--platform", "railway", "--format", "json"]
        done = CliRunner().invoke(bootcheck, arguments, obj=ScriptInfo())
    report = json.loads(done.stdout)
    return {
        found["id"]: found["status"] for found in report["results"] if found["status"] != "pass"
    }


def snapshot(folder: Path) -> dict[str, bytes]:
    return {str(p): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def start_of(folder: Path) -> str:
    """What Railway is told to start."""
    (service,) = read(CODE, (folder / CODE).read_text()).services
    return str(service.start)


@pytest.mark.parametrize("case", sorted(p.name for p in FILES.iterdir() if p.is_dir()))
def test_a_second_run_changes_nothing(tmp_path: Path, case: str) -> None:
    folder = Path(shutil.copytree(FILES / case, tmp_path / "shop"))
    before = snapshot(folder)
    done = init(folder)
    if done.exit_code:
        assert done.exit_code == 2
        assert snapshot(folder) == before
        return
    after = snapshot(folder)
    assert init(folder).exit_code == 0
    assert snapshot(folder) == after


def dockerfile(*lines: str) -> str:
    return "\n".join(["FROM python:3.12", "WORKDIR /app", "COPY . .", *lines, ""])


@st.composite
def projects(draw: st.DrawFn) -> tuple[dict[str, str], str, bool]:
    """The files of a project, the command as they mean it, and whether an image is built."""
    text = draw(commands())
    kinds = ["procfile", "shell", "toml", "json", "toml in an image", "script", "entry script"]
    is_simple = not set("&|;$()") & set(text) and "2>" not in text and "=" not in text.split()[0]
    kind = draw(st.sampled_from([*kinds, *(["exec"] if is_simple else [])]))
    script = {"start.sh": f"#!/bin/sh\nset -e\nalembic upgrade head\n{text}\n"}
    quoted = json.dumps(text)
    files = {
        "procfile": {"Procfile": f"web: {text}\n"},
        "shell": {"Dockerfile": dockerfile(f"CMD {text}")},
        "exec": {"Dockerfile": dockerfile(f"CMD {json.dumps(shlex.split(text))}")},
        "toml": {"railway.toml": f"[deploy]\nstartCommand = {quoted}\n"},
        "json": {"railway.json": f'{{"deploy": {{"startCommand": {quoted}}}}}'},
        "toml in an image": {
            "railway.toml": f"[deploy]\nstartCommand = {quoted}\n",
            "Dockerfile": dockerfile('CMD ["python"]'),
        },
        "script": {"Procfile": "web: bash start.sh\n", **script},
        "entry script": {"Dockerfile": dockerfile('ENTRYPOINT ["./start.sh"]'), **script},
    }[kind]
    meant = {"script": "bash start.sh", "entry script": "./start.sh"}.get(kind, text)
    return files, meant, "Dockerfile" in files


@settings(derandomize=True, database=None, deadline=None, max_examples=20, phases=PHASES)
@given(project=projects())
def test_the_same_programs_are_started_as_before(project: tuple[dict[str, str], str, bool]) -> None:
    files, meant, in_image = project
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name, "shop")
        folder.mkdir()
        set_up(folder)
        plain = {"main.py": WIRED, "requirements.txt": "flask\ngunicorn==23.0.0\nflask-bootcheck\n"}
        for file, text in {**plain, "shop/wsgi.py": "application = 1\n", **files}.items():
            (folder / file).write_text(text)
        (folder / "start.sh").chmod(0o755)
        before = as_argv(run(folder, meant, in_shell=True))
        assert init(folder).exit_code == 0
        after = as_argv(run(folder, start_of(folder), in_shell=not in_image))
        written = snapshot(folder)
        assert init(folder).exit_code == 0
        assert snapshot(folder) == written
    assert [name for name, _ in after] == [name for name, _ in before]
    assert after[-1][0] == "gunicorn"
    assert besides(after) == besides(before)
    old, new = before[-1][1], after[-1][1]
    assert {k: v for k, v in new.items() if k not in CHANGED} == {
        k: v for k, v in old.items() if k not in CHANGED
    }
    if "start.sh" not in files:
        assert "0.0.0.0:5678" in new.get("bind", ["0.0.0.0:5678"])
        assert new.get("workers") in (None, "1", "2", "3")


def besides(calls: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """What is run besides gunicorn, and what wraps it."""
    return [call for call in calls if call[0] not in ("gunicorn", "newrelic-admin", "tini")]


def test_nothing_is_found_afterwards_that_could_be_mended(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(WIRED)
    (tmp_path / "requirements.txt").write_text("flask\nflask-bootcheck\ngunicorn\n")
    (tmp_path / "nixpacks.toml").write_text('[start]\ncmd = "gunicorn main:app"\n')
    (tmp_path / "Procfile").write_text("web: cd . && gunicorn -w $(nproc) -b :8000 main:app\n")
    (tmp_path / "railway.json").write_text('{"deploy": {"healthcheckPath": "/healthz"}}')
    assert set(findings(tmp_path)) >= {"workers.from-host-cpus", "server.ignores-port"}
    assert init(tmp_path).exit_code == 0
    assert findings(tmp_path) == {}
    assert start_of(tmp_path) == "cd . && gunicorn --workers 1 --bind 0.0.0.0:$PORT main:app"


@pytest.mark.parametrize(
    ("files", "start"),
    [
        (
            {"Dockerfile": dockerfile("CMD flask db upgrade && gunicorn -w 2 -b :$PORT main:app")},
            "/bin/sh -c 'flask db upgrade && exec gunicorn -w 2 -b :$PORT main:app'",
        ),
        (
            {"Dockerfile": dockerfile("CMD cd shop && gunicorn -w 2 -b :$PORT main:app")},
            "/bin/sh -c 'cd shop && exec gunicorn -w 2 -b :$PORT main:app'",
        ),
        (
            {"Dockerfile": dockerfile('CMD ["gunicorn", "-w", "2", "main:create_app()"]')},
            "gunicorn -w 2 'main:create_app()'",
        ),
        (
            {"Dockerfile": dockerfile('CMD ["gunicorn", "-b", ":80", "main:create_app()"]')},
            "/bin/sh -c 'exec gunicorn --bind 0.0.0.0:$PORT \"main:create_app()\"'",
        ),
        (
            {
                "Dockerfile": dockerfile(
                    'CMD ["gunicorn", "-w", "2", "--name", "my shop", "main:app"]'
                )
            },
            "gunicorn -w 2 --name 'my shop' main:app",
        ),
        ({"Procfile": "web: bash start.sh\n"}, "bash start.sh"),
        ({"Dockerfile": dockerfile('ENTRYPOINT ["./start.sh"]')}, "./start.sh"),
        ({"main.py": "", "app.py": WIRED}, "gunicorn --bind 0.0.0.0:$PORT --workers 1 app:app"),
    ],
)
def test_a_command_stays_what_it_is(tmp_path: Path, files: dict[str, str], start: str) -> None:
    plain = {
        "main.py": WIRED,
        "requirements.txt": "flask\ngunicorn==23.0.0\nflask-bootcheck\n",
        "start.sh": "flask db upgrade\nif true; then\n  exec gunicorn \\\n   -b :80 main:app\nfi\n",
    }
    for file, text in {**plain, **files}.items():
        (tmp_path / file).write_text(text)
    done = init(tmp_path)
    assert start_of(tmp_path) == start
    by_hand = [line for line in done.stderr.splitlines() if "start.sh:" in line]
    told = ["by hand: start.sh:4: --bind 0.0.0.0:$PORT main:app"] if "start.sh" in start else []
    assert by_hand == told


@pytest.mark.parametrize(
    ("code", "packages", "path"),
    [
        (WIRED, "flask-bootcheck", "/healthz"),
        (WIRED, "flask", None),
        (WIRED.replace("BootCheck(app)", 'BootCheck(app, path="/up")'), "flask-bootcheck", "/up"),
        ("app = 1\n# BootCheck(app)\n", "flask-bootcheck", None),
        ("app = 1\n@app.get('/health')\ndef health():\n    return 'ok'\n", "flask", "/health"),
        (
            "app = 1\nb = Blueprint('b', 'b', url_prefix='/health')\n"
            "@b.route('/')\ndef health():\n    return 'ok'\n",
            "flask",
            "/health",
        ),
        ("app = 1\nrequests.put('/health')\nprint('/healthz')\n", "flask", None),
    ],
)
def test_a_health_path_is_written_where_something_answers(
    tmp_path: Path, code: str, packages: str, path: str | None
) -> None:
    (tmp_path / "main.py").write_text(code)
    (tmp_path / "requirements.txt").write_text(f"flask\ngunicorn==23.0.0\n{packages}\n")
    (tmp_path / "Procfile").write_text("web: gunicorn -w 2 -b 0.0.0.0:$PORT main:app\n")
    done = init(tmp_path)
    (service,) = read(CODE, (tmp_path / CODE).read_text()).services
    assert (service.health_path.value if service.health_path else None) == path
    by_hand = [line.split(": ", 2)[1] for line in done.stderr.splitlines()]
    assert ("requirements.txt" in by_hand) == (path is None and packages == "flask")
    assert ("main.py" in by_hand) == (path is None and "BootCheck(app)" not in code.split("#")[0])


def test_steps_that_an_entry_script_runs_are_told_where_a_start_command_goes_past_it(
    tmp_path: Path,
) -> None:
    (tmp_path / "main.py").write_text(WIRED)
    (tmp_path / "Dockerfile").write_text(dockerfile('ENTRYPOINT ["./boot.sh"]'))
    (tmp_path / "boot.sh").write_text("set -e\nflask db upgrade\nexec gunicorn -b :5000 main:app\n")
    (tmp_path / ".railway").mkdir()
    (tmp_path / CODE).write_text('service("web", start="gunicorn -w 2 main:app")\n')
    told = init(tmp_path).stderr
    assert "by hand: boot.sh:2 also runs `flask db upgrade`: make it the pre-deploy command" in told
