"""What an answer costs inside the process: ours, a plain Flask route, and WSGI itself.

    python benchmarks/endpoint.py [--quick]

All are called as a server calls them, each with an environ of its own, in turn; the figures are
medians. A route is one of an app with 30 blueprints of 10 routes, and does nothing. Beside it stand
other health endpoints with one check that does nothing: `pip install --group benchmarks`.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable
from typing import Any

from common import Line, is_quick, make_app, print_lines, print_machine, time_in_turn
from peers import Installer, installed
from werkzeug.test import EnvironBuilder

from flask_bootcheck import BootCheck

WSGI = Callable[..., Iterable[bytes]]

TOKEN = "of-the-benchmark"  # noqa: S105 - it protects nothing
#: `/healthz` costs at most this part of a plain route.
SHARE_OF_ROUTE = 1 / 15


def bare(_environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    """The least that a WSGI callable can do."""
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "2")])
    return [b"ok"]


def caller(wsgi: WSGI, path: str, token: str = "") -> Callable[[], None]:
    """A call of a WSGI callable, as a server does it."""
    environ = EnvironBuilder(path=path).get_environ()
    if token:
        environ["HTTP_AUTHORIZATION"] = f"Bearer {token}"

    def start_response(_status: str, _headers: list[tuple[str, str]], _info: Any = None) -> None:
        pass

    def call() -> None:
        body = wsgi(dict(environ), start_response)
        for _ in body:
            pass
        if hasattr(body, "close"):
            body.close()

    return call


def peer(install: Installer) -> Callable[[], None]:
    """A call of somebody else's endpoint in the same app."""
    app = make_app()
    return caller(app.wsgi_app, install(app))


def looking_again(wsgi: WSGI, times: int) -> float:
    """Microseconds of an answer that looks at the board before: once a second one does."""
    call = caller(wsgi, "/healthz", TOKEN)
    taken = []
    for _ in range(times):
        time.sleep(1.05)
        began = time.perf_counter()
        call()
        taken.append((time.perf_counter() - began) * 1e6)
    return statistics.median(taken)


def wait_until_booted(app: Any) -> None:
    """The first probe begins the checks; go on when they have passed."""
    client = app.test_client()
    deadline = time.monotonic() + 10
    while client.get("/healthz").status_code != 200:
        if time.monotonic() > deadline:
            raise SystemExit("the app does not boot: " + client.get("/healthz").text)
        time.sleep(0.05)


def main() -> None:
    """Measure and print."""
    quick = is_quick(__doc__)
    plain, watched = make_app(), make_app()
    BootCheck(watched, token=TOKEN)
    wait_until_booted(watched)
    calls = {
        "bare": caller(bare, "/plain"),
        "anonymous": caller(watched.wsgi_app, "/healthz"),
        "token": caller(watched.wsgi_app, "/healthz", TOKEN),
        "live": caller(watched.wsgi_app, "/livez"),
        "route": caller(plain.wsgi_app, "/plain"),
        "behind": caller(watched.wsgi_app, "/plain"),
    }
    calls |= {name: peer(install) for name, install in installed().items()}
    print_machine()
    us = time_in_turn(calls, rounds=5 if quick else 31, seconds=0.02 if quick else 0.05)
    most = us["route"] * SHARE_OF_ROUTE
    print_lines(
        [
            Line("a bare WSGI callable", us["bare"], "us"),
            Line("a plain Flask route", us["route"], "us"),
            Line("the same route behind BootCheck", us["behind"], "us"),
            *(Line(name, us[name], "us") for name in installed()),
            Line("/livez", us["live"], "us", most),
            Line("/healthz, anonymous", us["anonymous"], "us", most),
            Line("/healthz, with the token", us["token"], "us", most),
            Line("/healthz that looks again, once a second", looking_again(watched, 3), "us"),
        ]
    )
    for name in ("anonymous", "token"):
        route, floor = us["route"] / us[name], us[name] / us["bare"]
        print(f"/healthz {name}: 1/{route:.1f} of the route, {floor:.1f} bare callables")


if __name__ == "__main__":
    main()
