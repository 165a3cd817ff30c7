"""What a line is: the same in every language that is read, and in every editor."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flask_bootcheck.deploy.edits import set_in_railway_py
from flask_bootcheck.deploy.pins import read_dependencies
from flask_bootcheck.deploy.readers import READERS
from flask_bootcheck.deploy.reading import Asked, read_plan
from flask_bootcheck.deploy.source import (
    Lines,
    Unreadable,
    decode,
    line_starts,
    lines_of,
)

from .safely import places_lie_in_their_files, read_with

ENDS = ["\n", "\r\n", "\r"]
#: What str.splitlines, YAML and Unicode take for a line end, and nobody who shows lines.
NO_ENDS = "\v\f\x1c\x1d\x1e\x85\u2028\u2029"
READ = {file: reader.read for reader in READERS for file in reader.files}


@pytest.mark.parametrize("end", ENDS)
def test_a_line_ends_where_editors_end_it(end):
    text = f"a{NO_ENDS}{end}b{end}"
    assert lines_of(text) == [f"a{NO_ENDS}", "b", ""]
    assert [text[start : start + 1] for start in line_starts(text)] == ["a", "b", ""]
    assert Lines(text).at(text.index("b")) == 2


@pytest.mark.parametrize(
    ("text", "line", "there"),
    [("", 5, 1), ("a", 2, 1), ("a\n", 2, 1), ("a\nb", 2, 2), ("a\r\r", 9, 2), ("a", None, 0)],
)
def test_no_line_is_beyond_the_last(text, line, there):
    assert Lines(text).nearest(line) == there


#: A file with something on its last line, in the words of each language; ``~`` is a separator.
SPEAK = {
    "Procfile": "# ~\nweb: gunicorn main:app",
    "Dockerfile": "FROM python\n# ~\nCMD gunicorn main:app",
    "nixpacks.toml": "# \n[start]\ncmd = 'gunicorn main:app'",
    "railpack.json": '{"x": "~", "deploy": {\n"startCommand": "gunicorn main:app"}}',
    "render.yaml": "x: '~'\nservices:\n  - startCommand: gunicorn main:app",
    ".railway/railway.py": "'''~\n'''\nservice('web', start='gunicorn main:app')",
    ".railway/railway.ts": 'x = "~"\nservice("web", {start: "gunicorn main:app"})',
    "fly.toml": "x = '\u2028'\n[processes]\nweb = 'gunicorn main:app'",
}


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("file", SPEAK)
@pytest.mark.parametrize("separator", ["\x85", "\u2028", "\u2029"])
def test_a_command_is_on_the_line_that_an_editor_shows(file, end, separator):
    text = decode(SPEAK[file].replace("~", separator).replace("\n", end).encode())
    said = read_with(READ[file], file, text)
    assert not isinstance(said, Unreadable)
    (service,) = said.services
    assert service.start is not None
    assert service.start.place.line == len(lines_of(text))


BROKEN = {
    "Procfile": "web: x\n# ~\n:",
    "nixpacks.toml": "a = 1\nb = '~'\n=",
    "railpack.json": '{"a":\n"~",\n=}',
    "render.yaml": "a: b\nc: '~'\nd: ]",
    ".railway/railway.py": "a = 1\n'''~'''\n:",
}


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("file", BROKEN)
def test_a_mistake_is_on_the_line_that_an_editor_shows(file, end):
    text = BROKEN[file].replace("~", "\u2028").replace("\n", end)
    for read in (text, decode(text.encode())):
        if "toml" in file and "\r" in read.replace("\r\n", ""):
            continue  # TOML knows no such line end: it is wrong where that is
        said = read_with(READ[file], file, read)
        line = said.line if isinstance(said, Unreadable) else said.troubles[0].place.line
        assert line == 3


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("railpack.json", '{"deploy": {"startCommand": "\\n\\ngunicorn\\n-w\\n4 main:app"}}'),
        (
            "railpack.json",
            '{"deploy": {"startCommand": "sh -c \'\\n\\n gunicorn -w 4 main:app\'"}}',
        ),
        (
            "railpack.json",
            '{"deploy": {"startCommand": "A=1\\\\\\n gunicorn -w $(nproc) main:app"}}',
        ),
        ("Procfile", "web: python start.py"),
    ],
)
def test_line_ends_in_a_value_are_none_of_the_file(tmp_path, file, text):
    (tmp_path / "start.py").write_text("import os\nos.system('\\n\\n\\n gunicorn -w 4 main:app')\n")
    (tmp_path / file).write_text(text)
    plan = read_plan(tmp_path, Asked(platform="heroku" if file == "Procfile" else "railway"))
    assert plan is not None
    places_lie_in_their_files(tmp_path, plan)
    (service,) = plan.services
    assert service.winner is not None
    assert service.winner.process.workers is not None
    assert service.winner.process.workers.place.line == (2 if file == "Procfile" else 1)


def test_the_words_of_a_script_have_its_lines(tmp_path):
    (tmp_path / "Procfile").write_text("web: bash start.sh")
    (tmp_path / "start.sh").write_bytes(
        b"#!/bin/sh\r\n# \xc2\x85\r\nexec gunicorn \\\r\n -w 4 main:app"
    )
    plan = read_plan(tmp_path, Asked(platform="heroku"))
    assert plan is not None
    ((_, process),) = plan.gunicorns
    assert process.workers is not None
    assert str(process.workers.place) == "start.sh:4"


def test_a_requirement_behind_one_over_several_lines_has_its_own_line(tmp_path):
    (tmp_path / "requirements.txt").write_text(
        "flask==3 \\\n  --hash=x \\\n  --hash=y\ngunicorn==23.0.0\n"
    )
    found = {r.name: r.place.line for r in read_dependencies(tmp_path).requirements}
    assert found == {"flask": 1, "gunicorn": 4}


def test_a_merge_of_too_many_keys_is_on_its_line():
    half, rest = (", ".join(f"{n}: 1" for n in range(first, first + 6000)) for first in (0, 6000))
    text = f"a: &a {{{half}}}\nb: &b {{{rest}}}\nc: '\u2028\u2028'\nd:\n  <<: [*a, *b]\n"
    said = read_with(READ["render.yaml"], "render.yaml", text)
    assert isinstance(said, Unreadable)
    assert said.line == 5


@given(st.lists(st.sampled_from([*ENDS, *NO_ENDS, "x = 1", "'''", "é"]), max_size=12).map("".join))
def test_a_value_is_set_where_python_sees_it(before):
    """However the lines before it end; where it is no Python, that is said."""
    text = f"{before}\nservice(\n  'web',\r  start='é', healthcheck='/a')"
    try:
        changed = set_in_railway_py(text, "web", {"healthcheck": "/b"})
    except Unreadable:
        return
    assert changed == text.replace("'/a'", json.dumps("/b"))
