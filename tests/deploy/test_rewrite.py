"""A start command is changed where it must be, and runs what it ran before: a real shell says so."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flask_bootcheck.deploy.rewrite import (
    handed_on,
    inside,
    is_plain,
    needs_shell,
    quote_factories,
    set_expanding,
    set_options,
    steps,
    through_shell,
)

from .stage import as_argv, commands, run, set_up

BIND = {"--bind": "0.0.0.0:$PORT"}


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ("gunicorn a:b", "gunicorn --bind 0.0.0.0:$PORT a:b"),
        ("gunicorn", "gunicorn --bind 0.0.0.0:$PORT"),
        (
            "FOO='a b' gunicorn -b :80  a:b  # x",
            "FOO='a b' gunicorn --bind 0.0.0.0:$PORT  a:b  # x",
        ),
        ("python -m gunicorn -b:80 a:b", "python -m gunicorn --bind 0.0.0.0:$PORT a:b"),
        ("gunicorn --bind=':80' -b :81 a:b", "gunicorn --bind 0.0.0.0:$PORT a:b"),
        ("gunicorn -b :80 -b unix:/x a:b", "gunicorn --bind 0.0.0.0:$PORT -b unix:/x a:b"),
        (
            "pip install gunicorn && cd gunicorn && gunicorn -b :80 a:b 2>&1 | tee log",
            "pip install gunicorn && cd gunicorn && gunicorn --bind 0.0.0.0:$PORT a:b 2>&1 | tee log",
        ),
        ("bash -lc 'gunicorn -b :80 a:b' x", "bash -lc 'gunicorn --bind 0.0.0.0:$PORT a:b' x"),
        ("./entry.sh gunicorn -b :80 a:b", "./entry.sh gunicorn --bind 0.0.0.0:$PORT a:b"),
        (
            "python bot.py & gunicorn -b :80 a:b & wait",
            "python bot.py & gunicorn --bind 0.0.0.0:$PORT a:b & wait",
        ),
        (
            'if [ -n "$X" ]; then gunicorn -b :80 a:b\nelse exec gunicorn a:c; fi',
            'if [ -n "$X" ]; then gunicorn --bind 0.0.0.0:$PORT a:b\n'
            "else exec gunicorn --bind 0.0.0.0:$PORT a:c; fi",
        ),
        (
            "gunicorn \\\n  -w 2 \\\n  -b \\\n :80 a:b",
            "gunicorn \\\n  -w 2 \\\n  --bind 0.0.0.0:$PORT a:b",
        ),
    ],
)
def test_options_are_set_in_place(text, changed):
    assert set_options(text, BIND) == changed
    assert set_options(changed, BIND) == changed
    assert set_options(text, {}) == text


@pytest.mark.parametrize(
    "text",
    [
        "bash start.sh",
        "python run.py",
        "pip install gunicorn",
        "cat <<EOF > x\ngunicorn a:b\nEOF\ngunicorn a:b",
        'sh -c "gunicorn \\"a:b\\""',
        "",
    ],
)
def test_what_cannot_be_changed_safely_is_not(text):
    assert set_options(text, BIND) is None


@pytest.mark.parametrize(
    ("text", "wrapped"),
    [
        ("gunicorn -w 2 'a:f()'", None),
        ("sh -c 'gunicorn -b :$PORT a:b'", None),
        ("./entry.sh gunicorn", None),
        ("", None),
        ("gunicorn -b :$PORT a:b", "exec gunicorn -b :$PORT a:b"),
        ("gunicorn -b :$PORT 'a:f()'", 'exec gunicorn -b :$PORT "a:f()"'),
        ("exec gunicorn a:b", "exec gunicorn a:b"),
        ("cd shop && gunicorn a:b", "cd shop && exec gunicorn a:b"),
        ("a || b; gunicorn a:b;", "a || b; exec gunicorn a:b;"),
        ("FOO=1 BAR=2 gunicorn a:b", "exec env FOO=1 BAR=2 gunicorn a:b"),
        ("python bot.py & gunicorn a:b", "python bot.py & exec gunicorn a:b"),
        ("python bot.py & gunicorn a:b & wait", "python bot.py & gunicorn a:b & wait"),
        ("gunicorn a:b | tee log", "gunicorn a:b | tee log"),
        ("gunicorn a:b > log 2>&1", "exec gunicorn a:b > log 2>&1"),
        ("gunicorn a:b; echo over", "gunicorn a:b; exec echo over"),
        ("(flask db upgrade; gunicorn a:b)", "(flask db upgrade; gunicorn a:b)"),
        ("trap x EXIT; gunicorn a:b", "trap x EXIT; gunicorn a:b"),
        ("if x; then gunicorn a:b; fi", "if x; then gunicorn a:b; fi"),
        ("newrelic-admin run-program gunicorn -b :$PORT a:b", None),
    ],
)
def test_a_shell_is_used_where_one_is_needed(text, wrapped):
    found = through_shell(text)
    if wrapped is None and not needs_shell(text):
        assert found == text
    else:
        inner = wrapped or f"exec {text}"
        assert shlex.split(found) == ["/bin/sh", "-c", inner]
    assert through_shell(found) == found


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("gunicorn a:f()", "gunicorn 'a:f()'"),
        ("gunicorn a.b:f(x=1) -w 2", "gunicorn 'a.b:f(x=1)' -w 2"),
        ("gunicorn 'a:f()' \"a:f()\"", "gunicorn 'a:f()' \"a:f()\""),
        ("(gunicorn a:b)", "(gunicorn a:b)"),
    ],
)
def test_a_factory_is_quoted_once(text, quoted):
    assert quote_factories(text) == quoted


def test_what_single_quotes_keep_from_a_shell_is_let_go():
    assert (
        set_expanding("g -b '0:$PORT' '$X' \"$Y\"", {"0:$PORT", "$Y"})
        == 'g -b "0:$PORT" \'$X\' "$Y"'
    )


def test_what_a_command_runs_besides_gunicorn():
    text = "set -e\ncd shop\nflask db upgrade  # now\nX=1\npython bot.py &\nexec gunicorn a:b"
    assert [*steps(text)] == [(3, "flask db upgrade"), (5, "python bot.py")]
    assert [*steps("sh -c 'alembic upgrade head && gunicorn a:b'")] == [(1, "alembic upgrade head")]
    assert handed_on("cd x && A=1 ./entry.sh gunicorn a:b; c") == "cd x && gunicorn a:b; c"
    assert handed_on("./entry.sh flask run") == "./entry.sh flask run"
    assert inside("/bin/sh -c 'a && b'") == "a && b"
    assert inside("sh -c 'a' && b") == "sh -c 'a' && b"
    assert is_plain("FOO=1 gunicorn a:b")
    assert not is_plain("cd x && gunicorn a:b")
    assert not is_plain("bash start.sh")


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return set_up(tmp_path_factory.mktemp("stage"))


CHANGES = st.dictionaries(
    st.sampled_from(["--bind", "--workers", "--worker-class", "--threads"]), st.just("")
)
VALUES = {
    "--bind": "0.0.0.0:$PORT",
    "--workers": "4",
    "--worker-class": "gthread",
    "--threads": "8",
}
NAMES = {
    "--bind": "bind",
    "--workers": "workers",
    "--worker-class": "worker_class",
    "--threads": "threads",
}


@settings(derandomize=True, database=None, deadline=None, max_examples=60)
@given(text=commands(), wanted=CHANGES)
def test_the_same_programs_run_and_gunicorn_is_told_what_was_changed(stage, text, wanted):
    changes = {name: VALUES[name] for name in wanted}
    changed = set_options(text, changes)
    assert changed is not None
    assert set_options(changed, changes) == changed
    before = as_argv(run(stage, text, in_shell=True))
    after = as_argv(run(stage, through_shell(changed), in_shell=False))
    assert after == as_argv(run(stage, changed, in_shell=True))
    assert [name for name, _ in after] == [name for name, _ in before]
    assert after[-1][0] == "gunicorn"
    expected = dict(before[-1][1])
    for option in changes:
        value = VALUES[option].replace("$PORT", "5678")
        expected[NAMES[option]] = [value] if option == "--bind" else value
    assert {k: str(v) for k, v in after[-1][1].items()} == {k: str(v) for k, v in expected.items()}


@pytest.mark.parametrize("shell", ["dash", "bash"])
@pytest.mark.parametrize(
    "command", ["FOO=1 python", "export FOO=1; python", "FOO=1; export FOO; python"]
)
def test_assignments_reach_the_program(tmp_path, shell, command):
    """``FOO=1 exec python`` does not hand it on in every shell; ``exec env`` does."""
    if shutil.which(shell) is None:
        pytest.skip(f"needs {shell}")
    program = tmp_path / "python"
    program.write_text('#!/bin/sh\nprintf %s "$FOO"\n')
    program.chmod(0o755)
    *_, inner = shlex.split(through_shell(command))
    environ = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    done = subprocess.run([shell, "-c", inner], env=environ, capture_output=True, check=True)
    assert done.stdout == b"1"
