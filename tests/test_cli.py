"""``flask bootcheck`` as a person runs it: in a project's folder."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import pytest

from flask_bootcheck.processes import start_time

from .commandline import Done, flask
from .helpers import clean_environ, finding_of, results_of, wait_until

HEALTHY = """
from flask import Flask, Blueprint
app = Flask(__name__)
pages = Blueprint("pages", __name__)
@pages.get("/")
def index():
    return "hello"
app.register_blueprint(pages)
"""

WARNS = HEALTHY + 'forgotten = Blueprint("forgotten", __name__)\n'

WITH_CHECKS = """
from flask import Flask
from flask_bootcheck import BootCheck, Stage
app = Flask(__name__)
bootcheck = BootCheck(app)
@bootcheck.check("mail.unreachable")
def mail_answers():
    raise ConnectionError("mail: connection refused")
@bootcheck.check("stock.empty", stage=Stage.APP)
def stock_is_there():
    return "3 articles"
"""


class Project:
    """A folder with an app, and ``flask bootcheck`` in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)

    def run(
        self, *arguments: str, app: str = "shop", before: Sequence[str] = (), **environ: str
    ) -> Done:
        """``flask --app shop bootcheck ...``; ``before`` are options of flask itself."""
        words = (*(("--app", app) if app else ()), *before, "bootcheck", *arguments)
        return flask(self.folder, *words, environ=clean_environ() | environ)

    def run_apart(
        self, *arguments: str, app: str = "shop", before: Sequence[str] = (), **environ: str
    ) -> subprocess.CompletedProcess[str]:
        """The same, in a process of its own."""
        words = (*(("--app", app) if app else ()), *before, "bootcheck", *arguments)
        return subprocess.run(
            [sys.executable, "-m", "flask", *words],
            cwd=self.folder,
            env=clean_environ() | environ,
            capture_output=True,
            text=True,
            timeout=60,
        )


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = Project(tmp_path)
    made.write("shop.py", HEALTHY)
    return made


def test_a_foreign_app_that_is_healthy_passes(project: Project) -> None:
    """An app that never heard of us gets a report, and exit code 0."""
    done = project.run_apart()
    assert done.returncode == 0, done.stderr
    assert "1 registered, 2 routes" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("PASS: ")
    assert done.stderr == ""


WRAPPED = HEALTHY + (
    "from werkzeug.middleware.dispatcher import DispatcherMiddleware\n"
    "application = DispatcherMiddleware(lambda environ, start: [], {'/shop': app})\n"
    "del app\n"
)
PARTIAL = HEALTHY + (
    "from functools import partial\n"
    "application = partial(lambda inner, environ, start: inner(environ, start), app)\n"
    "del app\n"
)
FORGETFUL = HEALTHY.replace("app = Flask", "made = app = Flask") + (
    "def create_app():\n    made.config['READY'] = True\n"
)


@pytest.mark.parametrize("source", [WRAPPED, PARTIAL], ids=["dispatcher", "partial"])
@pytest.mark.parametrize("target", ["shop", "shop:application"])
def test_an_app_behind_what_a_server_calls_is_found(
    project: Project, target: str, source: str
) -> None:
    """``flask`` itself does not look there; what gunicorn serves is looked at all the same."""
    project.write("shop.py", source)
    done = project.run(app=target)
    assert (done.returncode, "1 registered, 2 routes" in done.stdout) == (0, True), done.stdout


def test_a_factory_that_returns_no_app_fails_though_it_names_one(project: Project) -> None:
    """A lost ``return`` is not made up for by searching."""
    project.write("shop.py", FORGETFUL)
    done = project.run(app="shop:create_app")
    assert done.returncode == 1
    assert "FAIL  app.factory-failed" in done.stdout


def test_a_failure_of_ours_is_not_laid_at_the_door_of_the_app(project: Project) -> None:
    """Here somebody else has put a thing of his where ours is looked for."""
    project.write("shop.py", HEALTHY + "app.extensions['bootcheck'] = 'pw-zq'\n")
    done = project.run()
    assert (done.returncode, done.stdout) == (2, "")
    assert "flask-bootcheck itself failed" in done.stderr
    assert "AttributeError" in done.stderr
    assert "pw-zq" not in done.stderr


BROKEN = {
    "raises": ("def load():\n    raise RuntimeError('no broker')\nload()\n", "no broker", 2),
    "exits": ("import sys\n\nsys.exit('no config')\n", "sys.exit('no config')", 3),
    "hangs": ("import time\nprint('dialing')\ntime.sleep(600)\n", " 3 s", 3),
    "leaves": ("import os\n\n\nos._exit(4)\n", "os._exit(4)", 4),
    "crashes": ("import ctypes\nctypes.string_at(0)\n", "SIGSEGV", 2),
    "misspelt": ("app = (\n", "SyntaxError", 1),
}


