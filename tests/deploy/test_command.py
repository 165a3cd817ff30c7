"""Start commands are seen through, whatever stands before the server."""

from __future__ import annotations

import pytest

from flask_bootcheck.deploy.command import understand
from flask_bootcheck.deploy.expansion import expand
from flask_bootcheck.deploy.machine import Machine
from flask_bootcheck.deploy.shell import split_shell


def seen(text, in_shell=True, words=None):
    found = understand(text, words, in_shell)
    return [found.program, *(word.text for word in found.arguments)]


GUNICORN = ["gunicorn", "-w", "2", "main:app"]


@pytest.mark.parametrize(
    "text",
    [
        "gunicorn -w 2 main:app",
        "  exec gunicorn -w 2 main:app",
        'sh -c "exec gunicorn -w 2 main:app"',
        "/bin/bash -lc 'gunicorn -w 2 main:app'",
        "bash -o pipefail -c 'gunicorn -w 2 main:app'",
        "flask db upgrade && gunicorn -w 2 main:app",
        "flask db upgrade; PORT=8000 gunicorn -w 2 main:app",
        "python manage.py migrate --noinput && exec gunicorn -w 2 main:app > log 2>&1",
        "gunicorn -w 2 main:app & celery -A main worker",
        "set -e; trap 'kill 0' EXIT; gunicorn -w 2 main:app",
        "poetry run gunicorn -w 2 main:app",
        "uv run --no-dev --extra web gunicorn -w 2 main:app",
        "pipenv run gunicorn -w 2 main:app",
        "pdm run gunicorn -w 2 main:app",
        "hatch run gunicorn -w 2 main:app",
        "conda run -n shop gunicorn -w 2 main:app",
        "python -m gunicorn -w 2 main:app",
        "python3.12 -u -m gunicorn -w 2 main:app",
        "/opt/venv/bin/gunicorn -w 2 main:app",
        "env A=1 -u B gunicorn -w 2 main:app",
        "/usr/bin/env A=1 gunicorn -w 2 main:app",
        "nice -n 10 gunicorn -w 2 main:app",
        "dumb-init -- gunicorn -w 2 main:app",
        "tini -g -- gunicorn -w 2 main:app",
        "doppler run --config prod -- gunicorn -w 2 main:app",
        "infisical run --env=prod -- gunicorn -w 2 main:app",
        "ddtrace-run gunicorn -w 2 main:app",
        "newrelic-admin run-program gunicorn -w 2 main:app",
        "timeout 30 gunicorn -w 2 main:app",
        "gosu app gunicorn -w 2 main:app",
        "wait-for-it db:5432 -- gunicorn -w 2 main:app",
        "nohup nice dumb-init gunicorn -w 2 main:app",
        "gunicorn \\\n  -w 2 \\\n  main:app",
        "gunicorn -w 2 'main:app' # the app",
    ],
)
def test_gunicorn_is_found(text):
    assert seen(text) == GUNICORN


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("flask run --host 0.0.0.0", ["flask", "run", "--host", "0.0.0.0"]),
        ("python -m flask run", ["flask", "run"]),
        ("poetry install", ["poetry", "install"]),
        ("doppler setup", ["doppler", "setup"]),
        ("waitress-serve main:app", ["waitress-serve", "main:app"]),
        ("", [""]),
        ("&& || ;", [""]),
        ("sh", ["sh"]),
    ],
)
def test_other_programs_are_named(text, found):
    assert seen(text) == found


def test_the_exec_form_is_not_read_by_a_shell():
    assert seen("", words=["gunicorn", "a && b", "$X"]) == ["gunicorn", "a && b", "$X"]
    assert seen("gunicorn a && b", in_shell=False) == ["gunicorn", "a", "&&", "b"]


def test_where_it_runs_and_with_which_variables():
    found = understand("export A=1; cd backend && B=2 gunicorn main:app", None, True)
    assert found.folder == "backend"
    assert [(name, str(word)) for name, word in found.environ] == [("A", "1"), ("B", "2")]


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("python gunicorn_start.py", "gunicorn_start.py"),
        ("python -u -X dev app/start.py x", "app/start.py"),
        ("python -m shop.start", "shop/start.py"),
        ("./start.sh", "./start.sh"),
        ("bash -e bin/start", "bin/start"),
        ("/app/bin/docker-entrypoint-web", "/app/bin/docker-entrypoint-web"),
    ],
)
def test_a_script_is_named(text, script):
    assert understand(text, None, True).script == script


def test_a_word_knows_its_line():
    (simple,) = split_shell("gunicorn \\\n -w 2\\\n 'a\nb' c")
    assert [(word.text, word.line) for word in simple.words] == [
        ("gunicorn", 1),
        ("-w", 2),
        ("2", 2),
        ("a\nb", 3),
        ("c", 4),
    ]


@pytest.mark.parametrize(
    ("text", "value", "of_cpus"),
    [
        ("$(nproc)", "48", True),
        ("`nproc --all`", "48", True),
        ("$(( $(nproc) * 2 + 1 ))", "97", True),
        ("$((2 * $(getconf _NPROCESSORS_ONLN)))", "96", True),
        ("$(grep -c ^processor /proc/cpuinfo)", "48", True),
        ("$(cat /proc/cpuinfo | grep processor | wc -l)", "48", True),
        ("$(cat /proc/cpuinfo)", "$(cat /proc/cpuinfo)", False),
        (r"$(expr 2 \* $(nproc) + 1)", "97", True),
        ("$(echo $(( $(nproc) + 1 )))", "49", True),
        (
            "$(python3 -c 'import multiprocessing as m; print(m.cpu_count() * 2 + 1)')",
            "97",
            True,
        ),
        ("$(python -c 'print(3)')", "3", False),
        ("$(python -c 'import x; print(x.workers)')",) * 2 + (False,),
        ("$((N / 2))", "3", False),
        ("${N}x$N", "7x7", False),
        ("${MISSING:-4}", "4", False),
        ("${MISSING-$(nproc)}", "48", True),
        ("0.0.0.0:$PORT", "0.0.0.0:$PORT", False),
        ("0.0.0.0:${PORT:-8000}", "0.0.0.0:${PORT:-8000}", False),
        ("$(cat workers)", "$(cat workers)", False),
        ("$((2 ** 99999999))", "$((2 ** 99999999))", False),
        ("$LOOP", "$LOOP", False),
    ],
)
def test_what_is_known_is_expanded(text, value, of_cpus):
    machine = Machine(48, injected=frozenset({"PORT"}))
    found = expand(text, {"N": "7", "LOOP": "$LOOP"}, machine)
    assert (found.text, found.of_cpus) == (value, of_cpus)
