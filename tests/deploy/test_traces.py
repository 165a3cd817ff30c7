"""Nothing of a project is executed: files that would leave a trace, wherever a reader looks."""

from __future__ import annotations

import os
import stat

import pytest

from flask_bootcheck.deploy.reading import Asked, read_plan

PYTHON = "import os\nopen({trace!r}, 'w').close()\nos.system('touch {trace}')\n"
SHELL = "#!/bin/sh\ntouch {trace}\nX=$(touch {trace})\nY=`touch {trace}`\nexec gunicorn -w $X main:app\n"
COMMAND = (
    "sh -c 'touch {trace}; python start.py; exec gunicorn -c conf.py -w $(touch {trace}) main:app'"
)

FILES = {
    "railway.toml": '[deploy]\nstartCommand = "python start.py"\n',
    "railway.json": '{{"deploy": {{"startCommand": "bash start.sh"}}}}',
    ".railway/railway.py": PYTHON + "service('web', start=os.popen('touch {trace}').read())\n",
    ".railway/railway.ts": 'service("web", {{start: `$(touch {trace})`, healthcheck: run()}})',
    ".railway/railway.go": 'service("web", X{{Start: "$(touch {trace})"}})',
    "nixpacks.toml": '[start]\ncmd = "touch {trace} && python start.py"\n'
    '[phases.setup]\ncmds = ["touch {trace}"]',
    "railpack.json": '{{"deploy": {{"startCommand": "touch {trace} && bash start.sh"}}}}',
    "Procfile": "web: " + COMMAND + "\nrelease: touch {trace}\n",
    "Dockerfile": "FROM python\nRUN touch {trace}\nENTRYPOINT ['./start.sh']\nCMD touch {trace}\n",
    "fly.toml": '[processes]\nweb = "touch {trace}"\nworker = "python -m start"\n[http_service]\n',
    "render.yaml": "services:\n  - type: web\n    startCommand: python start.py\n"
    "    x: !!python/object/apply:os.system ['touch {trace}']\n",
    "gunicorn.conf.py": PYTHON + "workers = os.system('touch {trace}')\n",
    "conf.py": PYTHON,
    "start.py": PYTHON + "os.execvp('gunicorn', ['gunicorn', '-c', 'conf.py', 'main:app'])\n",
    "start.sh": SHELL,
    "main.py": PYTHON + "app = 1\n",
    "setup.py": PYTHON,
    "sitecustomize.py": PYTHON,
    "flask.py": PYTHON,
    "gunicorn.py": PYTHON,
    "requirements.txt": "gunicorn @ file://{trace}\n-e ./setup.py\n$(touch {trace})\n",
    "pyproject.toml": '[project]\ndependencies = ["gunicorn; touch {trace}"]\n',
}


@pytest.fixture
def planted(tmp_path, monkeypatch):
    """A project with all of them, and the file that any of them would make."""
    root, trace = tmp_path / "project", tmp_path / "trace"
    for name, text in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.format(trace=str(trace)))
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
    monkeypatch.chdir(root)
    return root, trace


@pytest.mark.parametrize("platform", ["", "railway", "render", "fly", "heroku", "docker"])
def test_no_trace(planted, platform):
    root, trace = planted
    environ = {"GUNICORN_CMD_ARGS": f"-c conf.py -w $(touch {trace})"}
    plan = read_plan(root, Asked(platform=platform, environ=environ))
    assert plan is not None
    assert not trace.exists()


def test_the_trap_works(planted):
    """With --exec a conf that cannot be worked out is run: then there is one."""
    root, trace = planted
    read_plan(root, Asked(platform="heroku", execute=True))
    assert not trace.exists(), "conf.py says nothing that is unknown, so it is not run"
    (root / "Procfile").write_text("web: gunicorn main:app\n")
    read_plan(root, Asked(platform="heroku", execute=True))
    assert trace.exists()


def test_a_file_that_leads_out_of_the_project_is_not_read(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("web: gunicorn secret:app\n")
    root = tmp_path / "project"
    root.mkdir()
    (root / "Procfile").symlink_to(secret)
    plan = read_plan(root, Asked())
    assert plan is not None
    assert [t.reason for t in plan.troubles] == ["it leads out of the project"]


def test_what_is_no_file_does_not_stop_it(tmp_path):
    """A pipe without a writer would be waited for."""
    os.mkfifo(tmp_path / "Procfile")
    (tmp_path / "railway.toml").mkdir()
    (tmp_path / "fly.toml").write_bytes(b"#" * (2**20 + 1))
    plan = read_plan(tmp_path, Asked())
    assert plan is not None
    assert sorted((t.place.file, t.reason) for t in plan.troubles) == [
        ("Procfile", "it is not a file"),
        ("fly.toml", "it is larger than 1048576 bytes"),
        ("railway.toml", "it is not a file"),
    ]
