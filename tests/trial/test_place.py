"""Where in the project something happened."""

from __future__ import annotations

from pathlib import Path

from flask_bootcheck.trial.place import innermost, place_in_dump, place_of_error

ROOT = Path("/srv/shop")

DUMP = """Timeout (0:00:01)!
Thread 0x00007f0000000001 (most recent call first):
  File "/srv/shop/other.py", line 99 in background

Thread 0x00007f0000000002 (most recent call first):
  File "/usr/lib/python3.12/socket.py", line 833 in create_connection
  File "/srv/shop/broker.py", line 12 in connect
  File "/srv/shop/main.py", line 3 in <module>
"""


def test_a_dump_is_read_for_the_thread_that_loads() -> None:
    """It stands last; the innermost line of the project counts, not the library it calls."""
    assert place_in_dump(DUMP, ROOT) == "broker.py:12"


def test_a_dump_without_frames_has_no_place() -> None:
    """Nothing is made up."""
    assert place_in_dump("", ROOT) == ""


def test_dependencies_inside_the_folder_are_not_the_project() -> None:
    """A virtual environment often lies there."""
    frames = [("/srv/shop/.venv/lib/site-packages/redis.py", 5), ("/srv/shop/app.py", 7)]
    assert innermost(frames, ROOT) == "app.py:7"


def test_without_a_line_of_the_project_the_innermost_at_all_is_shown() -> None:
    """An app that is installed as a package lies elsewhere."""
    assert innermost([("/opt/lib/app.py", 3), ("/opt/lib/b.py", 4)], ROOT) == "/opt/lib/app.py:3"


def test_a_syntax_error_is_where_the_syntax_is_wrong(tmp_path: Path) -> None:
    """Not where it was imported."""
    error = SyntaxError("invalid", (str(tmp_path / "models.py"), 8, 1, "x ="))
    assert place_of_error(error, tmp_path) == "models.py:8"
