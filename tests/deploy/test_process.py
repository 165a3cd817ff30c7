"""What a start command starts, with the scripts, confs and variables it brings."""

from __future__ import annotations

from pathlib import Path

import pytest

from flask_bootcheck.deploy.machine import Machine
from flask_bootcheck.deploy.plan import Place, Service, Value, Variable
from flask_bootcheck.deploy.process import process_of
from flask_bootcheck.deploy.project import Project
from flask_bootcheck.deploy.targets import missing_target

RAILWAY = Machine(48, injected=frozenset({"PORT"}))


def process(root: Path, start: str, in_shell=True, machine=RAILWAY, execute=False, **service):
    value = Value(start, Place("Procfile", 3))
    project = Project(root, machine, execute)
    return process_of(project, Service(start=value, **service), in_shell)


def variables(**given: str):
    place = Place("render.yaml", 9)
    return tuple(Variable(name, Value(value, place)) for name, value in given.items())


def test_the_command_line(tmp_path):
    found = process(
        tmp_path, "gunicorn -b 0.0.0.0:$PORT -w 3 -k gevent -t 60 --preload --chdir src main:app"
    )
    assert (found.program, str(found.target), found.folder) == ("gunicorn", "main:app", "src")
    assert (str(found.workers), str(found.worker_class)) == ("3", "gevent")
    assert [str(bind) for bind in found.binds] == ["0.0.0.0:$PORT"]
    assert found.timeout == Value(60, Place("Procfile", 3))
    assert found.preload is not None


CONF = """import multiprocessing
import os

bind = f"0.0.0.0:{os.environ.get('PORT', '8000')}"
workers = multiprocessing.cpu_count() * 2 + 1
worker_class = "gthread"
preload_app = True
"""


def test_the_conf_that_gunicorn_finds_by_itself(tmp_path):
    (tmp_path / "gunicorn.conf.py").write_text(CONF)
    found = process(tmp_path, "gunicorn main:app")
    assert found.workers == Value(97, Place("gunicorn.conf.py", 5), of_cpus=True)
    assert found.worker_class == Value("gthread", Place("gunicorn.conf.py", 6))
    assert [str(bind) for bind in found.binds] == ["0.0.0.0:$PORT"]
    assert found.preload is not None


@pytest.mark.parametrize(
    "option",
    [
        "-c deploy/conf.py",
        "--config=file:deploy/conf.py",
        "-c python:deploy.conf",
        "-c /app/deploy/conf.py",
    ],
)
def test_the_conf_that_is_named(tmp_path, option):
    (tmp_path / "deploy").mkdir()
    (tmp_path / "deploy" / "conf.py").write_text("workers = 5\n")
    (tmp_path / "gunicorn.conf.py").write_text("workers = 6\n")
    found = process(tmp_path, f"gunicorn {option} main:app")
    assert found.workers == Value(5, Place("deploy/conf.py", 1))


def test_our_own_conf_loads_the_users(tmp_path):
    (tmp_path / "gunicorn.conf.py").write_text("workers = 6\n")
    found = process(tmp_path, "gunicorn -c python:flask_bootcheck.gunicorn.conf main:app")
    assert found.workers == Value(6, Place("gunicorn.conf.py", 1))


def test_a_conf_that_is_not_there_is_said(tmp_path):
    found = process(tmp_path, "gunicorn -c conf.py main:app")
    assert [str(trouble.place) for trouble in found.unreadable] == ["Procfile:3"]


@pytest.mark.parametrize(
    ("start", "given", "workers"),
    [
        ("gunicorn main:app", {}, 1),
        ("gunicorn main:app", {"WEB_CONCURRENCY": "4"}, 4),
        ("WEB_CONCURRENCY=5 gunicorn main:app", {"WEB_CONCURRENCY": "4"}, 5),
        ("gunicorn main:app", {"GUNICORN_CMD_ARGS": "-w 7"}, 7),
        ("gunicorn -w 8 main:app", {"GUNICORN_CMD_ARGS": "-w 7"}, 8),
        ("gunicorn -w ${WORKERS:-2} main:app", {}, 2),
        ("gunicorn -w $WORKERS main:app", {"WORKERS": "9"}, 9),
        ("gunicorn -w $(nproc) main:app", {}, 48),
        ("gunicorn -w $WORKERS main:app", {}, None),
        ("gunicorn main:app", {"WEB_CONCURRENCY": "auto"}, None),
    ],
)
def test_the_worker_count_in_gunicorns_own_order(tmp_path, start, given, workers):
    found = process(tmp_path, start, variables=variables(**given))
    assert (found.workers.value if found.workers else None) == workers
    assert bool(found.not_looked_at) is (workers is None)


