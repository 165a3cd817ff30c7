"""``flask bootcheck forecast`` as a person runs it, with a real gunicorn behind it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from .helpers import clean_environ, wait_until

pytestmark = pytest.mark.server

APP = """
from flask import Flask
app = Flask(__name__)
HELD = []

@app.get("/")
def index():
    HELD.append(bytes(50_000))
    return "hello"

@app.get("/logout")
def logout():
    raise SystemExit("nobody asked for this")
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project that never heard of us."""
    (tmp_path / "shop.py").write_text(APP)
    return tmp_path


def command(*arguments: str, app: str = "shop") -> list[str]:
    return [sys.executable, "-m", "flask", "--app", app, "bootcheck", "forecast", *arguments]


def forecast(folder: Path, *arguments: str, app: str = "shop"):
    return subprocess.run(
        command(*arguments, app=app),
        cwd=folder,
        env=clean_environ(),
        capture_output=True,
        text=True,
        timeout=120,
    )


#: How the app is started, what it brings itself, and how we are in what is measured.
WAYS = [
    ("", "", "", "hooks"),
    ("web: gunicorn -c python:flask_bootcheck.gunicorn.conf shop:app\n", "", "", "hooks"),
    ("web: gunicorn shop:app\n", "", "", ""),
    (
        "web: gunicorn shop:app\n",
        "from flask_bootcheck import BootCheck\nBootCheck(app)\n",
        "",
        "app",
    ),
    (
        "web: gunicorn shop:app\n",
        "",
        "from flask_bootcheck.gunicorn import install\ninstall(globals())\n",
        "hooks",
    ),
]


@pytest.mark.parametrize(("procfile", "more", "conf", "counted"), WAYS)
def test_we_are_counted_as_the_app_will_have_us(
    folder: Path, procfile: str, more: str, conf: str, counted: str
) -> None:
    """With our hooks where nobody knows: a forecast is used with them."""
    (folder / "shop.py").write_text(APP + more)
    for name, text in (("Procfile", procfile), ("gunicorn.conf.py", conf)):
        if text:
            (folder / name).write_text(text)
    done = forecast(folder, "--format", "json", "--requests", "2")
    data = json.loads(done.stdout)
    assert (data["counted"], data["status"]) == (counted, "pass")


def test_what_is_saved_counts_us_whatever_the_start_command_is(folder: Path) -> None:
    """Who reads it is our governor."""
    (folder / "Procfile").write_text("web: gunicorn shop:app\n")
    done = forecast(folder, "--format", "json", "--requests", "2", "--save")
    assert json.loads(done.stdout)["counted"] == "hooks"


@pytest.mark.smoke
def test_the_text_has_the_table_the_budget_and_the_flags_to_paste(folder: Path) -> None:
    """And says what was not seen."""
    done = forecast(folder, "--memory-limit", "256M")
    assert done.returncode == 0, done.stderr
    assert "until the first full collection" in done.stdout
    assert "limit (BOOTCHECK_MEMORY_LIMIT)" in done.stdout
    assert "without a login" in done.stdout
    assert "  --workers " in done.stdout


def test_an_app_behind_a_middleware_is_measured(folder: Path) -> None:
    """As the trial finds it."""
    wrapped = APP + (
        "from werkzeug.middleware.proxy_fix import ProxyFix\n"
        "from werkzeug.middleware.dispatcher import DispatcherMiddleware\n"
        "application = ProxyFix(DispatcherMiddleware(app))\n"
        "del app\n"
    )
    (folder / "shop.py").write_text(wrapped)
    done = forecast(folder, "--memory-limit", "256M", "--format", "json", app="shop:application")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["app"] == "shop"


def test_the_json_is_the_promised_shape(folder: Path) -> None:
    """Sizes in bytes, and a line that is one: first plus so much for each further worker."""
    (folder / "gunicorn.conf.py").write_text("threads = 3\nprint('chatty')\n")
    done = forecast(folder, "--format", "json", "--memory-limit", "256M", "--verify")
    data = json.loads(done.stdout)
    assert (data["app"], data["workerClass"], data["threads"]) == ("shop", "gthread", 3)
    assert [sample["workers"] for sample in data["samples"]] == [1, 2, 3]
    assert data["limit"] == 256 * 2**20
    assert data["boundBy"] in {"memory", "cpu"}
    assert 1 <= data["recommended"] <= data["workersThatFit"]
    assert 0 <= data["model"]["error"] < 0.2
    model = data["model"]
    for each in data["predictions"]:
        line = model["fixed"] + each["workers"] * model["perWorker"]
        assert abs(each["bytes"] - line) <= each["workers"]
        assert each["untilCollection"] > 0


def test_what_the_first_start_sets_up_is_no_part_of_a_worker(folder: Path) -> None:
    """A database that is filled, once: who did it has imported and held what no later one does."""
    (folder / "first.py").write_text(
        "import time\nfrom pathlib import Path\n"
        + APP.replace("50_000", "1")
        + """
@app.get("/first")
def first():
    if not Path("is-set-up").exists():
        time.sleep(1.1)
        HELD.append(bytearray(b"x") * 50_000_000)
        Path("is-set-up").touch()
    return "there"
