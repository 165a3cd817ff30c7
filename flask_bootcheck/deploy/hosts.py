"""What a hosting platform does to the containers it runs: one line a platform."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Host:
    """``cpus`` is what a container counts where nothing else is said, ``sees_host`` that these are
    the CPUs of the machine and not what it may use, ``machine`` what is known to have as many, empty
    where they are but an example. ``injected`` are variables only the platform knows,
    ``serves_port`` that requests come to ``PORT`` and nowhere else. ``calls_path`` that a health path
    can be given, ``health_host`` the Host header of its calls, ``takes_redirects`` that a redirect
    is healthy. ``health_seconds`` is how long it waits for a first answer."""

    name: str
    cpus: int = 48
    sees_host: bool = True
    machine: str = ""
    injected: frozenset[str] = frozenset()
    serves_port: bool = False
    calls_path: bool = False
    health_host: str = ""
    takes_redirects: bool = True
    health_seconds: int | None = None


_PORT = frozenset({"PORT"})

HOSTS = {
    host.name: host
    for host in (
        Host(
            "railway",
            machine="a host",
            injected=_PORT,
            serves_port=True,
            calls_path=True,
            health_host="healthcheck.railway.app",
            takes_redirects=False,
            health_seconds=300,
        ),
        Host("render", injected=_PORT, calls_path=True, health_host="app.onrender.com"),
        Host("fly", cpus=1, sees_host=False, calls_path=True, takes_redirects=False),
        Host(
            "heroku",
            cpus=8,
            sees_host=False,
            machine="a dyno",
            injected=_PORT | {"WEB_CONCURRENCY"},
            serves_port=True,
        ),
        Host("docker"),
    )
}
#: A machine that nobody named.
SOMEWHERE = Host("")


def host_of(platform: str) -> Host:
    """The host of that name, else :data:`SOMEWHERE`."""
    return HOSTS.get(platform, SOMEWHERE)
