"""Servers that an app starts while it is imported."""

from __future__ import annotations

import json
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from flask_bootcheck.trial.serving import servers_refused

from ..commandline import Done
from ..test_cli import Project

HEAD = "from flask import Flask\napp = Flask(__name__)\n"

STARTS = {
    "run": (HEAD + "app.run(port=0)\n", 3),
    "swallowed": (HEAD + "try:\n    app.run(port=0)\nexcept:\n    pass\n", 4),
    "again and again": (
        HEAD + "while True:\n    try:\n        app.run()\n    except:\n        pass\n",
        5,
    ),
    "reloading": (HEAD + "app.run(port=0, debug=True)\n", 3),
    "subclass": (
        "from flask import Flask\nclass Shop(Flask):\n    def run(self):\n"
        "        super().run(port=0)\napp = Shop(__name__)\napp.run()\n",
        4,
    ),
    "run_simple": (
        HEAD + "from werkzeug.serving import run_simple\nrun_simple('localhost', 0, app)\n",
        4,
    ),
    "wsgiref": (
        HEAD + "from wsgiref.simple_server import make_server\n"
        "make_server('', 0, app).serve_forever()\n",
        4,
    ),
}


@pytest.mark.parametrize(("source", "line"), STARTS.values(), ids=STARTS)
def test_a_server_at_import_fails_at_once_with_its_place(
    tmp_path: Path, source: str, line: int
) -> None:
    """Whatever the app catches; nothing listens and nothing is waited for."""
    project = Project(tmp_path)
    project.write("shop.py", source)
    done = project.run("--format", "json")
    [finding] = _results(done)["app.import-failed"]["findings"]
    assert done.returncode == 1
    assert finding["where"] == f"shop.py:{line}"
    assert "runs at import: gunicorn never gets the app" in finding["message"]


def test_a_server_in_a_factory_is_the_factorys(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.write(
        "shop.py",
        "from flask import Flask\ndef create_app():\n    app = Flask(__name__)\n    app.run(port=0)\n"
        "    return app\n",
    )
    done = project.run("--format", "json")
    [finding] = _results(done)["app.factory-failed"]["findings"]
    assert (done.returncode, finding["where"]) == (1, "shop.py:4")


STARTED_ASIDE = {
    "a thread": "import threading\n"
    "threading.Thread(target=app.run, kwargs={'port': 0}, daemon=True).start()\n",
    "a process": "import os\nif os.fork() == 0:\n    app.run(port=0)\n",
    "behind the guard": "if __name__ == '__main__':\n    app.run(port=0)\n",
}


@pytest.mark.parametrize("source", STARTED_ASIDE.values(), ids=STARTED_ASIDE)
def test_a_server_that_keeps_nobody_waiting_is_no_failure(tmp_path: Path, source: str) -> None:
    project = Project(tmp_path)
    project.write("shop.py", HEAD + source)
    done = project.run("--only", "app")
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("command", ["python shop.py", "flask --app shop run"])
def test_a_script_that_is_deployed_as_one_may_serve(tmp_path: Path, command: str) -> None:
    """Nothing imports it then."""
    project = Project(tmp_path)
    project.write("shop.py", HEAD + "app.run(port=0)\n")
    project.write("Procfile", f"web: {command}\n")
    done = project.run("--only", "app")
    assert done.returncode == 0, done.stdout


def test_a_module_that_comes_later_is_watched_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What an app imports of it keeps working once the app has loaded."""
    (tmp_path / "waitress.py").write_text("def serve(app):\n    return f'serving {app}'\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "waitress", raising=False)
    refused: list[str] = []
    with servers_refused(lambda name, place: refused.append(name), tmp_path):
        waitress = import_module("waitress")
        serve = waitress.serve
        serve("app")
    assert refused == ["serve"]
    assert serve("app") == waitress.serve("app") == "serving app"
    monkeypatch.delitem(sys.modules, "waitress")


def test_all_is_as_it_was_when_it_is_over(tmp_path: Path) -> None:
    run = Flask.run
    with servers_refused(lambda *_: None, tmp_path):
        assert Flask.run is not run
    assert Flask.run is run


def _results(done: Done) -> dict[str, dict[str, Any]]:
    return {result["id"]: result for result in json.loads(done.stdout)["results"]}
