"""Every reader: what it says of a good file, and that nothing it is given can crash it."""

from __future__ import annotations

import time
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from flask_bootcheck.deploy.machine import FILLED_IN
from flask_bootcheck.deploy.readers import (
    READERS,
    dockerfile,
    fly,
    nixpacks,
    procfile,
    railpack,
    railway,
    railway_code,
    railway_python,
    render,
)
from flask_bootcheck.deploy.source import Unreadable, decode

from ..helpers import examples
from .safely import LED_TO, PLATFORMS, plan_with, read_with

ALL = [(reader, file) for reader in READERS for file in reader.files]


def shown(service):
    """What a service says, as texts with lines."""
    found = {}
    for name in ("start", "health_path", "health_timeout", "replicas", "memory", "builder", "port"):
        value = getattr(service, name)
        if value is not None:
            found[name] = (value.value, value.place.line)
    return found


def test_railway_toml():
    text = """
[build]
builder = "RAILPACK"
[deploy]
startCommand = "gunicorn main:app"
healthcheckPath = "/healthz"
healthcheckTimeout = "60"
[deploy.multiRegionConfig.us-west2]
numReplicas = 2
[environments.staging.deploy]
startCommand = "gunicorn -w 1 main:app"
"""
    (base,) = railway.read_toml("railway.toml", text).services
    assert shown(base) == {
        "builder": ("RAILPACK", 3),
        "start": ("gunicorn main:app", 5),
        "health_path": ("/healthz", 6),
        "health_timeout": (60, 7),
        "replicas": (2, 8),
    }


@pytest.mark.parametrize(
    ("text", "key", "line", "hint"),
    [
        ("[deploy]\nhealthcheck_path = '/'", "deploy.healthcheck_path", 2, "mean healthcheckPath"),
        ("[build]\nstartCommand = 'x'", "build.startCommand", 2, "belongs into [deploy]"),
        ("startCommand = 'x'", "startCommand", 1, "belongs into [deploy]"),
        ("[deploy]\nzebra = 1", "deploy.zebra", 2, "nothing reads it"),
    ],
)
def test_railway_knows_its_keys(text, key, line, hint):
    (unknown,) = railway.read_toml("railway.toml", text).unknown
    assert (unknown.key, unknown.place.line) == (key, line)
    assert hint in unknown.hint


def test_railway_py():
    text = """
from railway_sdk import project, service
WORKERS = 1
web = service(
    "web",
    start=f"gunicorn -w {WORKERS} "
    "main:app",
    healthcheck="/healthz",
    health_timeout=60,
    replicas=2,
    env={"A": "1", "B": db.env.URL},
    build={
        "builder": "NIXPACKS"},
)
"""
    said = railway_python.read(".railway/railway.py", text)
    (service,) = said.services
    assert shown(service) == {
        "start": ("gunicorn -w 1 main:app", 6),
        "builder": ("NIXPACKS", 13),
        "health_path": ("/healthz", 8),
        "replicas": (2, 10),
    }
    assert [(v.name, v.value.value) for v in service.variables] == [("A", "1")]
    assert [(u.key, u.place.line) for u in said.unknown] == [("health_timeout", 9)]


@pytest.mark.parametrize(
    "text",
    [
        """// service("x", {start: "no"})
export default defineRailway(() => {
  const web = service("web", {
    start: "gunicorn " + /* two */ 'main:app',
    healthcheck: `/healthz`,
    healthcheckTimeout: 60, replicas: 2,
  });
""",
        """package main

var web = railway.Service("web", railway.ServiceConfig{
    Start: "gunicorn main:app",
    Healthcheck: "/healthz",
    HealthcheckTimeout: 60, Replicas: 2,
})
""",
    ],
)
def test_railway_ts_and_go(text):
    (service,) = railway_code.read(".railway/railway.ts", text).services
    assert service.name == "web"
    assert shown(service) == {
        "start": ("gunicorn main:app", 4),
        "health_path": ("/healthz", 5),
        "health_timeout": (60, 6),
        "replicas": (2, 6),
    }


def test_what_a_program_works_out_is_not_looked_at():
    text = 'service("web", {\n  start: command(),\n})'
    (trouble,) = railway_code.read(".railway/railway.ts", text).troubles
    assert trouble.place.line == 2


def test_nixpacks_and_railpack():
    (service,) = nixpacks.read("nixpacks.toml", '[start]\ncmd = "gunicorn main:app"').services
    assert shown(service) == {"start": ("gunicorn main:app", 2)}
    (service,) = railpack.read(
        "railpack.json", '{"deploy": {\n"startCommand": "gunicorn main:app"}}'
    ).services
    assert shown(service) == {"start": ("gunicorn main:app", 2)}


