"""Will the server listen where the platform calls?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..boot import Boot, Stage
from ..deploy.hosts import Host, host_of
from ..findings import Finding, fail, warn
from ..registry import check

if TYPE_CHECKING:
    from ..deploy.plan import PlannedService, Process, Value

_LOOPBACK = re.compile(r"(?:https?://)?(?:127\.[\d.]+|localhost|\[::1\])(?::|$)", re.IGNORECASE)
_PORT = re.compile(r":(\d{1,5})$")
#: Where a machine of Fly.io is called unless its file says another port.
_FLY_PORT = 8080


@check("server.binds-loopback", stage=Stage.FILES, needs="gunicorn")
def listens_to_others(boot: Boot) -> Iterator[Finding]:
    """The server listens on an address that can be reached from outside of its container.

    Why: 127.0.0.1 is the container itself. The app runs, and every call from the platform is refused.
    Without `--bind` and without a variable `PORT`, gunicorn listens on 127.0.0.1:8000.

    Fix: `--bind 0.0.0.0:$PORT`.
    """
    for service, process in _gunicorns(boot):
        binds = process.binds
        if binds and not _reachable(process):
            # In an image of one's own a proxy may stand before it.
            tell = warn if service.platform == "docker" or service.guessed else fail
            shown = ", ".join(str(bind) for bind in binds)
            yield tell(
                f"gunicorn listens on {shown}, which nobody outside of the container reaches",
                hint="--bind 0.0.0.0:$PORT",
                where=str(binds[0].place),
                component=service.name,
            )


@check("server.ignores-port", stage=Stage.FILES, needs="gunicorn")
def listens_on_the_port_that_is_called(boot: Boot) -> Iterator[Finding]:
    """The server listens on the port that the platform calls.

    Why: Railway and Heroku choose a port and say it in `PORT`; Fly.io calls the `internal_port` of its
    file, and sets no `PORT`. A server on another one is running, and down.

    Fix: `--bind 0.0.0.0:$PORT`; on Fly.io the same number in both places.
    """
    for service, process in _gunicorns(boot):
        host = host_of(service.platform)
        yield from _unset(service, process)
        matches = [_PORT.search(str(bind.value)) for bind in _reachable(process)]
        ports = {match[1] for match in matches if match}
        wanted = _wanted(service, process, host)
        if not all(matches) or not ports or wanted is None or wanted in ports:
            continue
        tell = warn if service.platform == "railway" or service.guessed else fail
        shown = ", ".join(sorted(ports))
        yield tell(
            f"gunicorn listens on port {shown}, {service.platform} calls {wanted}",
            hint="--bind 0.0.0.0:$PORT"
            if host.serves_port
            else f"--bind 0.0.0.0:{wanted}, or internal_port = {shown}",
            where=str(process.binds[0].place),
            component=service.name,
        )


def _unset(service: PlannedService, process: Process) -> Iterator[Finding]:
    """Fly.io sets no ``PORT``, so nothing is left of ``0.0.0.0:$PORT`` but the colon."""
    asked = [bind for bind in process.binds if str(bind.value).endswith(("$PORT", "${PORT}"))]
    if service.platform == "fly" and asked and process.variable("PORT") is None:
        yield warn(
            f"{asked[0]} needs a variable PORT, which Fly.io does not set",
            hint='PORT = "8080" in [env] of fly.toml, or write the number',
            where=str(asked[0].place),
            component=service.name,
        )


def _reachable(process: Process) -> list[Value]:
    """Where it listens for others than itself."""
    return [bind for bind in process.binds if not _LOOPBACK.match(str(bind.value))]


def _wanted(service: PlannedService, process: Process, host: Host) -> str | None:
    """The port that is called, ``$PORT`` where only the platform knows it, ``None`` for any."""
    if host.serves_port:
        said: Value | None = process.variable("PORT")
        return str(said.value) if said is not None else "$PORT"
    if service.platform == "fly":
        return str(service.port.value) if service.port is not None else str(_FLY_PORT)
    return None


def _gunicorns(boot: Boot) -> Iterator[tuple[PlannedService, Process]]:
    for service, process in boot.plan.gunicorns if boot.plan is not None else ():
        if service.process == "web" and service.platform:
            yield service, process
