"""The documentation says what the code does: nothing is missing, and what is written runs."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

import flask_bootcheck
from flask_bootcheck.checks import BUILT_IN
from flask_bootcheck.cli import bootcheck
from flask_bootcheck.settings import MASTER_NAMES, NAMES, PREFIX, Settings

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
REFERENCE = DOCS / "reference"
PAGES = [ROOT / "README.md", ROOT / "SECURITY.md", *sorted(DOCS.rglob("*.md"))]

_FENCED = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s]+)\)")


def page_id(page: Path) -> str:
    """How a page is called in the output of pytest."""
    return str(page.relative_to(ROOT))


def python_blocks(page: Path) -> list[str]:
    """The code on a page that says it is Python."""
    found = _FENCED.finditer(page.read_text("utf-8"))
    return [block for _, language, block in (m.groups() for m in found) if language == "python"]


def table_rows(text: str, heading: str) -> Iterator[list[str]]:
    """The cells of the table whose first line is ``heading``."""
    lines = iter(text[text.index(heading) :].splitlines()[2:])
    for line in lines:
        if not line.startswith("|"):
            return
        yield [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


class TestChecks:
    def test_the_page_is_what_the_tool_writes(self):
        tool = [sys.executable, str(ROOT / "tools" / "write_checks.py"), "--check"]
        done = subprocess.run(tool, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    @pytest.mark.parametrize("check", BUILT_IN, ids=lambda check: check.id)
    def test_each_has_its_section(self, check):
        assert f"\n### `{check.id}` {{ #{check.id} }}\n" in (REFERENCE / "checks.md").read_text()

    @pytest.mark.parametrize("check", BUILT_IN, ids=lambda check: check.id)
    def test_each_says_what_why_and_how_to_fix(self, check):
        what, *others = check.doc.split("\n\n")
        assert what.endswith(".")
        assert any(paragraph.startswith("Why: ") for paragraph in others)
        assert any(paragraph.startswith("Fix: ") for paragraph in others)


class TestSupport:
    RESULTS = sorted((REFERENCE / "support").glob("*.json"))

    def test_the_tables_are_what_the_tool_writes_of_the_results(self):
        tool = [sys.executable, str(ROOT / "tools" / "write_support.py"), "--check"]
        done = subprocess.run(tool, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    @pytest.mark.parametrize("path", RESULTS, ids=lambda path: path.stem)
    def test_nothing_that_failed_is_kept(self, path):
        """Each cell worked, or a check says that it cannot."""
        tables = json.loads(path.read_text("utf-8"))["tables"]
        outcomes = {
            way for rows in tables.values() for row in rows.values() for way in row.values()
        }
        assert outcomes <= {"passed", *(check.id for check in BUILT_IN)}
        assert {len(row) for rows in tables.values() for row in rows.values()} == {6}


class TestFaults:
    ROWS = json.loads((DOCS / "explanation" / "faults.json").read_text("utf-8"))

    def test_the_table_is_what_the_tool_writes_of_the_results(self):
        tool = [sys.executable, str(ROOT / "tools" / "write_faults.py"), "--check"]
        done = subprocess.run(tool, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    def test_each_test_has_its_row_and_no_other(self):
        """A row is written by the test that ran."""
        tests = {
            f"tests/faults/{path.name}::{function}"
            for path in (ROOT / "tests" / "faults").glob("test_*.py")
            for function in re.findall(r"^def (test_\w+)", path.read_text("utf-8"), re.MULTILINE)
        }
        assert self.ROWS.keys() == tests

    def test_none_failed_and_what_was_skipped_says_why(self):
        runs = [run for row in self.ROWS.values() for run in row["runs"].values()]
        assert {run["outcome"] for run in runs} <= {"passed", "skipped"}
        assert all(run.get("reason") for run in runs if run["outcome"] == "skipped")


class TestSecurity:
    PAGE = (DOCS / "explanation" / "security.md").read_text("utf-8")
    HELD = re.findall(r"^\| `(tests/\S+)` \| (.+) \|$", PAGE, re.MULTILINE)

    @pytest.mark.parametrize(("file", "names"), HELD)
    def test_what_is_said_to_hold_a_promise_is_there(self, file, names):
        tests = re.findall(r"^ *def (test_\w+)", (ROOT / file).read_text("utf-8"), re.MULTILINE)
        assert {*re.findall(r"`(\w+)`", names)} <= {*tests}

    def test_each_promise_has_its_tests(self):
        assert self.PAGE.count("**Promised.**") == self.PAGE.count("| held by | |") == 5


SETTINGS = {
    cells[0].strip("`"): cells
    for cells in table_rows((REFERENCE / "settings.md").read_text("utf-8"), "| name | | default |")
}


class TestSettings:
    def test_each_is_there_and_no_other(self):
        assert list(SETTINGS) == list(NAMES)

    @pytest.mark.parametrize("name", NAMES)
    def test_the_mark_for_the_master_is_right(self, name):
        assert (SETTINGS[name][1] == "m") == (name in MASTER_NAMES)

    @pytest.mark.parametrize("field", fields(Settings), ids=lambda field: field.name)
    def test_the_default_is_right(self, field):
        shown = SETTINGS[PREFIX + field.name.upper()][2]
        assert shown == _default_as_shown(field.default)


def _default_as_shown(default: Any) -> str:
    if default in (None, ()):
        return "none"
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    return f"`{default:g}`" if isinstance(default, float) else f"`{default}`"


class TestCommandLine:
    PAGE = (REFERENCE / "cli.md").read_text("utf-8")

    @pytest.mark.parametrize("command", bootcheck.commands)
    def test_each_command_has_its_section(self, command):
        assert re.search(rf"^## `flask bootcheck {command}\b", self.PAGE, re.MULTILINE)

    @pytest.mark.parametrize(
        "option",
        [
            name
            for command in bootcheck.commands.values()
            for option in command.params
            for name in option.opts
            if name.startswith("-")
        ],
    )
    def test_each_option_has_its_row(self, option):
        assert re.search(rf"^\| `{option}\b", self.PAGE, re.MULTILINE)


def test_each_public_name_is_in_the_reference_of_python():
    page = (REFERENCE / "python.md").read_text("utf-8")
    missing = [
        name
        for name in flask_bootcheck.__all__
        if not re.search(rf"^(?:.*, )?`{name}\b", page, re.MULTILINE)
    ]
    assert not missing


def test_the_layers_in_the_design_are_those_that_lint_checks():
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    contract = pyproject["tool"]["importlinter"]["contracts"][0]
    checked = [set(layer.split(" : ")) for layer in contract["layers"]]
    design = (DOCS / "explanation" / "design.md").read_text("utf-8")
    layers = table_rows(design, "| layer | what is in it |")
    shown = [set(re.findall(r"`(\w+)/?`", cells[0])) for cells in layers]
    assert shown == checked


@pytest.mark.parametrize("page", PAGES, ids=page_id)
class TestPages:
    def test_python_compiles(self, page):
        for block in python_blocks(page):
            compile(block, str(page), "exec", dont_inherit=True)

    def test_links_to_files_resolve(self, page):
        text = _FENCED.sub("", page.read_text("utf-8"))
        targets = [target.partition("#")[0] for target in _LINK.findall(text)]
        local = [target for target in targets if target and "://" not in target]
        assert [target for target in local if not (page.parent / target).exists()] == []


@pytest.mark.parametrize(
    "page", [ROOT / "README.md", DOCS / "index.md", DOCS / "how-to" / "own-checks.md"], ids=page_id
)
def test_python_runs(page):
    blocks = python_blocks(page)
    assert blocks
    namespace: dict[str, Any] = {"__name__": "documented"}
    for block in blocks:
        exec(compile(block, str(page), "exec", dont_inherit=True), namespace)  # noqa: S102
    assert namespace["app"].extensions["bootcheck"]
