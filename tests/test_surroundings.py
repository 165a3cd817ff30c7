"""What started the tests does not reach into them."""

from __future__ import annotations

import os
import runpy
import signal
from pathlib import Path

import pytest

from flask_bootcheck.platforms import PLATFORMS
from flask_bootcheck.settings import NAMES, OTHER_VARIABLES

from .helpers import clean_environ

ROOT = Path(__file__).parent.parent
TOOL = runpy.run_path(str(ROOT / "tools" / "surroundings.py"))


def test_nothing_that_was_exported_configures_a_test() -> None:
    assert dict(os.environ) == clean_environ()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_what_a_test_starts_can_be_interrupted(number: int) -> None:
    assert signal.getsignal(number) is not signal.SIG_IGN


@pytest.mark.parametrize(
    "name", [*NAMES, *sorted(OTHER_VARIABLES), *(each.marker for each in PLATFORMS)]
)
def test_a_variable_that_we_read_is_kept_out(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "1")
    assert name not in clean_environ()


def test_every_surroundings_are_in_a_run() -> None:
    run = {name for each in TOOL["RUNS"] for name in each.split("+")}
    assert run | {"folder"} == set(TOOL["SURROUNDINGS"])  # each copy is in such a folder


@pytest.mark.parametrize("pattern", [*TOOL["SENSITIVE"], *TOOL["SMOKE"]])
def test_what_is_run_in_them_is_there(pattern: str) -> None:
    assert [*ROOT.glob(pattern.partition("::")[0])]