@pytest.mark.parametrize("name", ["WEB_CONCURRENCY", "GUNICORN_CMD_ARGS"])
def test_the_place_of_a_count_is_that_of_its_variable(tmp_path, name):
    given = {"WEB_CONCURRENCY": "4", "GUNICORN_CMD_ARGS": "-w 4"}[name]
    found = process(tmp_path, "gunicorn main:app", variables=variables(**{name: given}))
    assert found.workers == Value(4, Place("render.yaml", 9))
    found = process(tmp_path, f"{name}='{given}' gunicorn main:app")
    assert found.workers == Value(4, Place("Procfile", 3))


def test_a_start_script_in_python(tmp_path):
    (tmp_path / "gunicorn_start.py").write_text(
        "import multiprocessing, os\n\n"
        "port = os.environ.get('PORT', '8000')\n"
        "workers = multiprocessing.cpu_count() * 2 + 1\n\n"
        "if __name__ == '__main__':\n"
        "    os.execvp('gunicorn', ['gunicorn', '--bind', f'0.0.0.0:{port}',\n"
        "              '--workers', str(workers), '-k', 'eventlet', 'main:app'])\n"
    )
    found = process(tmp_path, "python gunicorn_start.py")
    assert found.workers == Value(97, Place("gunicorn_start.py", 4), of_cpus=True)
    assert found.worker_class == Value("eventlet", Place("gunicorn_start.py", 8))
    assert [str(bind) for bind in found.binds] == ["0.0.0.0:$PORT"]


@pytest.mark.parametrize("word", ["f'--workers={n}'", "'--workers=' + str(n)", "f'-w{n}'"])
def test_the_line_is_that_of_the_count(tmp_path, word):
    text = (
        f"import os\nn = os.cpu_count()\nos.execvp('gunicorn', ['gunicorn',\n{word}, 'main:app'])\n"
    )
    (tmp_path / "start.py").write_text(text)
    found = process(tmp_path, "python start.py")
    assert found.workers == Value(48, Place("start.py", 2), of_cpus=True)


def test_a_start_script_that_is_a_shell_command(tmp_path):
    (tmp_path / "start.py").write_text(
        "import os\nn = os.cpu_count()\nos.system(f'cd src && gunicorn -w {n} main:app')\n"
    )
    found = process(tmp_path, "python start.py")
    assert found.workers == Value(48, Place("start.py", 2), of_cpus=True)
    assert found.target == Value("main:app", Place("start.py", 3))
    assert found.folder == "src"


def test_a_start_script_of_the_shell(tmp_path):
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "start.sh").write_text(
        "#!/bin/sh\nset -e\n\nWORKERS=$(( $(nproc) * 2 + 1 ))\nflask db upgrade\n\n"
        "exec gunicorn \\\n  --workers $WORKERS \\\n  --bind 0.0.0.0:${PORT:-8000} main:app\n"
    )
    found = process(tmp_path, "bash bin/start.sh")
    assert found.workers == Value(97, Place("bin/start.sh", 8), of_cpus=True)
    assert found.target == Value("main:app", Place("bin/start.sh", 9))


def test_an_entry_point_runs_what_it_is_given(tmp_path):
    (tmp_path / "entrypoint.sh").write_text('#!/bin/sh\nflask db upgrade\nexec "$@"\n')
    words = ("/app/entrypoint.sh", "gunicorn", "-w", "2", "main:app")
    found = process(tmp_path, " ".join(words), words=words)
    assert found.workers == Value(2, Place("Procfile", 3))
    assert found.program == "gunicorn"


