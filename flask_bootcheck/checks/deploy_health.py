"""Does the platform call the right path, and wait long enough?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..boot import Boot, Stage
from ..deploy.hosts import host_of
from ..findings import Finding, fail, warn
from ..registry import check

if TYPE_CHECKING:
    from ..deploy.plan import PlannedService, Value


@check("deploy.health-path-missing", stage=Stage.APP, needs="plan")
def health_path_is_answered(boot: Boot) -> Iterator[Finding]:
    """The platform calls a health path, and something in the app answers there.

    Why: without one, a deploy counts as up as soon as its container has started, and takes the place
    of one that worked. With one that nothing answers, no deploy ever does.

    Fix: `healthcheck="/healthz"` in `.railway/railway.py`, `healthCheckPath` in Render's words, a check
    of `[http_service]` in Fly's.
    """
    for service in _services(boot):
        path = service.health_path
        if path is None:
            yield from _unnamed(service)
        elif boot.app is not None and not _is_answered(boot, str(path.value)):
            yield fail(
                f"nothing in the app answers {path}, the health path on {service.platform}",
                hint=f"{boot.settings.path or '/healthz'} is there with BootCheck(app)",
                where=str(path.place),
                component=service.name,
            )


def _unnamed(service: PlannedService) -> Iterator[Finding]:
    winner = service.winner
    if winner is not None:
        yield warn(
            f"no file names a health path for {service.name} on {service.platform}",
            hint="without one a deploy that does not answer replaces one that does: /healthz",
            where=str(winner.start.place),
            component=service.name,
        )


def _is_answered(boot: Boot, path: str) -> bool:
    """By us, or by a route of the app; a redirect to the right path is told by another check."""
    from werkzeug.exceptions import HTTPException
    from werkzeug.routing import RequestRedirect

    settings, app = boot.settings, boot.app
    assert app is not None  # noqa: S101 - the caller has looked
    path = path.partition("?")[0]
    mine = {settings.path, settings.live_path, settings.ready_path}
    if "bootcheck" in app.extensions and (path.rstrip("/") or "/") in mine:
        return True
    try:
        app.url_map.bind("localhost").match(path, method="GET")
    except RequestRedirect:
        return True
    except HTTPException:
        return False
    return True


@check("deploy.health-path-differs", stage=Stage.FILES, needs="plan")
def health_paths_agree(boot: Boot) -> Iterator[Finding]:
    """All files that name a health path for a service name the same.

    Why: one of them wins. After the next change of platform or builder it is the other, and calls a
    path that may not be there.

    Fix: name the same path in all of them.
    """
    for service in _services(boot):
        first, *others = service.health_paths or (None,)
        for other in (*others, *service.unread_health_paths):
            if first is not None and other.value != first.value:
                yield warn(
                    f"the health path is {other} here and {first} in {first.place.file}",
                    hint=f"on {service.platform} {first.place} wins: name the same in both",
                    where=str(other.place),
                    component=service.name,
                )


@check("deploy.health-timeout-short", stage=Stage.FILES, needs="plan")
def health_timeout_is_long_enough(boot: Boot) -> Iterator[Finding]:
    """The platform waits at least as long for the first answer as a boot may take.

    Why: `/healthz` answers 503 until all workers are ready, for at most `BOOTCHECK_BOOT_TIMEOUT`
    seconds. A platform that waits less gives a good deploy up.

    Fix: raise `healthcheckTimeout`; Railway's default is 300 s. How long the app really takes is
    `app.slow-boot`.
    """
    least = boot.settings.boot_timeout
    for service in _services(boot):
        timeout, host = service.health_timeout, host_of(service.platform)
        if timeout is not None and host.health_seconds and _seconds(timeout) < least:
            yield warn(
                f"{service.platform} waits {timeout} s for a first answer, a boot may take {least:g} s",
                hint=f"raise it: {host.health_seconds} s is the default there",
                where=str(timeout.place),
                observed=_seconds(timeout),
                limit=least,
                unit="s",
                component=service.name,
            )


def _seconds(value: Value) -> float:
    return float(value.value)


def _services(boot: Boot) -> Iterator[PlannedService]:
    """The services whose health path can be said in a file."""
    for service in boot.plan.web if boot.plan is not None else ():
        if host_of(service.platform).calls_path:
            yield service