def test_procfile():
    said = procfile.read(
        "Procfile", "# all\nweb: gunicorn main:app\n\nworker:  celery \nbad line\n"
    )
    assert [(s.process, shown(s)["start"]) for s in said.services] == [
        ("web", ("gunicorn main:app", 2)),
        ("worker", ("celery", 4)),
    ]
    assert [trouble.place.line for trouble in said.troubles] == [5]


DOCKERFILES = {
    "exec": ('CMD ["gunicorn", "main:app"]', ("gunicorn", "main:app"), False),
    "shell": ("CMD gunicorn main:app", None, True),
    "both": ('ENTRYPOINT ["tini", "--"]\nCMD ["gunicorn"]', ("tini", "--", "gunicorn"), False),
    "shell CMD": ('ENTRYPOINT ["tini"]\nCMD run x', ("tini", "/bin/sh", "-c", "run x"), False),
    "continued": ('CMD ["gunicorn", \\\n  # why\n  "main:app"]', ("gunicorn", "main:app"), False),
    "heredoc": ("RUN <<EOF\nCMD no\nEOF\nCMD gunicorn main:app", None, True),
    "last stage": ("CMD no\nFROM python\nCMD gunicorn main:app", None, True),
    "lower case": ("cmd gunicorn main:app", None, True),
}


@pytest.mark.parametrize(("text", "words", "in_shell"), DOCKERFILES.values(), ids=DOCKERFILES)
def test_dockerfile(text, words, in_shell):
    (service,) = dockerfile.read("Dockerfile", "FROM python:3.13\n" + text).services
    assert service.start is not None
    assert (service.words, service.in_shell) == (words, in_shell)


def test_a_stage_goes_on_where_the_one_it_is_from_ended():
    text = "FROM python AS base\nENV A=1 B='two'\nCMD gunicorn main:app\nFROM base\nENV C three\n"
    (service,) = dockerfile.read("Dockerfile", text).services
    assert shown(service)["start"] == ("gunicorn main:app", 3)
    assert [(v.name, v.value.value) for v in service.variables] == [
        ("A", "1"),
        ("B", "two"),
        ("C", "three"),
    ]


@pytest.mark.parametrize(
    ("lines", "value"),
    [
        ("ARG P=80\nENV A=$P", "80"),
        ("ARG P=80 Q=${P}1\nENV A=x${Q}", "x801"),
        ("ENV P=80\nENV A=${P:-90}", "80"),
        ("ENV P=\nENV A=${P:-90}", "90"),
        ("ENV P=80\nENV A=${P:+yes}", "yes"),
        ("ENV P=\nENV A=x${P:+yes}", "x"),
        ("ENV A=${P:-90}", "90"),
        ("ENV A=${P:+yes}", f"{FILLED_IN}P"),
        ("ENV P=80\nENV P=90 A=$P", "80"),
        ("ENV P=80\nENV A='$P'", "$P"),
        ("ENV P=80\nENV A=\\$P", "$P"),
        ("ARG G\nENV A=$G", "global"),
        ("ARG P\nENV A=$P", f"{FILLED_IN}P"),
        ("ENV A=/bin:$PATH", f"/bin:{FILLED_IN}PATH"),
    ],
)
def test_docker_fills_in_what_the_file_has_set(lines, value):
    """What the base image or the build sets is there, but not known."""
    text = f"ARG G=global\nFROM python\n{lines}\nCMD gunicorn main:app\n"
    (service,) = dockerfile.read("Dockerfile", text).services
    assert {v.name: v.value.value for v in service.variables}["A"] == value


@pytest.mark.parametrize(
    ("base", "python"),
    [
        ("python:3.8", "3.8"),
        ("python:3.12.4-slim-bookworm", "3.12"),
        ("docker.io/library/python:3.11-alpine", "3.11"),
        ("--platform=linux/amd64 python:$VERSION", "3.13"),
        ("python:latest", None),
        ("company/base:3.8", None),
        ("cpython:3.8", None),
    ],
)
def test_the_python_of_an_official_image(base, python):
    said = dockerfile.read("Dockerfile", f"ARG VERSION=3.13\nFROM {base}\nCMD gunicorn main:app\n")
    assert (said.python and str(said.python)) == python


def test_the_health_check_of_a_dockerfile():
    text = (
        "FROM python\nHEALTHCHECK --start-period=1m30s --interval=10s --retries=6 \\\n"
        "  CMD curl -f http://localhost:8000/livez || exit 1\n"
    )
    (service,) = dockerfile.read("Dockerfile", text).services
    assert shown(service) == {"health_path": ("/livez", 2), "health_timeout": (150, 2)}


