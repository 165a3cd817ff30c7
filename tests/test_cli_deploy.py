"""``flask bootcheck deploy`` as a person runs it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from .commandline import Done, flask
from .helpers import clean_environ, finding_of, results_of
from .test_cli import HEALTHY, Project

FILES = Path(__file__).parent / "deploy" / "files"


def deploy(folder: Path, *arguments: str, **environ: str) -> Done:
    return flask(folder, "bootcheck", "deploy", *arguments, environ=clean_environ() | environ)


def deploy_apart(folder: Path, *arguments: str, **environ: str):
    """In a process of its own, as a person runs it."""
    command = [sys.executable, "-m", "flask", "bootcheck", "deploy", *arguments]
    return subprocess.run(
        command,
        cwd=folder,
        env=clean_environ() | environ,
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = Project(tmp_path)
    made.write("Procfile", "web: gunicorn --workers 2 shop:app\n")
    made.write("requirements.txt", "gunicorn==23.0.0\n")
    return made


def test_it_needs_no_app_and_no_gunicorn(project: Project) -> None:
    """An app that cannot be imported, on a machine without gunicorn."""
    project.write("shop.py", "raise RuntimeError\napp = None\n")
    project.write("sitecustomize.py", "import sys; sys.modules['gunicorn'] = None\n")
    done = deploy_apart(project.folder, PYTHONPATH=str(project.folder))
    assert (done.returncode, done.stderr) == (0, "")
    assert "heroku (a guess): Procfile:1 starts web: gunicorn, 2 workers, sync" in done.stdout


def test_the_story_fails_with_the_count_the_line_and_the_class() -> None:
    done = deploy(FILES / "story-before", "--format", "json")
    assert done.returncode == 1
    found = [
        (result["id"], finding["status"], finding["where"], finding.get("observed"))
        for result in results_of(done.stdout).values()
        for finding in result.get("findings", ())
    ]
    assert ("workers.from-host-cpus", "warn", "gunicorn_start.py:6", 97) in found
    assert ("server.class-unavailable", "fail", "gunicorn_start.py:19", None) in found
    assert ("deploy.file-not-read", "warn", "railway.toml:1", None) in found
    assert ("deploy.disagree", "warn", "railway.toml:5", None) in found
    message = finding_of(done.stdout, "server.class-unavailable")["message"]
    for datum in ("eventlet", "gunicorn 27.0.1", "requirements.txt:2"):
        assert datum in message


def test_the_memory_that_a_saved_forecast_says() -> None:
    done = deploy(
        FILES / "story-before-with-forecast", "--memory-limit", "512M", "--format", "json"
    )
    too_many = finding_of(done.stdout, "workers.exceed-memory")
    assert (too_many["status"], too_many["observed"], too_many["limit"]) == ("fail", 97, 8)
    assert "4461 MiB of 512 MiB" in too_many["message"]
    assert "--workers 8" in finding_of(done.stdout, "workers.from-host-cpus")["hint"]


def test_without_a_limit_the_need_is_said_all_the_same() -> None:
    done = deploy(FILES / "story-before-with-forecast")
    assert "97 workers need 4461 MiB; no memory limit is known here" in done.stdout


def test_the_cpus_and_the_workers_can_be_others() -> None:
    done = deploy(FILES / "story-before", "--cpus", "2", "--format", "json")
    assert finding_of(done.stdout, "workers.from-host-cpus")["observed"] == 5
    done = deploy(FILES / "story-before", "--workers", "3")
    assert "workers.from-host-cpus" not in done.stdout


def test_another_platform_reads_other_files() -> None:
    done = deploy(FILES / "railway-toml-beside-a-procfile", "--platform", "heroku")
    assert "heroku: Procfile:1 " in done.stdout
    assert "gunicorn, 2 workers" in done.stdout
    assert "railway.toml" not in done.stdout


def test_annotations_are_relative_to_the_repository(project: Project) -> None:
    (project.folder / "shop.py").write_text("x = 1\n")
    top = str(project.folder.parent)
    done = deploy(project.folder, "--format", "github", GITHUB_WORKSPACE=top)
    assert done.returncode == 1
    assert f"::error file={project.folder.name}/Procfile,line=1," in done.stdout


def test_machine_formats_stand_alone_on_stdout(project: Project) -> None:
    project.write("shop.py", HEALTHY)
    for format_ in ("json", "sarif"):
        assert json.loads(deploy(project.folder, "--format", format_).stdout)


def test_a_warning_can_fail(project: Project) -> None:
    project.write("shop.py", HEALTHY)
    project.write("requirements.txt", "gunicorn\n")
    assert deploy(project.folder).returncode == 0
    assert deploy(project.folder, "--fail-on", "warn").returncode == 1


def test_a_conf_can_be_run(project: Project) -> None:
    project.write("shop.py", HEALTHY)
    project.write("Procfile", "web: gunicorn shop:app\n")
    project.write("gunicorn.conf.py", "workers = len([*range(3)])\n")
    assert "gunicorn.conf.py:1 (workers: " in deploy(project.folder).stdout
    assert "gunicorn, 3 workers" in deploy(project.folder, "--exec").stdout


def test_without_any_deploy_file_it_says_what_it_looked_for(tmp_path: Path) -> None:
    done = deploy(tmp_path, "--format", "json")
    assert (done.returncode, done.stderr) == (0, "")
    finding = finding_of(done.stdout, "deploy.command-not-understood")
    assert finding["status"] == "warn"
    assert "nothing was looked at (looked for railway.toml" in finding["message"]
    assert "pass" not in {result["status"] for result in results_of(done.stdout).values()}
    assert deploy(tmp_path, "--fail-on", "warn").returncode == 1


@pytest.mark.parametrize(
    ("name", "meant"),
    [("Procfile.txt", "Procfile"), ("dockerfile", "Dockerfile"), ("render.yml", "render.yaml")],
)
def test_a_file_with_nearly_the_right_name_is_named(tmp_path: Path, name: str, meant: str) -> None:
    (tmp_path / name).write_text("web: gunicorn main:app\n")
    done = deploy(tmp_path)
    assert f"hint  rename {name} to {meant}" in done.stdout


def test_what_was_not_understood_is_no_pass(project: Project) -> None:
    """Checks of a gunicorn that nobody has seen are skipped."""
    project.write("Procfile", "web: ./from-elsewhere.sh\n")
    results = results_of(deploy(project.folder, "--format", "json").stdout)
    assert results["deploy.command-not-understood"]["status"] == "warn"
    for id_ in ("workers.from-host-cpus", "server.ignores-port", "deploy.target-missing"):
        assert results[id_]["status"] == "skip"


def test_what_starts_is_shown_where_files_disagree(project: Project) -> None:
    project.write("shop.py", HEALTHY)
    project.write(
        "Dockerfile", "FROM python\nCMD gunicorn -b 0.0.0.0:80 --threads 2 -w 1 shop:app\n"
    )
    project.write("railway.json", '{"deploy": {"startCommand": "gunicorn -w 3 shop:app"}}')
    done = deploy(project.folder)
    assert "deploy.disagree" in done.stdout
    assert " web: gunicorn, " in done.stdout


def test_workers_that_nobody_knows_are_not_ok(project: Project) -> None:
    project.write("shop.py", HEALTHY)
    project.write("Procfile", "web: gunicorn $OPTIONS shop:app\n")
    done = deploy(project.folder)
    assert "workers      not looked at" in done.stdout
    assert "gunicorn, workers: not known, class: not known" in done.stdout


class TestRun:
    """``flask bootcheck`` looks at the deploy files, too."""

    def test_the_app_is_that_of_the_start_command(self, project: Project) -> None:
        project.write("shop.py", HEALTHY)
        done = project.run("--format", "json", app="")
        assert done.returncode == 0, done.stderr
        assert "app: shop:app, from Procfile:1" in done.stderr
        ids = results_of(done.stdout)
        assert ids["app.factory-failed"]["note"].startswith("shop:app loaded")
        assert ids["deploy.disagree"]["status"] == "pass"

    def test_in_the_folder_that_it_runs_in(self, project: Project) -> None:
        (project.folder / "backend").mkdir()
        project.write("backend/shop.py", HEALTHY)
        project.write("Procfile", "web: gunicorn --chdir backend shop:app\n")
        done = project.run(app="")
        assert done.returncode == 0, done.stdout
        assert "shop:app loaded" in done.stdout

    def test_a_health_path_that_nothing_answers_fails(self, project: Project) -> None:
        project.write("shop.py", HEALTHY)
        (project.folder / ".railway").mkdir()
        project.write(".railway/railway.py", 'service("web",\nhealthcheck="/health")\n')
        done = project.run("--format", "json")
        assert done.returncode == 1
        finding = finding_of(done.stdout, "deploy.health-path-missing")
        assert (finding["status"], finding["where"]) == ("fail", ".railway/railway.py:2")
        assert "/health" in finding["message"]

    def test_the_health_check_of_the_platform_is_let_in(self, project: Project) -> None:
        strict = "from flask import abort, request\n@app.before_request\ndef host():\n"
        strict += "    if request.host != 'shop.example':\n        abort(400)\n"
        project.write("shop.py", HEALTHY + strict)
        (project.folder / ".railway").mkdir()
        project.write(".railway/railway.py", 'service("web", healthcheck="/")\n')
        done = project.run("--format", "json")
        finding = finding_of(done.stdout, "config.health-host-untrusted")
        assert finding["status"] == "fail"
        assert (finding["observed"], finding["limit"]) == (400, 200)

    def test_skipped_checks_of_the_files_are_skipped(self, project: Project) -> None:
        project.write("shop.py", HEALTHY)
        project.write("requirements.txt", "gunicorn\n")
        assert "deploy.unpinned-server" in project.run().stdout
        done = project.run("--skip", "deploy.unpinned-server")
        assert "deploy.unpinned-server" not in done.stdout


def test_the_example_has_its_two_dead_files_and_nothing_else() -> None:
    """They are the lesson: Railway reads no railway.toml, Railpack no nixpacks.toml."""
    example = Path(__file__).parent.parent / "example"
    report = json.loads(deploy(example, "--format", "json").stdout)
    found = [
        (result["id"], finding["where"])
        for result in report["results"]
        for finding in result.get("findings", [])
    ]
    assert found == [
        ("deploy.file-not-read", "railway.toml:1"),
        ("deploy.file-not-read", "nixpacks.toml:1"),
    ]
