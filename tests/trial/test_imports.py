"""What is imported of a project, and what fails to be."""

from __future__ import annotations

import importlib
import sys
from importlib.machinery import SourceFileLoader

import pytest

from flask_bootcheck.trial.imports import Imports


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Writes modules, imports one of them while an ``Imports`` looks on, and gives that."""
    monkeypatch.syspath_prepend(str(tmp_path))
    before = set(sys.modules)

    def run(**sources):
        for name, source in sources.items():
            (tmp_path / f"{name}.py").write_text(source)
        imports = Imports(tmp_path)
        with imports.watched():
            importlib.import_module(next(iter(sources)))
        return imports

    yield run
    for name in set(sys.modules) - before:
        del sys.modules[name]


def test_the_first_error_is_kept_though_it_is_swallowed(project, tmp_path):
    imports = project(
        bootcheck_main="\ntry:\n    import bootcheck_part\nexcept ImportError:\n    pass",
        bootcheck_part="import bootcheck_no_such_module",
    )
    main, part = (str(tmp_path / f"bootcheck_{name}.py") for name in ("main", "part"))
    assert imports.loaded == {main}
    failure = imports.failed[part]
    assert failure.module == "bootcheck_part"
    assert "No module named 'bootcheck_no_such_module'" in failure.error
    assert failure.where == "bootcheck_part.py:1"
    assert failure.callers == ((main, 3),)


def test_one_that_succeeds_later_counts_as_loaded(project, tmp_path):
    imports = project(
        bootcheck_main="import sys\ntry:\n    import bootcheck_part\nexcept RuntimeError:\n"
        "    sys.ready = True\n    import bootcheck_part\n    del sys.ready",
        bootcheck_part="import sys\nif not hasattr(sys, 'ready'): raise RuntimeError('early')",
    )
    part = str(tmp_path / "bootcheck_part.py")
    assert part in imports.loaded
    assert part in imports.failed


def test_a_syntax_error_has_its_own_line(project, tmp_path):
    imports = project(
        bootcheck_main="try:\n    import bootcheck_part\nexcept Exception: pass",
        bootcheck_part="x = 1\ndef broken(:",
    )
    (failure,) = imports.failed.values()
    assert failure.where == "bootcheck_part.py:2"
    assert "SyntaxError" in failure.kinds


def test_an_error_of_a_dependency_is_its_own_affair(project, tmp_path):
    folder = tmp_path / "site-packages"
    folder.mkdir()
    (folder / "bootcheck_dependency.py").write_text("import bootcheck_no_such_module")
    imports = project(
        bootcheck_main=f"import sys\nsys.path.append({str(folder)!r})\n"
        "try:\n    import bootcheck_dependency\nexcept ImportError: pass\nsys.path.pop()"
    )
    assert imports.failed == {}


def test_python_imports_as_before_when_it_is_over(project):
    execute = SourceFileLoader.exec_module
    project(bootcheck_main="x = 1")
    assert SourceFileLoader.exec_module is execute
