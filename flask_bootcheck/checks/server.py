"""Is the server the app asks for there, can it read its configuration, and is it one for visitors?"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator

from ..boot import Boot, Server, Stage
from ..findings import Finding, fail, warn
from ..platforms import detect_platform
from ..registry import check

#: What must be importable for a worker class, by its short name.
_NEEDS = {"eventlet": "eventlet", "gevent": "gevent", "tornado": "tornado"}


@check("server.class-unavailable", stage=Stage.MASTER, needs="server")
def worker_class_is_there(boot: Boot) -> Iterator[Finding]:
    """The worker class asked for exists in the gunicorn that is installed, with what it needs.

    Why: gunicorn removed its eventlet worker in version 26; `gevent` and `tornado` need packages of
    their own. The container then exits at once, with `class uri invalid or not found`.

    Fix: for eventlet `pip install "flask-bootcheck[eventlet]"`, which holds gunicorn below 25.1; for
    gevent `pip install "gunicorn[gevent]"`; or take `gthread`, which needs nothing.
    """
    server = boot.server
    if server is None or server.name != "gunicorn":
        return
    # gunicorn takes "gevent_pywsgi", "egg:gunicorn#gevent" and the class itself for the same.
    name = server.worker_class.rpartition("#")[2]
    for short, package in _NEEDS.items():
        if name == short or name.startswith(f"{short}_") or f".g{short}." in name:
            yield from _missing(server, short, package)


def _missing(server: Server, short: str, package: str) -> Iterator[Finding]:
    details = {"where": server.where, "component": "gunicorn"}
    if short == "eventlet" and _major(server.version) >= 26:
        yield fail(
            f"worker class eventlet is not in gunicorn {server.version}: it was removed in 26",
            hint='pip install "flask-bootcheck[eventlet]" (gunicorn before 25.1), or use gthread',
            **details,
        )
    elif importlib.util.find_spec(package) is None:
        extra = short if short != "eventlet" else "eventlet]<25.1"
        extra = f"gunicorn[{extra}" + ("" if "]" in extra else "]")
        yield fail(
            f"worker class {short} needs {package}, which is not installed",
            hint=f'pip install "{extra}", or use gthread',
            **details,
        )


def _major(version: str) -> int:
    digits = version.partition(".")[0]
    return int(digits) if digits.isdecimal() else 0


@check("server.bad-concurrency", stage=Stage.FILES)
def concurrency_is_a_number(boot: Boot) -> Iterator[Finding]:
    """`WEB_CONCURRENCY`, when set, is a number of workers.

    Why: gunicorn reads it while it is imported. Empty or not a number it is a ValueError: a traceback
    in place of a server.

    Fix: set it to a whole number from 1, or remove it. Empty is not the same as not set.
    """
    value = boot.environ.get("WEB_CONCURRENCY")
    if value is None:
        return
    try:
        workers = int(value)
    except ValueError:
        workers = 0
    if workers < 1:
        yield fail(
            f"WEB_CONCURRENCY is {value!r}, expected a whole number from 1",
            hint="gunicorn fails on it, or starts no worker: set a number or remove it",
            where="environment",
            observed=value,
        )


@check("server.development-server", stage=Stage.WORKER, needs="server")
def server_is_for_visitors(boot: Boot) -> Iterator[Finding]:
    """It is no development server that has the visitors.

    Why: `flask run`, `app.run()` and wsgiref are made for one developer: not hardened, not fast, one
    process that nobody watches. Two of three signs decide: a hosting platform is there, the server
    listens beyond its own machine, debug mode is off. So it is no finding on a laptop, nor in debug
    mode on `0.0.0.0` for a phone in the same network.

    Fix: start it with gunicorn, such as `gunicorn --bind 0.0.0.0:$PORT main:app`; look for what runs
    `flask run` or `python main.py` now: a start command, a Procfile, the CMD of a Dockerfile.
    """
    server, platform = boot.server, detect_platform(boot.environ)
    if server is None or not server.development:
        return
    debug = boot.app is not None and boot.app.debug
    if sum((bool(platform.name), server.is_exposed, not debug)) < 2:
        return
    at = [f"on {server.address}"] * server.is_exposed + [f"on {platform.name}"] * bool(
        platform.name
    )
    yield warn(
        f"the development server of {server.name} serves {', '.join(at)}",
        hint="start the app with gunicorn, such as gunicorn --bind 0.0.0.0:$PORT main:app",
        component=server.name,
    )
