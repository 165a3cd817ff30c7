"""What is understood of a start command, and what only a shell would make of it."""

from __future__ import annotations

import pytest

from flask_bootcheck.deploy.command import understand
from flask_bootcheck.deploy.plan import Place
from flask_bootcheck.deploy.shell import split_words
from flask_bootcheck.deploy.understanding import not_understood, only_of_a_shell

HERE = Place("Procfile", 1)


@pytest.mark.parametrize(
    "text",
    [
        "waitress-serve --port=$PORT main:app",
        "uwsgi --ini x.ini",
        "python -m uvicorn main:app",
        "hypercorn main:app",
        "flask --app main run",
        "celery -A main worker",
        "python -m celery -A main worker",
        "bin/start-nginx uwsgi --ini x.ini",
    ],
)
def test_other_servers_are_understood(text):
    assert not_understood(understand(text, None, True), HERE) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sh",
        "python",
        "bash -l",
        "flask db upgrade",
        "gunicrn main:app",
        "./up",
        "x gunicorn a:b",
    ],
)
def test_what_nobody_knows_is_said_with_its_place_and_a_hint(text):
    trouble = not_understood(understand(text, None, True), HERE)
    assert trouble is not None
    assert trouble.place == HERE
    assert trouble.reason
    assert trouble.hint


def test_a_name_that_is_nearly_a_server_is_spelt_out():
    trouble = not_understood(understand("gunicrn -w 2 main:app", None, True), HERE)
    assert trouble is not None
    assert trouble.hint == "gunicorn -w 2 main:app"


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        (
            "flask db upgrade && gunicorn main:app",
            'sh -c "flask db upgrade && exec gunicorn main:app"',
        ),
        ("cd web && exec gunicorn main:app", 'sh -c "cd web && exec gunicorn main:app"'),
        ("exec gunicorn main:app", 'sh -c "exec gunicorn main:app"'),
        ("A=1 gunicorn main:app", 'sh -c "A=1 exec gunicorn main:app"'),
        ("python fill.py ; gunicorn main:app", 'sh -c "python fill.py ; exec gunicorn main:app"'),
    ],
)
def test_what_only_a_shell_does_cannot_start_without_one(text, hint):
    trouble = only_of_a_shell(split_words(text), HERE)
    assert trouble is not None
    assert trouble.hint == hint
    assert understand(hint, None, in_shell=False).program == "gunicorn"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "gunicorn main:app",
        "gunicorn main:create_app()",
        "sh -c 'cd web && gunicorn main:app'",
        "gunicorn main:app && echo done",
        "./up.sh && echo done",
    ],
)
def test_what_starts_without_a_shell_is_left_alone(text):
    assert only_of_a_shell(split_words(text), HERE) is None


def test_parentheses_are_nothing_special_without_a_shell():
    assert [word.text for word in split_words("gunicorn main:make(1) a;b")] == [
        "gunicorn",
        "main:make(1)",
        "a;b",
    ]
