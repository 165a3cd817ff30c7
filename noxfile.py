"""The versions: every gunicorn, Flask and Python that is promised, in sensible combinations.

    nox                   all of them, some 40 minutes on two cores
    nox -s oldest         one; nox --list shows their names

Each session runs the matrix and other tests that are quick, and writes what worked into
docs/reference/support/; ``make docs`` makes the tables of it.
"""

from __future__ import annotations

from pathlib import Path

import nox

nox.needs_version = ">=2025.5.1"
nox.options.default_venv_backend = "venv"
nox.options.error_on_missing_interpreters = True

REQUIREMENTS = Path("requirements")
RESULTS = Path("docs/reference/support")
MATRIX = ("tests/servers/test_matrix.py", "tests/servers/test_signals.py")
#: Of the tests without a server, those that a gunicorn can break.
NEAR_GUNICORN = ("tests/gunicorn", "tests/checks", "tests/test_cli.py")
#: Instead of the newest, which is pinned in requirements/newest.txt.
GUNICORN = {"22": "22.0.0", "23": "23.0.0", "25.0": "25.0.3", "25.3": "25.3.0", "26": "26.2.0"}
FLASK = {
    # Later releases of Flask-SQLAlchemy-Lite need Flask 3.
    "2.3": ("Flask==2.3.3", "Werkzeug==2.3.8", "Flask-SQLAlchemy-Lite==0.1.0"),
    "3.0": ("Flask==3.0.3", "Werkzeug==3.0.6"),
}


@nox.session(python="3.11")
def oldest(session: nox.Session) -> None:
    """The lowest versions that pyproject.toml allows."""
    _install(session, REQUIREMENTS / "oldest.txt")
    _test(session, "oldest")


@nox.session(python=["3.11", "3.12", "3.13", "3.14"])
def newest(session: nox.Session) -> None:
    """The newest of everything, on each Python."""
    _install(session, _pinned(session))
    _test(session, f"newest-{session.python}")


@nox.session(python="3.11")
@nox.parametrize("gunicorn", [*GUNICORN], ids=[*GUNICORN])
def gunicorn(session: nox.Session, gunicorn: str) -> None:
    """Every gunicorn, with the newest Flask."""
    _install(session, _pinned(session, f"gunicorn=={GUNICORN[gunicorn]}"))
    _test(session, f"gunicorn-{gunicorn}", *NEAR_GUNICORN)


@nox.session(python="3.11")
@nox.parametrize("flask", [*FLASK], ids=[*FLASK])
def flask(session: nox.Session, flask: str) -> None:
    """Every Flask, with the newest gunicorn."""
    _install(session, _pinned(session, *FLASK[flask]))
    _test(session, f"flask-{flask}")


@nox.session(python=["3.12", "3.13", "3.14"])
@nox.parametrize("gunicorn", ["25.0", "25.3"], ids=["25.0", "25.3"])
def eventlet(session: nox.Session, gunicorn: str) -> None:
    """The last ones that have eventlet, on each Python."""
    _install(session, _pinned(session, f"gunicorn=={GUNICORN[gunicorn]}"))
    _test(session, f"eventlet-{gunicorn}-{session.python}", *NEAR_GUNICORN)


@nox.session(python="3.11", default=False)
def apps(session: nox.Session) -> None:
    """Real apps of others, unchanged; ``nox -s apps -- -k httpbin`` for some of them."""
    session.install("-c", str(REQUIREMENTS / "newest.txt"), "pytest")
    session.run("python", "-m", "pytest", "apps", *session.posargs)


def _pinned(session: nox.Session, *pins: str) -> Path:
    """The constraints of the newest, and of eventlet, with some pins instead."""
    lines: dict[str, str] = {}
    for source in ("story.txt", "newest.txt"):
        text = (REQUIREMENTS / source).read_text("utf-8")
        lines |= {_name(line): line for line in text.splitlines() if "==" in line}
    lines |= {_name(pin): pin for pin in pins}
    constraints = Path(session.create_tmp()) / "constraints.txt"
    constraints.write_text("\n".join(lines.values()), "utf-8")
    return constraints


def _name(line: str) -> str:
    return line.partition("==")[0].lower()


def _install(session: nox.Session, constraints: Path) -> None:
    session.install("-r", str(REQUIREMENTS / "pip.txt"))
    packages = ("-e", ".[gevent,gunicorn,sqlalchemy]", "eventlet", "--group", "tests")
    session.install("-c", str(constraints), *packages)


def _test(session: nox.Session, name: str, *others: str) -> None:
    """The matrix, and what else there is: by default all that needs no server."""
    # The documentation is the same on all of them, and about to be written anew.
    without_docs = "--ignore=tests/test_docs.py"
    session.run("python", "-m", "pytest", "-q", "-m", "not server", without_docs, *others)
    results = str((RESULTS / f"{name}.json").absolute())
    session.run(
        *("python", "-m", "pytest", "-q", "-n", "4", *MATRIX, *session.posargs),
        env={"SUPPORT_RESULTS": results},
    )
