"""Modules that are imported apart, in a child of this process."""

from __future__ import annotations

import os
import sys
import time

import pytest

from flask_bootcheck.trial.apart import import_apart


@pytest.fixture
def attempt(tmp_path, monkeypatch):
    """Imports a module with some source apart."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def run(source, seconds=30.0):
        (tmp_path / "bootcheck_apart.py").write_text(source)
        return import_apart("bootcheck_apart", tmp_path, seconds)

    return run


def test_one_that_can_be_imported_tells_its_blueprints_and_stays_unknown_here(attempt):
    found = attempt(
        "from flask import Blueprint\nbp = Blueprint('cart', __name__)\n"
        "class Namespace:\n    name = 'restx'\nns = Namespace()\nother = 1"
    )
    assert found.finished
    assert found.failure is None
    assert found.blueprints == ("cart", "restx")
    assert "bootcheck_apart" not in sys.modules


def test_an_error_comes_back_with_its_place_and_its_classes(attempt):
    found = attempt("\nimport bootcheck_no_such_module")
    assert found.failure.error.startswith("ModuleNotFoundError: No module named 'bootcheck_no_such")
    assert found.failure.where == "bootcheck_apart.py:2"
    assert found.failure.missing == "bootcheck_no_such_module"
    assert {"ModuleNotFoundError", "ImportError", "Exception"} <= found.failure.kinds


@pytest.mark.parametrize("leave", ["sys.exit(3)", "os._exit(3)"])
def test_one_that_leaves_takes_nobody_along(attempt, leave):
    found = attempt(f"import os, sys\n{leave}")
    assert found.failure.error == "SystemExit: 3"
    assert found.failure.where == "bootcheck_apart.py:2"


def test_one_that_hangs_is_given_up_and_ended(attempt, tmp_path):
    began = time.monotonic()
    source = (
        f"import os, time\nopen({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid()))\n"
        "time.sleep(600)"
    )
    found = attempt(source, seconds=1.0)
    assert not found.finished
    assert found.failure is None
    assert time.monotonic() - began < 20
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def test_one_that_is_killed_says_nothing(attempt):
    """A child without the app's threads may crash where a worker would not."""
    found = attempt("import os\nos.kill(os.getpid(), 9)")
    assert not found.finished
    assert found.failure is None


def test_what_the_child_has_started_does_not_keep_us_waiting(attempt):
    """It holds the pipe open."""
    found = attempt("import os, time\nif os.fork() == 0: time.sleep(5); os.kill(os.getpid(), 9)")
    assert found.finished
