"""Values are set, and all else in a file stays as it is."""

from __future__ import annotations

import pytest

from flask_bootcheck.deploy.agreement import Wishes, agree
from flask_bootcheck.deploy.edits import (
    set_in_json,
    set_in_procfile,
    set_in_railway_py,
    set_in_toml,
)
from flask_bootcheck.deploy.plan import DeployPlan
from flask_bootcheck.deploy.reading import Asked, read_plan
from flask_bootcheck.deploy.source import Unreadable


def test_toml_keeps_comments_order_and_line_ends():
    text = "# ours\r\n[deploy] # this\r\nstartCommand = 'old' # why\r\n\r\n[build]\r\nx = 1\r\n"
    assert set_in_toml(text, "deploy", {"startCommand": "new"}) == text.replace("'old'", '"new"')
    assert set_in_toml(text, "deploy", {"startCommand": "old"}) == text


def test_toml_gets_the_table_that_is_missing():
    assert (
        set_in_toml("[build]\nx = 1\n", "deploy", {"a": 1}) == "[build]\nx = 1\n\n[deploy]\na = 1\n"
    )


def test_json_keeps_its_layout_where_only_values_change():
    text = '{ "deploy" : {"startCommand":   "old \\"x\\"", "t": 5}  }\n'
    changed = set_in_json(text, "deploy", {"startCommand": 'new "y"', "t": 6})
    assert changed == '{ "deploy" : {"startCommand":   "new \\"y\\"", "t": 6}  }\n'


def test_json_keeps_tabs_lists_and_the_same_key_elsewhere():
    text = (
        '\ufeff{\n\t"build": {"start": "old"},\n'
        '\t"deploy": {\n\t\t"list": ["a", "b"],\n\t\t"start": "old"\n\t}\n}'
    )
    changed = set_in_json(text, "deploy", {"start": "é"})
    assert changed == text.replace('\t\t"start": "old"', '\t\t"start": "é"')


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ("# all\nweb: old # x\nworker: w\n", "# all\nweb: new\nworker: w\n"),
        ("worker: w", "worker: w\nweb: new\n"),
        ("", "web: new\n"),
        ("web:old\r\nworker: w\r\n", "web: new\r\nworker: w\r\n"),
    ],
)
def test_procfile(text, changed):
    assert set_in_procfile(text, "web", "new") == changed


def test_railway_py_keeps_all_else():
    text = (
        'é = service("jobs", start="x")  # jobs\n'
        "web = railway.service(\n"
        '    "web",  # é\n'
        '    start="gunicorn "\n    "main:app",\n'
        "    replicas=2,\n)\n"
    )
    changed = set_in_railway_py(text, "web", {"start": 'a "b"', "healthcheck": "/healthz"})
    assert changed == (
        'é = service("jobs", start="x")  # jobs\n'
        "web = railway.service(\n"
        '    "web",\n    healthcheck="/healthz",  # é\n'
        '    start="a \\"b\\"",\n'
        "    replicas=2,\n)\n"
    )
    assert set_in_railway_py('service("web")', "web", {"a": 1}) == 'service("web", a=1)'


def test_railway_py_is_set_in_the_words_it_uses():
    text = 'service("web", startCommand="x")'
    assert set_in_railway_py(text, "web", {"start": "y"}) == 'service("web", startCommand="y")'


@pytest.mark.parametrize(
    "edit",
    [
        lambda: set_in_toml("a = ", "deploy", {"a": 1}),
        lambda: set_in_toml("deploy = 3", "deploy", {"a": 1}),
        lambda: set_in_json("{", "deploy", {"a": 1}),
        lambda: set_in_json("[]", "deploy", {"a": 1}),
        lambda: set_in_railway_py("(", "web", {"a": 1}),
        lambda: set_in_railway_py("x = 1", "web", {"a": 1}),
    ],
)
def test_what_cannot_be_read_is_not_written(edit):
    with pytest.raises(Unreadable):
        edit()


WISHES = Wishes(None, "/healthz", 30.0, "main:app")


def agreed(root, command, wishes=WISHES, requirements="gunicorn==23.0.0\neventlet\n", **files):
    (root / "Procfile").write_text(f"web: {command}\n")
    (root / "requirements.txt").write_text(requirements)
    for name, text in files.items():
        (root / name.replace("_", ".")).write_text(text)
    plan = read_plan(root, Asked(platform="railway"))
    assert plan is not None
    return agree(root, plan, plan.web[0], wishes)


G = "gunicorn --bind 0.0.0.0:$PORT"


@pytest.mark.parametrize(
    ("command", "start"),
    [
        (f"{G} -w 2 --access-logfile - main:app", f"{G} -w 2 --access-logfile - main:app"),
        (f"{G} -w $(nproc) main:app", f"{G} --workers 1 main:app"),
        (f"{G} -w$(nproc) main:app", f"{G} --workers 1 main:app"),
        (f"{G} --workers=$W main:app", f"{G} --workers=$W main:app"),
        ("gunicorn -b :8000 -w 2 main:app", f"{G} -w 2 main:app"),
        ("gunicorn -b 127.0.0.1:$PORT -w 2 main:app", f"{G} -w 2 main:app"),
        (
            "gunicorn -b '0.0.0.0:$PORT' -w 2 main:app",
            'gunicorn -b "0.0.0.0:$PORT" -w 2 main:app',
        ),
        ("PORT=8000 gunicorn -b :8000 -w 2 main:app", "PORT=8000 gunicorn -b :8000 -w 2 main:app"),
        (
            "flask db upgrade && gunicorn -w 2 main:app",
            "flask db upgrade && gunicorn -w 2 main:app",
        ),
        ("waitress-serve main:app", "waitress-serve main:app"),
    ],
)
def test_a_command_is_changed_where_it_would_not_do(tmp_path, command, start):
    assert agreed(tmp_path, command).start == start


def test_a_class_that_is_gone_is_replaced_and_told(tmp_path):
    found = agreed(tmp_path, f"{G} -w 2 -k eventlet main:app", requirements="gunicorn\n")
    assert found.start.endswith("--worker-class gthread main:app")
    assert "--threads 4" in found.start
    assert "flask-bootcheck[eventlet]" in found.notes[0]


@pytest.mark.parametrize(("fits", "workers"), [(8, "-w 4"), (3, "--workers 3")])
def test_no_more_workers_than_fit(tmp_path, fits, workers):
    found = agreed(tmp_path, f"{G} -w 4 main:app", Wishes(fits, "/healthz", 30.0))
    assert found.start == f"{G} {workers} main:app"


def test_where_an_image_is_built_the_command_goes_through_a_shell(tmp_path):
    (tmp_path / "Dockerfile").write_text(f"FROM python\nCMD {G} -w 2 main:app\n")
    found = agreed(tmp_path, "x")
    assert found.start == f"/bin/sh -c 'exec {G} -w 2 main:app'"
    (tmp_path / "railway.toml").write_text(f'[deploy]\nstartCommand = "{found.start}"\n')
    assert agreed(tmp_path, "x").start == found.start


def test_a_project_that_names_nothing_gets_a_command(tmp_path):
    found = agree(tmp_path, DeployPlan(()), None, WISHES)
    assert found.start == f"{G} --workers 1 main:app"
    assert (found.health_path, found.health_timeout) == (None, None)
