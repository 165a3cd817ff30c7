"""Is the server the app asks for there, can it read its configuration, and is it one for visitors?"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator

from ..boot import Boot, Server, Stage
from ..findings import Finding, fail, warn
from ..patching import is_patched, modules_patched_late
from ..platforms import detect_platform
from ..registry import check

#: What must be importable for a worker class, by its short name.
_NEEDS = {"eventlet": "eventlet", "gevent": "gevent", "tornado": "tornado"}
#: How many late modules are named.
_SHOWN = 5


@check("server.class-unavailable", stage=Stage.MASTER, needs="server")
def worker_class_is_there(boot: Boot) -> Iterator[Finding]:
    """The worker class asked for exists in the gunicorn that is installed, with what it needs.

    Why: gunicorn has an `asgi` worker since version 24, and removed its eventlet worker in 26; `gevent`
    and `tornado` need packages of their own. The container then exits at once, with `class uri invalid
    or not found`.

    Fix: for eventlet `pip install "flask-bootcheck[eventlet]"`, which holds gunicorn below 25.1; for
    gevent `pip install "gunicorn[gevent]"`; or take `gthread`, which needs nothing.
    """
    server = boot.server
    if server is None or server.name != "gunicorn":
        return
    for short, package in _NEEDS.items():
        if _is_class(server, short):
            yield from _missing(server, short, package)
    if _is_class(server, "asgi") and (0, 0) < _release(server.version) < (24, 0):
        yield fail(
            f"worker class asgi is not in gunicorn {server.version}: it came in 24",
            hint='pip install "gunicorn>=24", or use gthread without WsgiToAsgi',
            where=server.where,
            component="gunicorn",
        )


def _missing(server: Server, short: str, package: str) -> Iterator[Finding]:
    details = {"where": server.where, "component": "gunicorn"}
    if short == "eventlet" and _release(server.version) >= (26, 0):
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


def _is_class(server: Server, short: str) -> bool:
    """gunicorn takes "gevent_pywsgi", "egg:gunicorn#gevent" and the class itself for the same."""
    name = server.worker_class.rpartition("#")[2]
    return name == short or name.startswith(f"{short}_") or f".g{short}." in name


def _release(version: str) -> tuple[int, int]:
    """Major and minor; zeros for what is none."""
    parts = [int(part) for part in version.split(".")[:2] if part.isdecimal()]
    return (*parts, 0, 0)[:2]  # type: ignore[return-value]


@check("server.eventlet-control-socket", stage=Stage.MASTER, needs="server")
def eventlet_shuts_down(boot: Boot) -> Iterator[Finding]:
    """An eventlet worker runs on a gunicorn that can shut it down cleanly.

    Why: from 25.1 on gunicorn has a control socket, whose thread eventlet patches with the master. On
    SIGTERM the master then takes seconds, or ends with a traceback and leaves its workers behind
    (measured with 25.3: 2.4 to 3.3 s on Python 3.11 and 3.12, orphans on 3.13).

    Fix: `--no-control-socket`, or `pip install "flask-bootcheck[eventlet]"`, which holds gunicorn below
    25.1.
    """
    server = boot.server
    if server is None or server.name != "gunicorn" or not _is_class(server, "eventlet"):
        return
    if (25, 1) <= _release(server.version) < (26, 0) and server.control_socket:
        yield warn(
            f"eventlet on gunicorn {server.version} does not shut down cleanly: its control socket",
            hint="--no-control-socket, or gunicorn below 25.1",
            where=server.where,
            component="gunicorn",
        )


@check("server.class-needs-asgi", stage=Stage.WORKER, needs="server")
def class_and_app_agree(boot: Boot) -> Iterator[Finding]:
    """A worker class that calls ASGI applications has one to call.

    Why: a Flask app is WSGI. Served by an `asgi` or uvicorn worker it boots, and every request is a 500,
    the health check included.

    Fix: a WSGI worker class (`sync`, `gthread`, `gevent`), or wrap the app:
    `asgi_app = asgiref.wsgi.WsgiToAsgi(app)`, and serve that.
    """
    server = boot.server
    if server is not None and server.interface == "asgi" and server.expected == "wsgi":
        yield fail(
            f"worker class {server.worker_class} calls ASGI, {server.application} is WSGI: "
            "every request is a 500",
            hint="take a WSGI worker class such as gthread, or serve asgiref.wsgi.WsgiToAsgi(app)",
            where=server.where,
            component="gunicorn",
        )


@check("server.patched-late", stage=Stage.WORKER, needs="server")
def patched_before_imported(boot: Boot) -> Iterator[Finding]:
    """gevent and eventlet patch the process before it imports what they patch.

    Why: a module that said `from time import sleep` before keeps the one that blocks, and with it all
    requests of its worker. gevent patches in the worker, so under `--preload` the whole app comes before
    it: its locks and threads are not green.

    Fix: no `--preload` with gevent, or `from gevent import monkey; monkey.patch_all()` as the first line
    of `gunicorn.conf.py`.
    """
    server = boot.server
    if server is None or not is_patched():
        return
    late = [f"{module} ({name})" for module, name in modules_patched_late()]
    if server.patched_late or late:
        starts = "gunicorn.conf.py" if server.name == "gunicorn" else "what starts the server"
        when = "--preload imported the app" if server.patched_late else "modules were imported"
        shown = f": {', '.join(sorted(late)[:_SHOWN])}" if late else ""
        more = f" and {len(late) - _SHOWN} more" if len(late) > _SHOWN else ""
        yield warn(
            f"patched after {when}; what blocks in them blocks the worker{shown}{more}",
            hint="patch first: from gevent import monkey; monkey.patch_all() (or "
            f"import eventlet; eventlet.monkey_patch()) as the first line of {starts}",
            observed=len(late) or None,
            unit="modules" if late else "",
        )


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