@pytest.mark.filterwarnings("error")
def test_what_python_would_warn_of_is_not_said(tmp_path):
    """Here such a warning would be an error."""
    (tmp_path / "main.py").write_text("app = '\\d'\n")
    (tmp_path / "gunicorn.conf.py").write_text("x = '\\d'\nworkers = 3\n")
    found = process(tmp_path, "gunicorn -w $((0x1for x)) -t 1_0 main:app")
    assert found.unreadable == ()
    assert missing_target(tmp_path, found) is None


@pytest.mark.parametrize(
    ("shebang", "text"),
    [
        (
            "#!/usr/bin/env bash",
            "set -e\nserver() {\n  exec /usr/local/bin/gunicorn -w 4 main:app\n}\nserver\n",
        ),
        (
            "#!/usr/bin/env python3",
            "import os\nos.execvp('gunicorn', ['gunicorn', '-w', '4', 'main:app'])\n",
        ),
    ],
)
def test_a_script_without_an_ending(tmp_path, shebang, text):
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "entry").write_text(f"{shebang}\n{text}")
    found = process(tmp_path, "/app/bin/entry web", words=("/app/bin/entry", "web"))
    assert (found.program, str(found.workers)) == ("gunicorn", "4")
    assert process(tmp_path, "/usr/bin/entry-of-another").program == "entry-of-another"


def test_a_script_that_calls_itself_comes_to_an_end(tmp_path):
    (tmp_path / "a.sh").write_text("sh a.sh\n")
    assert process(tmp_path, "sh a.sh").program == ""


@pytest.mark.parametrize(
    ("start", "in_shell", "unexpanded"),
    [
        ("gunicorn -b 0.0.0.0:$PORT main:app", True, []),
        ("gunicorn -b 0.0.0.0:$PORT main:app", False, ["0.0.0.0:$PORT"]),
        ("gunicorn -b '0.0.0.0:$PORT' main:app", True, ["0.0.0.0:$PORT"]),
        ("sh -c 'gunicorn -b 0.0.0.0:$PORT main:app'", False, []),
        ("gunicorn --name 'costs $5' main:app", False, []),
    ],
)
def test_a_variable_that_no_shell_expands(tmp_path, start, in_shell, unexpanded):
    found = process(tmp_path, start, in_shell)
    assert [str(word) for word in found.unexpanded] == unexpanded


def test_without_a_port_gunicorn_listens_on_the_loopback(tmp_path):
    found = process(tmp_path, "gunicorn main:app", machine=Machine(1))
    assert [str(bind) for bind in found.binds] == ["127.0.0.1:8000"]


OPAQUE = "from pathlib import Path\nimport os\nworkers = len(list(range(os.cpu_count()))) + 1\n"


def test_what_cannot_be_worked_out_is_said_with_its_line(tmp_path):
    (tmp_path / "gunicorn.conf.py").write_text(OPAQUE)
    found = process(tmp_path, "gunicorn main:app")
    assert found.workers is None
    (trouble,) = found.not_looked_at
    assert str(trouble.place) == "gunicorn.conf.py:3"


def test_it_can_be_run_instead(tmp_path):
    (tmp_path / "gunicorn.conf.py").write_text(OPAQUE + "print('chatty')\n")
    found = process(tmp_path, "gunicorn main:app", execute=True)
    assert found.workers is not None
    assert (found.workers.value, str(found.workers.place)) == (49, "gunicorn.conf.py:3")


@pytest.mark.parametrize("tail", ["raise SystemExit(3)\n", "import time; time.sleep(60)\n"])
def test_a_conf_that_does_not_run_stays_unknown(tmp_path, monkeypatch, tail):
    monkeypatch.setattr("flask_bootcheck.deploy.run_conf.SECONDS", 0.5)
    (tmp_path / "gunicorn.conf.py").write_text(OPAQUE + tail)
    found = process(tmp_path, "gunicorn main:app", execute=True)
    assert found.workers is None
    assert found.not_looked_at
