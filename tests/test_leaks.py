"""Nothing planted comes out: not without the token what only it opens, and nowhere a credential."""

from __future__ import annotations

import json
import logging
import os
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st

from flask_bootcheck import BootCheck
from flask_bootcheck.board import Board, Slot, State
from flask_bootcheck.boot import Instance
from flask_bootcheck.checks import BUILT_IN
from flask_bootcheck.cli_options import FORMATS
from flask_bootcheck.endpoint import Endpoint
from flask_bootcheck.findings import Finding, Report, Result, Status, worst
from flask_bootcheck.formats.health_json import PUBLIC_AREAS
from flask_bootcheck.formats.log import boot_block, change_line, worker_block
from flask_bootcheck.limits import Limit, Limits
from flask_bootcheck.place import Place
from flask_bootcheck.redaction import Redactor
from flask_bootcheck.scrubbing import scrub
from flask_bootcheck.settings import read_settings
from flask_bootcheck.view import View
from flask_bootcheck.watched import Watched

from .helpers import examples, make_boot, wait_until
from .test_cli import Project
from .watched import TOKEN, make_app

#: In each credential, and in nothing else.
MARK = "pl4nted"
#: What nobody may see without the token, though it is no credential.
PLACE = "h1dden"
ENVIRON = {
    "DATABASE_URL": f"postgresql://shop:{MARK}-pw/@:x@db.{PLACE}.example:5432/shop",
    "SECRET_KEY": f"{MARK}+/= key",
    "STRIPE_API_KEY": f"sk_{MARK}_1234567890",
    "BOOTCHECK_TOKEN": f"token-{MARK}",
    "BROKER_DSN": f"amqp://guest:{MARK}%2Fescaped@mq.{PLACE}.example//",
}
#: What a driver, a person or a traceback may say.
SAID = [
    *ENVIRON.values(),
    f"password={MARK}-other",
    f"Authorization: Bearer {MARK}.abc",
    f"https://u:{MARK}@host/?api_key={MARK}",
    f"/srv/{PLACE}/app.py:3",
    f"{PLACE}.internal",
    "connection refused",
    "\x1b[31m",
    "\n",
    '"',
]
IDS = [check.id for check in BUILT_IN] + [f"{PLACE}-project.late", "database.of-ours"]
PATHS = [f"{path}{end}" for path in ("/healthz", "/readyz", "/livez") for end in ("", "/")]
HEADERS = {"Content-Type", "Content-Length", "Cache-Control", "Retry-After"}

texts = st.lists(st.sampled_from(SAID) | st.text(max_size=5), max_size=4).map(" ".join)
findings = st.builds(
    Finding,
    st.sampled_from([Status.WARN, Status.FAIL]),
    message=texts, hint=texts, where=texts, observed=texts, limit=texts, unit=texts, component=texts,
)  # fmt: skip


@st.composite
def reports(draw: st.DrawFn) -> Report:
    """A result for every check there is."""
    stages = {check.id: check.stage for check in BUILT_IN}
    few = draw(st.lists(st.lists(findings, max_size=2), min_size=4, max_size=4))
    texts_ = draw(st.lists(texts, min_size=2, max_size=2))
    results = []
    for number, check_id in enumerate(IDS):
        found = tuple(few[number % 4])
        results.append(
            Result(
                check_id,
                worst(finding.status for finding in found),
                stages.get(check_id, BUILT_IN[-1].stage),
                found,
                note=texts_[0],
                reason=texts_[1],
            )
        )
    return Report(tuple(results), truncated=1)


def endpoint_over(report: Report, details: str) -> Endpoint:
    """What answers for a report, whatever the monitor has done to it."""
    instance = Instance(1, configured=7654321, why=f"{MARK} {PLACE}", where=f"/{PLACE}/x.py:1")
    limits = Limits(Limit(7654321, f"cgroup /{PLACE}"), Limit(1, PLACE))
    view = View(report, make_boot(environ=ENVIRON, instance=instance, limits=limits))
    resolved = read_settings({"token": TOKEN, "details": details}, environ={})
    watched = Watched(Flask(PLACE), resolved, {}, BootCheck()._registry.__class__)

    class Stub:
        """In place of the monitor."""

        @staticmethod
        def answer(kind: Any, shown: Any, _environ: Any) -> Any:
            return view.answer(kind, shown)

    watched.__dict__["monitor"] = Stub
    return Endpoint(lambda _environ, _start: [b""], watched)