"""
    )
    done = forecast(folder, "--format", "json", "--requests", "4", app="first")
    assert json.loads(done.stdout)["samples"][0]["collected"] < 90 * 2**20


def test_the_comparison_is_of_three_ways_whatever_the_conf_says(folder: Path) -> None:
    """Plain is plain also where the user's own conf preloads."""
    (folder / "gunicorn.conf.py").write_text("preload_app = True\n")
    done = forecast(folder, "--compare", "--format", "json")
    assert [each["preload"] for each in json.loads(done.stdout)] == [False, True, True]
    text = forecast(folder, "--compare").stdout
    assert "the cheapest at 4: " in text


def test_the_picture_is_drawn(folder: Path) -> None:
    """Well-formed, with the number that fits in its title."""
    done = forecast(folder, "--memory-limit", "256M", "--svg", "line.svg")
    assert done.returncode == 0
    root = ElementTree.parse(folder / "line.svg").getroot()  # noqa: S314 - our own file
    assert root.tag.endswith("svg")
    assert "workers fit" in ElementTree.tostring(root, encoding="unicode")


@pytest.mark.parametrize("flags", [[], ["--preload"]], ids=["plain", "preload"])
def test_an_app_that_starts_a_server_at_import_fails_at_once(
    folder: Path, flags: list[str]
) -> None:
    """With its place, and not after the boot timeout."""
    (folder / "shop.py").write_text(APP + "try:\n    app.run(port=0)\nexcept:\n    pass\n")
    done = forecast(folder, *flags)
    assert done.returncode == 1
    assert "FAIL  app.run() at shop.py:" in done.stderr
    assert 'hint  put it behind if __name__ == "__main__":' in done.stderr


def test_the_gunicorn_that_is_measured_sees_no_mark_of_flask(folder: Path) -> None:
    """Production does not have it, and apps branch on it."""
    (folder / "shop.py").write_text(
        "import os\nassert 'FLASK_RUN_FROM_CLI' not in os.environ\n" + APP
    )
    assert forecast(folder, "--memory-limit", "256M").returncode == 0


def test_saving_writes_the_file_the_governor_looks_for(folder: Path) -> None:
    """With the conditions it holds for."""
    assert forecast(folder, "--save").returncode == 0
    saved = json.loads((folder / "bootcheck.forecast.json").read_text())
    assert saved["conditions"]["app"] == "shop"
    assert saved["model"]["first"] > saved["model"]["per_worker"] > 0


def test_a_forecast_of_an_app_that_answers_nothing_fails(folder: Path) -> None:
    """It has measured an app that does not work: the figures are shown, and not saved."""
    (folder / "broken.py").write_text(
        "from flask import Flask\napp = Flask(__name__)\n\n@app.get('/')\ndef index():\n"
        "    raise RuntimeError('no broker at redis://x:hunter22@q')\n"
    )
    done = forecast(folder, "--save", app="broken")
    assert done.returncode == 1
    assert "FAIL  forecast.app-broken" in done.stdout
    assert "RuntimeError: no broker" in done.stdout
    assert "(broken.py:6)" in done.stdout
    assert "hunter22" not in done.stdout
    assert not (folder / "bootcheck.forecast.json").exists()


def test_a_forecast_of_an_app_without_a_root_warns(folder: Path) -> None:
    """Which is no reason to fail."""
    (folder / "api.py").write_text("from flask import Flask\napp = Flask(__name__)\n")
    done = forecast(folder, app="api")
    assert done.returncode == 0
    assert "WARN  forecast.not-warmed  no request showed a page: 404 from /;" in done.stdout


def test_an_app_that_does_not_boot_is_told_with_its_error(folder: Path) -> None:
    """Exit code 1."""
    (folder / "broken.py").write_text("raise RuntimeError('no broker at redis://x:hunter22@q')\n")
    done = forecast(folder, app="broken")
    assert done.returncode == 1
    assert "does not boot under gunicorn" in done.stderr
    assert "no broker" in done.stderr
    assert "hunter22" not in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [("--memory-limit", "much"), ("--svg", "no/such/folder/x.svg"), ("--requests", "0")],
)
def test_bad_usage_is_exit_code_2(folder: Path, arguments: tuple[str, ...]) -> None:
    """And names what is wrong."""
    done = forecast(folder, *arguments)
    assert done.returncode == 2
    assert arguments[1] in done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_no_process(folder: Path, number: signal.Signals) -> None:
    """Ctrl-C, a job that is cancelled, a terminal that is closed: here while the app boots."""
    (folder / "slow.py").write_text(
        "import os, time\nopen('pid', 'w').write(str(os.getpid()))\ntime.sleep(60)\n"
    )
    with subprocess.Popen(
        command(app="slow"),
        cwd=folder,
        env=clean_environ(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        pid = folder / "pid"
        wait_until(lambda: pid.exists() and pid.read_text(), 30)
        worker = int(pid.read_text())
        process.send_signal(number)
        assert process.wait(30) == (1 if number == signal.SIGINT else 128 + number)
    wait_until(lambda: not is_running(worker))


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
