"""``flask bootcheck wait``: ask a URL as the platform would, until it answers 200."""

from __future__ import annotations

import http.client
import time
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

import click

from .terminal import Failure

#: A single call that takes longer has not answered.
_CALL_SECONDS = 10.0


@click.command("wait")
@click.argument("url")
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=300.0,
    show_default=True,
    help="Seconds until it is given up.",
)
@click.option(
    "--interval",
    type=click.FloatRange(min=0, min_open=True),
    default=1.0,
    show_default=True,
    help="Seconds between two calls.",
)
@click.option("--host", default="", help="Host header, such as healthcheck.railway.app.")
@click.pass_context
def wait(ctx: click.Context, /, url: str, timeout: float, interval: float, host: str) -> None:
    """Call URL until it answers exactly 200; redirects are not followed.

    Says what it sees when that changes. Exit code 0: 200, 1: not within the timeout, 2: bad usage.
    The app is not imported.
    """
    target = _target(url)
    began, seen = time.monotonic(), ""
    while True:
        answer = _call(target, host)
        seconds = time.monotonic() - began
        if answer.said != seen:
            seen = answer.said
            click.echo(f"{seconds:6.1f} s  {seen}")
        if answer.status == 200:
            return
        if seconds + interval > timeout:
            break
        time.sleep(interval)
    click.echo(f"not 200 within {timeout:g} s", err=True)
    ctx.exit(1)


def _target(url: str) -> SplitResult:
    try:
        found = urlsplit(url)
        good = found.scheme in ("http", "https") and found.hostname and found.port != 0
    except ValueError:
        good = False
    if not good:
        raise Failure(f"{url!r} is no URL such as http://127.0.0.1:8000/healthz")
    return found


@dataclass(frozen=True, slots=True)
class _Answer:
    """A status, 0 where there was no answer, and that in words."""

    status: int
    said: str


def _call(target: SplitResult, host: str) -> _Answer:
    kind = http.client.HTTPSConnection if target.scheme == "https" else http.client.HTTPConnection
    connection = kind(target.hostname or "", target.port, timeout=_CALL_SECONDS)
    path = (target.path or "/") + (f"?{target.query}" if target.query else "")
    headers = {"User-Agent": "flask-bootcheck wait", **({"Host": host} if host else {})}
    try:
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        return _Answer(response.status, _in_words(response))
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        return _Answer(0, f"no answer: {reason}")
    finally:
        connection.close()


def _in_words(response: http.client.HTTPResponse) -> str:
    said = f"{response.status} {response.reason}".rstrip()
    if 300 <= response.status < 400:
        return f"{said} to {response.getheader('Location', '?')}, which Railway does not follow"
    return f"{said}: only 200 will do" if 200 < response.status < 300 else said
