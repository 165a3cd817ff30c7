"""Other health endpoints, for the benchmarks: `pip install --group benchmarks` brings them."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec

from flask import Flask

#: Puts an endpoint with one check that does nothing into an app, and returns its path.
Installer = Callable[[Flask], str]


def healthy() -> tuple[bool, str]:
    """A check that does nothing."""
    return True, "ok"


def flask_healthz(app: Flask) -> str:
    """flask-healthz: no checks of its own, no cache."""
    from flask_healthz import Healthz

    app.config["HEALTHZ"] = {"ready": lambda: None}
    Healthz(app)
    return "/healthz/ready"


def py_healthcheck(app: Flask) -> str:
    """py-healthcheck: keeps a success for 27 seconds, as it does by default."""
    from healthcheck import HealthCheck

    check = HealthCheck()
    check.add_check(healthy)
    app.add_url_rule("/healthcheck", "healthcheck", view_func=check.run)
    return "/healthcheck"


def installed() -> dict[str, Installer]:
    """Those that are here."""
    known = {"flask-healthz": ("flask_healthz", flask_healthz)}
    known["py-healthcheck"] = ("healthcheck", py_healthcheck)
    return {name: install for name, (module, install) in known.items() if find_spec(module)}