def call(endpoint: Endpoint, path: str, given: str) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body."""
    said: list[Any] = []
    environ = {"PATH_INFO": path, "REQUEST_METHOD": "GET", "HTTP_AUTHORIZATION": given}
    body = b"".join(endpoint(environ, lambda *args: said.append(args)))
    return int(said[0][0].split()[0]), dict(said[0][1]), body


@pytest.fixture
def _on_a_platform(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RAILWAY_SERVICE_ID", "RAILWAY_GIT_COMMIT_SHA"):
        monkeypatch.setenv(name, f"{PLACE}-id")


relaxed = settings(max_examples=examples(40))


@pytest.mark.usefixtures("_on_a_platform")
@pytest.mark.parametrize("details", ["status", "areas"])
@relaxed
@given(reports())
def test_without_the_token_an_answer_is_a_few_statuses_whatever_a_report_says(details, report):
    """Of all check ids: as many words as there are areas."""
    endpoint = endpoint_over(report, details)
    ours = version("flask-bootcheck")
    for path in PATHS:
        for given_ in ("", "Bearer wrong", f"Basic {TOKEN}"):
            status, headers, body = call(endpoint, path, given_)
            said = f"{headers} {body!r}"
            assert not [word for word in (MARK, PLACE, ours, "7654321") if word in said]
            assert not [check_id for check_id in IDS if check_id in said]
            assert set(headers) <= HEADERS
            data = json.loads(body)
            areas = data.pop("checks", {})
            assert data.keys() == {"status"}
            assert areas.keys() <= set(PUBLIC_AREAS if details == "areas" else ())
            assert all(list(entry) == ["status"] for (entry,) in areas.values())
            assert {data["status"], *(e["status"] for (e,) in areas.values())} <= {
                "pass",
                "warn",
                "fail",
            }
            assert (status == 503) == (data["status"] == "fail")


@pytest.mark.usefixtures("_on_a_platform")
@relaxed
@given(reports())
def test_no_credential_is_in_anything_that_is_shown(report):
    """With the token, in the log, and in every format of the command line."""
    redact = Redactor.of(ENVIRON)
    clean = Report(tuple(scrub(result, redact) for result in report.results))
    endpoint = endpoint_over(clean, "areas")
    boot = make_boot(environ=ENVIRON)
    shown = [
        boot_block(clean, boot),
        worker_block(1, clean),
        change_line(Status.PASS, clean),
        *(render(clean) for render in FORMATS.values()),
    ]
    assert not [text for text in shown if MARK in text]
    assert not [text for text in shown if "\x1b" in text], "a terminal would obey"
    for path in PATHS:
        _, headers, body = call(endpoint, path, f"Bearer {TOKEN}")
        assert MARK not in f"{headers} {body!r}"


def test_what_is_posted_on_the_board_is_clean_already(monkeypatch, caplog):
    """Also what a check raises, returns and notes; and nothing else than that is there."""
    caplog.set_level(logging.DEBUG)
    for name, value in ENVIRON.items():
        monkeypatch.setenv(name, value)
    bootcheck = BootCheck()
    for number, said in enumerate(SAID):

        @bootcheck.check(f"mine.raises-{number}")
        def raises(said: str = said) -> None:
            raise ConnectionError(said)

        @bootcheck.check(f"mine.notes-{number}")
        def notes(said: str = said) -> str:
            return said

    app = make_app(bootcheck, token=None)
    app.config["SQLALCHEMY_BINDS"] = {"x": f"mysql://u:{MARK}-bind@h"}
    board = Board.private()
    watched = app.extensions["bootcheck"]
    watched.monitor.begin(Place(board, board.claim()))
    wait_until(lambda: watched.monitor._rounds.live_report is not None)
    wait_until(lambda: caplog.text)
    slots = [slot for slot in board.live_slots() if slot.state is not State.FREE]
    assert [type(slot) for slot in slots] == [Slot]
    assert len(slots[0].report.results) > len(SAID)
    assert MARK.encode() not in bytes(board._buffer)
    assert MARK not in caplog.text


# -- the command line ------------------------------------------------------------------------------

BROKEN = f"""
import os
print("starting with", os.environ["DATABASE_URL"])
raise RuntimeError("cannot reach " + os.environ["DATABASE_URL"] + " key {MARK}+/= key")
"""
TALKS = """
import os
from flask import Flask
from flask_bootcheck import BootCheck
app = Flask(__name__)
app.config["SECRET_KEY"] = os.environ["SECRET_KEY"]
bootcheck = BootCheck(app)
@bootcheck.check("mail.unreachable")
def mail():
    raise ConnectionError(os.environ["BROKER_DSN"] + " " + os.environ["STRIPE_API_KEY"])
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = Project(tmp_path)
    made.write("broken.py", BROKEN)
    made.write("talks.py", TALKS)
    made.write(
        "Procfile", f"web: DATABASE_URL={ENVIRON['DATABASE_URL']} gunicorn broken:app -w 97\n"
    )
    made.write(
        "railway.json", json.dumps({"deploy": {"startCommand": f"TOKEN={MARK} gunicorn x:y"}})
    )
    return made


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("target", ["broken", "talks"])
def test_no_format_of_the_command_line_has_a_credential(project, target, format_):
    done = project.run("--format", format_, "--output", "report", app=target, **ENVIRON)
    assert done.returncode == 1, done.stderr
    said = done.stdout + done.stderr + (project.folder / "report").read_text()
    assert MARK not in said
    assert "cannot reach" in said or "ConnectionError" in said


@pytest.mark.parametrize(
    "arguments",
    [
        ("deploy",),
        ("deploy", "--format", "json"),
        ("lock",),
        ("--only", f"no-such.{ENVIRON['STRIPE_API_KEY']}"),
    ],
)
def test_nor_has_another_command_or_the_file_it_writes(project, arguments):
    done = project.run(*arguments, app="talks", **ENVIRON)
    assert MARK not in done.stdout + done.stderr
    for path in project.folder.glob("bootcheck.*"):
        assert MARK not in path.read_text()


def test_nor_has_an_error_about_a_setting(project):
    environ = ENVIRON | {"BOOTCHECK_TTL": ENVIRON["STRIPE_API_KEY"]}
    done = project.run(app="talks", **environ)
    assert MARK not in done.stdout + done.stderr
    assert "BOOTCHECK_TTL" in done.stdout + done.stderr


def test_the_environment_of_these_tests_has_no_mark():
    assert MARK not in str(os.environ)