@pytest.mark.parametrize(("source", "said", "line"), BROKEN.values(), ids=BROKEN)
def test_an_app_that_does_not_import_is_a_finding_with_its_place(
    project: Project, source: str, said: str, line: int
) -> None:
    """Whatever its module does: file and line, exit code 1, and no traceback of ours."""
    project.write("broken.py", source)
    # What hangs is waited for; all else has the time it takes where others keep all CPUs busy.
    timeout = ("--boot-timeout", "3") if "sleep" in source else ()
    done = project.run(*timeout, "--format", "json", app="broken")
    assert done.returncode == 1
    finding = finding_of(done.stdout, "app.import-failed")
    assert (finding["status"], finding["where"]) == ("fail", f"broken.py:{line}")
    assert said in finding["message"]
    assert "Traceback" not in done.stdout + done.stderr


def test_the_last_lines_of_an_app_that_hangs_are_shown(project: Project) -> None:
    """What it said last is often why."""
    project.write(
        "broken.py", "import time\nprint('dialing the broker', flush=True)\ntime.sleep(99)"
    )
    done = project.run("--boot-timeout", "3", "--format", "json", app="broken")
    finding = finding_of(done.stdout, "app.import-failed")
    assert finding["message"] == "the app has not loaded after 3 s"
    assert "dialing the broker" in finding["hint"]


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("def create_app():\n    raise KeyError('SECRET_KEY')\n", "KeyError: 'SECRET_KEY'"),
        ("x = 1\n", "Failed to find Flask application or factory in module 'broken'"),
    ],
    ids=["raises", "is-not-there"],
)
def test_a_factory_that_fails_is_told_from_an_import(
    project: Project, source: str, said: str
) -> None:
    """The module is fine, what it makes is not."""
    project.write("broken.py", source)
    done = project.run("--format", "json", app="broken")
    assert done.returncode == 1
    finding = finding_of(done.stdout, "app.factory-failed")
    assert finding["status"] == "fail"
    assert said in finding["message"]


@pytest.mark.parametrize(
    ("url", "said", "hint"),
    [
        ("postgres://shop:zq-1@db/shop", "sqlalchemy.dialects:postgres", "postgresql://"),
        ("oracle+oracledb://shop:zq-1@db/x", "'oracledb'", "oracledb"),
    ],
    ids=["an old scheme", "no driver"],
)
@pytest.mark.parametrize("made_by", ["create_engine", "SQLAlchemy"])
def test_an_engine_that_cannot_be_made_is_explained(
    project: Project, url: str, said: str, hint: str, made_by: str
) -> None:
    """SQLAlchemy raises when it makes the engine: at import, or in ``init_app``."""
    made = {
        "create_engine": "import os, sqlalchemy\nsqlalchemy.create_engine(os.environ['DATABASE_URL'])",
        "SQLAlchemy": """import os
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
app = Flask("broken")
app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["DATABASE_URL"]
SQLAlchemy(app)
""",
    }[made_by]
    project.write("broken.py", made)
    done = project.run("--format", "json", app="broken", DATABASE_URL=url)
    assert done.returncode == 1
    finding = finding_of(done.stdout, "app.import-failed")
    assert finding["where"].startswith("broken.py:")
    assert said in finding["message"]
    assert hint in finding["hint"]
    assert "zq-1" not in done.stdout + done.stderr


def test_a_password_in_the_error_of_an_import_is_not_shown(project: Project) -> None:
    """Neither as a connection string nor in pieces."""
    project.write(
        "broken.py", "raise RuntimeError('cannot reach postgresql://shop:hunter22@db:5432/shop')\n"
    )
    done = project.run(app="broken")
    assert "cannot reach postgresql://***@db:5432/shop" in done.stdout
    assert "hunter22" not in done.stdout + done.stderr


def test_a_module_that_is_not_there_is_a_finding(project: Project) -> None:
    """The name given is wrong, or the folder is."""
    done = project.run(app="nowhere")
    assert done.returncode == 1
    assert "No module named 'nowhere'" in done.stdout
    assert "is --app right" in done.stdout


def test_no_app_at_all_is_bad_usage(tmp_path: Path) -> None:
    """Nothing to check is exit code 2, and says what to give."""
    done = Project(tmp_path).run(app="")
    assert done.returncode == 2
    assert "flask --app main bootcheck" in done.stderr