def test_fly():
    text = """
app = "shop"
[env]
A = "1"
[processes]
web = "gunicorn -b 0.0.0.0:8080 main:app"
worker = "celery -A main worker"
[http_service]
internal_port = 8080
processes = ["web"]
[[http_service.checks]]
path = "/readyz"
[[vm]]
memory = "512mb"
processes = ["web"]
"""
    web, worker = fly.read("fly.toml", text).services
    assert shown(web) == {
        "start": ("gunicorn -b 0.0.0.0:8080 main:app", 6),
        "health_path": ("/readyz", 12),
        "memory": (512 * 2**20, 14),
        "port": (8080, 9),
    }
    assert worker.process == "worker"
    assert shown(worker) == {"start": ("celery -A main worker", 7)}


def test_render():
    text = """
services:
  - type: web
    name: shop
    runtime: python
    plan: starter
    rootDir: backend
    startCommand: gunicorn main:app
    healthCheckPath: /livez
    numInstances: 2
    healthcheckpath: /typo
    envVars:
      - key: WEB_CONCURRENCY
        value: 2
      - fromGroup: shared
  - type: worker
    name: jobs
    startCommand: celery -A main worker
envVarGroups:
  - name: shared
    envVars:
      - {key: A, value: b}
"""
    said = render.read("render.yaml", text)
    web, jobs = said.services
    assert shown(web) == {
        "builder": ("python", 5),
        "memory": (512 * 2**20, 6),
        "start": ("gunicorn main:app", 8),
        "health_path": ("/livez", 9),
        "replicas": (2, 10),
    }
    assert web.folder == "backend"
    assert [(v.name, v.value.value) for v in web.variables] == [
        ("WEB_CONCURRENCY", "2"),
        ("A", "b"),
    ]
    assert (jobs.name, jobs.process) == ("jobs", "worker")
    assert [(u.key, u.place.line) for u in said.unknown] == [("services.0.healthcheckpath", 11)]


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"\xef\xbb\xbfa\r\nb\rc", "a\nb\nc"),
        ("a\n".encode("utf-16"), "a\n"),
    ],
)
def test_a_file_is_decoded_as_people_save_it(data, text):
    assert decode(data).lstrip("\ufeff") == text


def test_what_is_no_text_says_its_line():
    with pytest.raises(Unreadable) as caught:
        decode(b"a\nb\xff")
    assert caught.value.line == 2


#: All that ends a line for somebody: for editors the first three do.
SEPARATORS = ["\n", "\r\n", "\r", *"\v\f\x1c\x1d\x1e\x85\u2028\u2029"]
WORDS = """
[deploy] [[vm]] [services] = : , { } [ ] ( ) " ' ` # // /* */ $( ${ $(( << <<EOF EOF & | ; - &a *a <<:
service("web" start startCommand healthcheckPath CMD ENTRYPOINT FROM ENV HEALTHCHECK web: gunicorn
main:app --bind 0 1 -1 1e999 true null
"""
PIECES = st.sampled_from(
    [*WORDS.split(), *SEPARATORS, "\t", "\\", "\x00", "\ud800", " " * 3, "é", '"' * 3, "'" * 3]
)


TEXTS = st.one_of(st.lists(PIECES, max_size=40).map(" ".join), st.text(max_size=200))


@pytest.mark.parametrize(("reader", "file"), ALL, ids=[file for _, file in ALL])
@settings(max_examples=examples(150))
@given(TEXTS)
@example("\r\r:")
def test_no_text_crashes_a_reader(reader, file, text):
    """It is read, or it is unreadable; nothing else, and at once."""
    began = time.monotonic()
    read_with(reader.read, file, text.encode("utf-8", "replace").decode())
    assert time.monotonic() - began < 5


def _cut(text):
    """Every file of this test, cut anywhere."""
    return [text[:length] for length in range(0, len(text), 7)]


SAMPLES = [
    "[deploy]\nstartCommand = 'gunicorn main:app'\n",
    '{"deploy": {"startCommand": "gunicorn main:app"}}',
    'service("web", start="gunicorn main:app", env={"A": "1"})',
    "FROM python\nHEALTHCHECK CMD curl localhost\nCMD ['gunicorn']\n",
    "services:\n  - type: web\n    startCommand: gunicorn main:app\n",
]


@pytest.mark.parametrize(("reader", "file"), ALL, ids=[file for _, file in ALL])
def test_no_half_of_a_file_crashes_a_reader(reader, file):
    for sample in SAMPLES:
        for text in _cut(sample):
            read_with(reader.read, file, text)


@pytest.mark.parametrize("file", [*LED_TO, *dict.fromkeys(file for _, file in ALL)])
@settings(max_examples=examples(40))
@given(TEXTS, st.sampled_from(PLATFORMS))
def test_no_text_crashes_a_plan(file, text, platform):
    """What a command leads to, and what names packages, is read as safely; on each platform."""
    with TemporaryDirectory() as folder:
        plan_with(Path(folder), file, text.encode("utf-8", "replace"), [platform])
