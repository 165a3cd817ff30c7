"""Annotations on the lines they are about."""

from __future__ import annotations

from flask_bootcheck.findings import Report, Result, Stage, Status, fail, warn
from flask_bootcheck.formats.github import render_github
from flask_bootcheck.formats.text import summary_line

from ..helpers import make_result


def report(*findings):
    return Report((Result("deploy.disagree", Status.FAIL, Stage.FILES, tuple(findings)),))


def test_a_finding_is_a_command_with_its_line():
    shown = render_github(report(warn("they disagree", hint="agree", where="Procfile:3")))
    assert shown.splitlines() == [
        "::warning file=Procfile,line=3,title=deploy.disagree::they disagree%0Aagree",
        "FAIL: 1 failed",
    ]


def test_paths_are_of_the_repository():
    shown = render_github(report(fail("x", where="a/b.py:1")), "backend")
    assert shown.startswith("::error file=backend/a/b.py,line=1,")


def test_what_is_no_line_is_said_in_the_message():
    shown = render_github(report(fail("x", where="environment")))
    assert shown.startswith("::error title=deploy.disagree::x (environment)")


def test_nothing_in_a_text_can_be_a_command_of_its_own():
    shown = render_github(report(fail("100%\n::error::x\r", where="a,b%.py:1")))
    assert shown.splitlines() == [
        "::error file=a%2Cb%25.py,line=1,title=deploy.disagree::100%25%0A::error::x",
        "FAIL: 1 failed",
    ]


def test_all_is_well():
    assert render_github(Report((make_result("a.x"),))) == "PASS: 1 passed"


def test_a_run_that_looked_at_nothing_is_an_annotation():
    annotation, last = render_github(Report()).splitlines()
    assert last == summary_line(Report())
    assert annotation == f"::warning title=flask bootcheck::{last.removeprefix('WARN: ')}"
