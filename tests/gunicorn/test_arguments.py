"""Which conf gunicorn was told to take."""

from __future__ import annotations

import pytest

from flask_bootcheck.gunicorn.arguments import (
    OUR_CONF,
    confs,
    from_environment,
    ours_is_named,
    their_conf,
)


@pytest.fixture
def started(monkeypatch):
    """Starts gunicorn, as far as its arguments."""

    def start(command_line="", environment=None):
        monkeypatch.setattr("sys.argv", ["gunicorn", *command_line.split()])
        monkeypatch.delenv("GUNICORN_CMD_ARGS", raising=False)
        if environment is not None:
            monkeypatch.setenv("GUNICORN_CMD_ARGS", environment)

    return start


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("main:app", []),
        ("-c a.py main:app", ["a.py"]),
        ("-ca.py main:app", ["a.py"]),
        ("--config a.py", ["a.py"]),
        ("--config=a.py -c b.py", ["a.py", "b.py"]),
        ("--chdir x --certfile y --check-config", []),
        ("main:app -c", []),
    ],
)
def test_a_conf_is_named_in_each_of_its_spellings(line, named):
    assert list(confs(line.split())) == named


@pytest.mark.parametrize(
    ("line", "environment", "theirs", "is_ours"),
    [
        ("main:app", None, "", False),
        (f"-c {OUR_CONF}", None, "", True),
        (f"-c theirs.py -c {OUR_CONF}", None, "theirs.py", True),
        (f"-c {OUR_CONF}", "-c theirs.py", "theirs.py", True),
        ("-c python:flask_bootcheck.forecast.conf", None, "", False),
        ("main:app", f"-c {OUR_CONF}", "", True),
        ("-c line.py", f"-c {OUR_CONF} -c env.py", "line.py", True),
        ("main:app", "-c 'not closed", "", False),
    ],
)
def test_another_conf_beside_ours_is_theirs(started, line, environment, theirs, is_ours):
    started(line, environment)
    assert (their_conf(), ours_is_named()) == (theirs, is_ours)


def test_arguments_in_the_environment_may_be_quoted(started):
    started("", "-c 'my conf.py' -w 3")
    assert from_environment() == ["-c", "my conf.py", "-w", "3"]
