"""``flask bootcheck lock`` as a person runs it."""

from __future__ import annotations

from pathlib import Path

import pytest

from .test_cli import HEALTHY, Project

LOCK = """\
# Written by `flask bootcheck lock`: what this app must have from now on.
lock 1
app shop
blueprint pages
route pages.index GET /
route static GET /static/<path:filename>
"""
MOVED = HEALTHY.replace('@pages.get("/")', '@pages.get("/home")')


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = Project(tmp_path)
    made.write("shop.py", HEALTHY)
    return made


def read(project: Project) -> str:
    return (project.folder / "bootcheck.lock").read_text()


def test_it_writes_what_is_there(project: Project) -> None:
    """And is quiet about an app that prints."""
    project.write("shop.py", "print('hello')\n" + HEALTHY)
    done = project.run("lock")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "bootcheck.lock is written: 1 blueprint, 2 routes of shop\n"
    assert read(project) == LOCK


def test_again_there_is_nothing_to_write(project: Project) -> None:
    """For --check, too."""
    project.write("bootcheck.lock", LOCK)
    for arguments in ((), ("--check",)):
        done = project.run("lock", *arguments)
        assert done.returncode == 0
        assert done.stdout == "bootcheck.lock is up to date: 1 blueprint, 2 routes of shop\n"


def test_it_says_what_has_changed(project: Project) -> None:
    """As a diff; a comment of the user's alone is no change."""
    project.write("bootcheck.lock", "# ours\n" + LOCK)
    project.write("shop.py", MOVED)
    done = project.run("lock")
    assert done.stdout.splitlines() == [
        "- route pages.index GET /",
        "+ route pages.index GET /home",
        "bootcheck.lock is updated: 1 blueprint, 2 routes of shop",
    ]
    assert "route pages.index GET /home\n" in read(project)


def test_check_writes_nothing_and_fails_when_it_would(project: Project) -> None:
    """So that CI can insist on a lock that is up to date."""
    done = project.run("lock", "--check")
    assert done.returncode == 1
    assert not (project.folder / "bootcheck.lock").exists()
    project.write("bootcheck.lock", LOCK)
    project.write("shop.py", MOVED)
    done = project.run("lock", "--check")
    assert done.returncode == 1
    assert "- route pages.index GET /\n+ route pages.index GET /home\n" in done.stdout
    assert read(project) == LOCK


def test_a_merge_conflict_is_told_and_written_anew(project: Project) -> None:
    """The app is what counts; --check cannot decide, and ends with 2."""
    project.write("bootcheck.lock", LOCK + "<<<<<<< HEAD\n")
    done = project.run("lock", "--check")
    assert done.returncode == 2
    assert "bootcheck.lock:7: " in done.stderr
    done = project.run("lock")
    assert done.returncode == 0
    assert "bootcheck.lock:7: " in done.stderr
    assert read(project) == LOCK


def test_a_file_of_a_newer_version_is_left_alone(project: Project) -> None:
    """It is not ours to write over."""
    project.write("bootcheck.lock", "lock 2\napp shop\n")
    done = project.run("lock")
    assert done.returncode == 2
    assert "version 2" in done.stderr
    assert read(project) == "lock 2\napp shop\n"


def test_an_app_that_does_not_load_has_nothing_to_lock(project: Project) -> None:
    """The finding is that of ``flask bootcheck``."""
    project.write("shop.py", "\nraise RuntimeError('no broker')\n")
    done = project.run("lock")
    assert done.returncode == 1
    assert done.stderr == "FAIL  app.import-failed  RuntimeError: no broker (shop.py:2)\n"
    assert not (project.folder / "bootcheck.lock").exists()


def test_no_app_and_no_place_to_write_are_bad_usage(project: Project) -> None:
    """Each says what is wrong."""
    done = project.run("lock", app="")
    assert done.returncode == 2
    assert "flask --app " in done.stderr
    (project.folder / "bootcheck.lock").mkdir()
    done = project.run("lock")
    assert done.returncode == 2
    assert "bootcheck.lock cannot be read" in done.stderr


def test_what_is_locked_is_missed_by_the_checks(project: Project) -> None:
    """Of ``flask bootcheck`` in the same folder."""
    project.write("bootcheck.lock", LOCK)
    project.write("shop.py", MOVED)
    done = project.run("--only", "routes")
    assert done.returncode == 1
    assert "FAIL  routes.missing  pages.index: " in done.stdout
    assert "/home (shop.py:5)" in done.stdout


def test_without_app_it_is_the_one_that_is_deployed_and_the_lock_lies_where_that_starts(
    project: Project,
) -> None:
    """There each worker looks for it."""
    (project.folder / "web").mkdir()
    (project.folder / "shop.py").rename(project.folder / "web" / "shop.py")
    project.write("Procfile", "web: cd web && gunicorn shop:app\n")
    done = project.run("lock", app="")
    assert done.returncode == 0, done.stderr
    assert "app: shop:app, from Procfile:1" in done.stderr
    assert (project.folder / "web" / "bootcheck.lock").read_text() == LOCK
    project.write("web/shop.py", MOVED)
    assert "FAIL  routes.missing" in project.run("--only", "routes", app="").stdout
