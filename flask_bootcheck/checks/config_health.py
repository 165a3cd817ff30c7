"""Does the app let the platform's health check in?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..boot import Boot, Stage
from ..deploy.hosts import Host, host_of
from ..findings import Finding, fail
from ..registry import check

if TYPE_CHECKING:
    from ..deploy.plan import Value

#: A platform that names no host calls by an address.
_ANY_HOST = "10.0.0.1"


@check("config.health-host-untrusted", stage=Stage.LIVE, needs="health-path")
def health_host_is_trusted(boot: Boot) -> Iterator[Finding]:
    """The app accepts the Host header of the platform's health check.

    Why: Railway calls the health path with Host `healthcheck.railway.app`. With `TRUSTED_HOSTS` set
    to the app's own names, Flask answers 400, and no deploy gets through. Our own paths are answered
    before that, so this is told of other paths only.

    Fix: add the host to `TRUSTED_HOSTS`, or let the platform call `/healthz`.
    """
    for path, host, status, _ in _answers(boot):
        if status == 400:
            yield fail(
                f"{path} answers 400 to Host {host.health_host or _ANY_HOST}, as {host.name} calls it",
                hint=f"add {host.health_host or _ANY_HOST} to TRUSTED_HOSTS, or call our /healthz",
                where=str(path.place),
                observed=400,
                limit=200,
            )


@check("config.health-redirected", stage=Stage.LIVE, needs="health-path")
def health_path_is_no_redirect(boot: Boot) -> Iterator[Finding]:
    """The health path answers by itself, without a redirect.

    Why: platforms call it over plain HTTP from inside. Flask-Talisman redirects that to HTTPS, a login
    to its page, Flask `/health` to `/health/`; Railway and Fly.io do not follow and count a failure.
    Our own paths are answered before that, so this is told of other paths only.

    Fix: exempt the path, write it as its route is, or let the platform call `/healthz`.
    """
    for path, host, status, location in _answers(boot):
        if 300 <= status < 400 and not host.takes_redirects:
            yield fail(
                f"{path} redirects to {location}, which {host.name} does not follow",
                hint="exempt the path from the redirect, or call our /healthz",
                where=str(path.place),
                observed=status,
                limit=200,
            )


def _answers(boot: Boot) -> Iterator[tuple[Value, Host, int, str]]:
    """Each health path that is not ours, called as its platform does: status and location."""
    from werkzeug.test import Client

    if boot.app is None or boot.plan is None:
        return
    settings = boot.settings
    mine = {settings.path, settings.live_path, settings.ready_path}
    for service in boot.plan.web:
        path, host = service.health_path, host_of(service.platform)
        if path is None or not host.calls_path:
            continue
        if "bootcheck" in boot.app.extensions and str(path.value).rstrip("/") in mine:
            continue
        client = Client(boot.app.wsgi_app, use_cookies=False)
        try:
            answer = client.get(
                str(path.value), base_url=f"http://{host.health_host or _ANY_HOST}/"
            )
        except Exception:  # noqa: S112 - what a view raises is no matter of hosts
            continue
        yield path, host, answer.status_code, answer.headers.get("Location", "")
