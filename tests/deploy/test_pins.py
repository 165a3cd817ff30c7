"""Which gunicorn there will be."""

from __future__ import annotations

import pytest

from flask_bootcheck.deploy.pins import RELEASES, gunicorn_pin, python_of, read_dependencies

NEWEST = RELEASES[-1]

CASES = {
    "exact": ("requirements.txt", "Flask\ngunicorn==23.0.0  # why\n", "23.0.0", 2, True),
    "range": ("requirements.txt", "gunicorn>=23,<26", "25.3.0", 1, True),
    "compatible": ("requirements.txt", "gunicorn~=22.0", "22.0.0", 1, True),
    "open": ("requirements.txt", "gunicorn>=20\n", NEWEST, 1, False),
    "bare": ("requirements/base.txt", "-r other.txt\ngunicorn[gevent]\n", NEWEST, 2, False),
    "hashes": ("requirements.txt", "gunicorn==22.0.0 \\\n  --hash=sha256:aa\n", "22.0.0", 1, True),
    "ours": ("requirements.txt", "flask-bootcheck[eventlet]\n", "25.0.3", 1, True),
    "unknown release": ("requirements.txt", "gunicorn==99.1", "99.1", 1, True),
    "pyproject": (
        "pyproject.toml",
        '[project]\ndependencies = [\n  "Flask",\n  "gunicorn<25",\n]\n',
        "24.1.1",
        4,
        True,
    ),
    "poetry": (
        "pyproject.toml",
        '[tool.poetry.dependencies]\npython = "^3.12"\ngunicorn = "^23.0"\n',
        "23.0.0",
        3,
        True,
    ),
    "uv.lock": (
        "uv.lock",
        'version = 1\n[[package]]\nname = "flask"\nversion = "3.1.3"\n\n'
        '[[package]]\nname = "gunicorn"\nversion = "25.1.0"\n',
        "25.1.0",
        8,
        True,
    ),
    "Pipfile.lock": (
        "Pipfile.lock",
        '{"default": {\n"gunicorn": {\n"version": "==21.2.0"}}}',
        "21.2.0",
        3,
        True,
    ),
    "Pipfile": ("Pipfile", '[packages]\ngunicorn = "*"\n', NEWEST, 2, False),
    "nothing": ("requirements.txt", "Flask\n", NEWEST, None, False),
}


@pytest.mark.parametrize(
    ("file", "python"), [("runtime.txt", "python-3.9.18"), (".python-version", "3.9")]
)
def test_an_old_python_takes_no_newer_gunicorn(tmp_path, file, python):
    """As pip has it, by Requires-Python: 24.0 needs 3.10."""
    (tmp_path / "requirements.txt").write_text("gunicorn\n")
    (tmp_path / file).write_text(f"# why\n{python}\n")
    found = python_of(tmp_path)
    assert found is not None
    assert (str(found.value), str(found.place)) == ("3.9", f"{file}:2")
    pin = gunicorn_pin(read_dependencies(tmp_path), found)
    assert (pin.version, pin.bounded, pin.python) == ("23.0.0", False, found)


@pytest.mark.parametrize(("file", "text", "version", "line", "bounded"), CASES.values(), ids=CASES)
def test_the_files_that_say(tmp_path, file, text, version, line, bounded):
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).write_text(text)
    pin = gunicorn_pin(read_dependencies(tmp_path))
    assert (pin.version, pin.bounded) == (version, bounded)
    assert (pin.place.line if pin.place else None) == line


def test_a_lock_file_wins(tmp_path):
    (tmp_path / "requirements.txt").write_text("gunicorn\n")
    (tmp_path / "poetry.lock").write_text('[[package]]\nname = "gunicorn"\nversion = "25.3.0"\n')
    pin = gunicorn_pin(read_dependencies(tmp_path))
    assert (pin.version, str(pin.place)) == ("25.3.0", "poetry.lock:3")


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("requirements.txt", "gunicorn ==== 1\n;;;\n@\nhttps://example.com/x.whl\n"),
        ("pyproject.toml", '[project]\ndependencies = "gunicorn"\n'),
        ("pyproject.toml", "[tool.poetry.dependencies]\ngunicorn = {git = 'y'}\n"),
        ("uv.lock", "package = 3\n"),
        ("Pipfile.lock", '{"default": []}'),
    ],
)
def test_what_makes_no_sense_is_passed_over(tmp_path, file, text):
    (tmp_path / file).write_text(text)
    assert gunicorn_pin(read_dependencies(tmp_path)).version == NEWEST


def test_what_cannot_be_read_is_said(tmp_path):
    (tmp_path / "uv.lock").write_text("a = \n")
    (trouble,) = read_dependencies(tmp_path).troubles
    assert str(trouble.place) == "uv.lock:1"