def test_without_app_the_files_that_flask_knows_are_taken(project: Project) -> None:
    """``app.py`` and ``wsgi.py``, as ``flask run`` does."""
    project.write("wsgi.py", HEALTHY)
    done = project.run("--format", "json", app="")
    assert results_of(done.stdout)["app.factory-failed"]["note"].split()[0] == "wsgi"


def test_the_checks_of_the_app_run_too(project: Project) -> None:
    """Those added to its BootCheck, with what they say."""
    project.write("shop.py", WITH_CHECKS)
    done = project.run()
    assert done.returncode == 1
    assert "FAIL  mail.unreachable  ConnectionError: mail: connection refused" in done.stdout
    assert "3 articles" in done.stdout


def test_no_live_leaves_out_what_needs_the_network(project: Project) -> None:
    """The LIVE checks of the app among them."""
    project.write("shop.py", WITH_CHECKS)
    done = project.run("--no-live")
    assert done.returncode == 0
    assert "mail.unreachable" not in done.stdout


def test_json_is_whole_and_alone_on_stdout(project: Project) -> None:
    """Also when the app prints while it is imported."""
    project.write("shop.py", "print('hello from the app')\n" + WARNS)
    done = project.run_apart("--format", "json")
    data = json.loads(done.stdout)
    assert data["status"] == "warn"
    assert finding_of(done.stdout, "blueprints.unregistered")["where"] == "shop.py:10"
    assert results_of(done.stdout)["workers.not-ready"]["status"] == "skip"


def test_output_writes_the_report_to_a_file(project: Project) -> None:
    """And nothing to stdout."""
    done = project.run("--format", "json", "--output", "report.json")
    assert done.stdout == ""
    assert json.loads((project.folder / "report.json").read_text())["status"] == "pass"


def test_an_output_that_cannot_be_written_is_bad_usage(project: Project) -> None:
    """It names the file."""
    done = project.run("--output", "no/such/folder/report.txt")
    assert done.returncode == 2
    assert "no/such/folder/report.txt" in done.stderr


@pytest.mark.parametrize(("fail_on", "code"), [("fail", 0), ("warn", 1), ("never", 0)])
def test_fail_on_decides_about_the_exit_code(project: Project, fail_on: str, code: int) -> None:
    """A warning fails only when asked to."""
    project.write("shop.py", WARNS)
    assert project.run("--fail-on", fail_on).returncode == code


def test_fail_on_never_lets_a_failure_pass(project: Project) -> None:
    """For looking, not for gating."""
    assert project.run("--fail-on", "never", app="nowhere").returncode == 0


def test_only_and_skip_take_ids_and_areas(project: Project) -> None:
    """Repeatable, and the rest is not even skipped."""
    done = project.run(
        "--only", "blueprints", "--only", "server.bad-concurrency", "--format", "json"
    )
    ids = results_of(done.stdout)
    areas = {check_id.partition(".")[0] for check_id in ids if check_id != "server.bad-concurrency"}
    assert areas == {"blueprints"}
    assert "server.bad-concurrency" in ids
    done = project.run("--skip", "blueprints", "--format", "json")
    assert "blueprints" not in {check_id.split(".")[0] for check_id in results_of(done.stdout)}


@pytest.mark.parametrize("option", ["--only", "--skip"])
def test_an_unknown_check_is_bad_usage_with_the_nearest(project: Project, option: str) -> None:
    """A typing error must not switch off a gate."""
    done = project.run(option, "database.unreachabel")
    assert done.returncode == 2
    assert "database.unreachable" in done.stderr


BROKEN_WITH_CHECKS = WITH_CHECKS + "raise RuntimeError('no key')\n"


@pytest.mark.parametrize("only", ["blueprints", "routes.shadowed", "mail", "bluprints", "server"])
def test_only_never_hides_that_the_app_does_not_load(project: Project, only: str) -> None:
    """Whatever was asked for: ours, the app's own, or a mistake."""
    project.write("shop.py", BROKEN_WITH_CHECKS)
    done = project.run("--only", only, "--format", "json")
    assert done.returncode == 1
    assert finding_of(done.stdout, "app.import-failed")["where"] == "shop.py:12"
    assert any(check_id.startswith(only) for check_id in results_of(done.stdout))


def test_only_never_hides_that_the_factory_fails(project: Project) -> None:
    project.write("shop.py", "def create_app():\n    raise RuntimeError('no key')\n")
    done = project.run("--only", "blueprints", "--format", "json")
    status = results_of(done.stdout)["app.factory-failed"]["status"]
    assert (done.returncode, status) == (1, "fail")


def test_a_name_of_nobody_is_not_looked_at_where_the_app_does_not_load(project: Project) -> None:
    """It may be a check of the app: nobody can tell."""
    project.write("shop.py", BROKEN_WITH_CHECKS)
    done = project.run("--only", "bluprints", "--format", "json")
    result = results_of(done.stdout)["bluprints"]
    assert result["status"] == "skip"
    assert result["reason"] == "not looked at: the app did not load (did you mean blueprints?)"


@pytest.mark.parametrize("by", ["option", "setting"])
def test_a_run_that_looked_at_nothing_has_not_passed(project: Project, by: str) -> None:
    """An app that does not load may be left out, and then nothing is known."""
    project.write("shop.py", BROKEN_WITH_CHECKS)
    skip = ["--skip", "app"] if by == "option" else []
    environ = {"BOOTCHECK_SKIP": "app"} if by == "setting" else {}
    done = project.run("--only", "blueprints", *skip, **environ)
    assert done.returncode == 0
    assert done.stdout.splitlines()[-1].startswith("WARN: ")
    assert (
        project.run("--only", "blueprints", *skip, "--fail-on", "warn", **environ).returncode == 1
    )


def test_an_option_before_a_subcommand_is_refused(project: Project) -> None:
    """Click would drop it without a word."""
    done = project.run("--format", "json", "list")
    assert done.returncode == 2
    assert "options stand behind the subcommand" in done.stderr


def test_a_bad_setting_in_the_environment_is_bad_usage(project: Project) -> None:
    """It names the setting, the value and what is accepted."""
    done = project.run(BOOTCHECK_TTL="soon")
    assert done.returncode == 2
    assert "BOOTCHECK_TTL" in done.stderr
    assert "'soon', expected " in done.stderr


def test_list_and_explain_speak_of_every_check(project: Project) -> None:
    """The id, the stage and the summary; then why and the fix."""
    listed = [line.split()[:2] for line in project.run("list").stdout.splitlines()]
    assert ["database.unreachable", "live"] in listed
    said = project.run("explain", "workers.not-ready").stdout
    assert "Why: " in said
    assert "Fix: " in said
    assert project.run("explain", "workers.not-redy").returncode == 2


def test_a_web_concurrency_that_is_no_number_fails(project: Project) -> None:
    """gunicorn would not start."""
    done = project.run("--format", "json", WEB_CONCURRENCY="")
    assert done.returncode == 1
    finding = finding_of(done.stdout, "server.bad-concurrency")
    assert finding["status"] == "fail"
    assert "WEB_CONCURRENCY" in finding["message"]


def test_a_worker_class_that_is_not_there_fails(project: Project) -> None:
    """Eventlet with a gunicorn that has dropped it, or without eventlet."""
    if find_spec("gunicorn.workers.geventlet") and find_spec("eventlet"):
        pytest.skip("eventlet is there")
    project.write("gunicorn.conf.py", "print('chatty')\nworker_class = 'eventlet'\n")
    done = project.run()
    assert done.returncode == 1
    assert "FAIL  server.class-unavailable" in done.stdout
    assert "(gunicorn.conf.py)" in done.stdout


def test_a_trial_is_told_that_it_is_one_and_leaves_nothing_behind(project: Project) -> None:
    """BOOTCHECK_TRIAL=1 is set, and what the app has started ends with it."""
    project.write(
        "shop.py",
        "import os, subprocess, threading\n"
        "child = subprocess.Popen(['sleep', '600'])\n"
        "threading.Thread(target=threading.Event().wait).start()\n"
        "open('seen', 'w').write(f\"{os.environ['BOOTCHECK_TRIAL']} {child.pid}\")\n" + HEALTHY,
    )
    done = project.run_apart()
    trial, pid = (project.folder / "seen").read_text().split()
    assert (done.returncode, trial) == (0, "1")
    state = Path(f"/proc/{pid}/stat")
    assert not state.exists() or state.read_text().rpartition(")")[2].split()[0] == "Z"


def test_a_job_that_is_cancelled_leaves_no_trial(project: Project) -> None:
    """SIGTERM while the app loads."""
    project.write(
        "slow.py", "import os, time\nopen('pid', 'w').write(str(os.getpid()))\ntime.sleep(60)\n"
    )
    command = [sys.executable, "-m", "flask", "--app", "slow", "bootcheck"]
    with subprocess.Popen(command, cwd=project.folder, env=clean_environ()) as process:
        pid = project.folder / "pid"
        wait_until(lambda: pid.exists() and pid.read_text(), 30)
        process.terminate()
        assert process.wait(30) == 128 + signal.SIGTERM
    wait_until(lambda: start_time(int(pid.read_text())) is None)
