"""Programs that run another, given behind their own words."""

from __future__ import annotations

from dataclasses import dataclass

from .shell import Word


@dataclass(frozen=True, slots=True)
class Wrapper:
    """A program that runs another: the subcommands that do (``run``), its options that take a value,
    how many words of its own stand before the command, and whether that begins behind ``--`` only."""

    subcommands: tuple[str, ...] = ()
    valued: frozenset[str] = frozenset()
    own_words: int = 0
    dashes: bool = False


def _options(*names: str) -> frozenset[str]:
    return frozenset(names)


WRAPPERS = {
    "exec": Wrapper(valued=_options("-a")),
    "command": Wrapper(),
    "nohup": Wrapper(),
    "time": Wrapper(),
    "setsid": Wrapper(),
    "nice": Wrapper(valued=_options("-n", "--adjustment")),
    "ionice": Wrapper(valued=_options("-c", "-n", "--class", "--classdata")),
    "stdbuf": Wrapper(valued=_options("-i", "-o", "-e")),
    "timeout": Wrapper(valued=_options("-k", "-s", "--kill-after", "--signal"), own_words=1),
    "sudo": Wrapper(valued=_options("-u", "-g", "--user", "--group")),
    "gosu": Wrapper(own_words=1),
    "su-exec": Wrapper(own_words=1),
    "setpriv": Wrapper(valued=_options("--reuid", "--regid")),
    "dumb-init": Wrapper(valued=_options("-r", "--rewrite")),
    "tini": Wrapper(valued=_options("-p", "-e")),
    "catatonit": Wrapper(),
    "doppler": Wrapper(("run",), _options("-p", "--project", "-c", "--config", "-t", "--token")),
    "infisical": Wrapper(("run",), dashes=True),
    "op": Wrapper(("run",), dashes=True),
    "dotenv": Wrapper(("run",), _options("-f", "--file", "-q", "--quote", "-e", "--export")),
    "chamber": Wrapper(("exec",), dashes=True),
    "aws-vault": Wrapper(("exec",), dashes=True),
    "poetry": Wrapper(("run",), _options("-C", "--directory", "-P", "--project")),
    "pipenv": Wrapper(("run",)),
    "pdm": Wrapper(("run",), _options("-p", "--project")),
    "rye": Wrapper(("run",)),
    "hatch": Wrapper(("run",), _options("-e", "--env")),
    "uv": Wrapper(
        ("run",),
        _options(
            *("--extra", "--group", "--with", "--python", "-p", "--project", "--directory"),
            *("--env-file", "--no-group", "--package", "--index", "--with-requirements"),
        ),
    ),
    "uvx": Wrapper(valued=_options("--with", "--from", "--python", "-p")),
    "conda": Wrapper(("run",), _options("-n", "--name", "-p", "--prefix")),
    "micromamba": Wrapper(("run",), _options("-n", "--name", "-p", "--prefix")),
    "pixi": Wrapper(("run",), _options("-e", "--environment")),
    "ddtrace-run": Wrapper(),
    "opentelemetry-instrument": Wrapper(dashes=False, valued=_options("--service_name")),
    "newrelic-admin": Wrapper(("run-program",)),
    "scout-apm": Wrapper(),
    "wait-for-it": Wrapper(dashes=True),
    "wait-for-it.sh": Wrapper(dashes=True),
    "wait-for": Wrapper(dashes=True),
    "dockerize": Wrapper(valued=_options("-wait", "-timeout", "-template", "-wait-retry-interval")),
    # Those of Heroku's buildpacks are in bin/, and in no project.
    "start-nginx": Wrapper(),
    "start-pgbouncer": Wrapper(),
    "start-pgbouncer-stunnel": Wrapper(),
    "start-stunnel": Wrapper(),
    "qgtunnel": Wrapper(),
    "xvfb-run": Wrapper(valued=_options("-n", "-s")),
}


def unwrap(wrapper: Wrapper, words: tuple[Word, ...]) -> tuple[Word, ...]:
    """The words of the command inside; none when this is not what the wrapper does here."""
    rest = list(words[1:])
    if wrapper.dashes:
        texts = [word.text for word in rest]
        if wrapper.subcommands and not set(wrapper.subcommands) & set(texts[:1]):
            return ()
        return tuple(rest[texts.index("--") + 1 :]) if "--" in texts else ()
    needed, own = bool(wrapper.subcommands), wrapper.own_words
    while rest:
        text = rest[0].text
        if text == "--":
            return tuple(rest[1:]) if not needed else ()
        if text.startswith("-"):
            rest = rest[2 if text in wrapper.valued else 1 :]
        elif needed:
            if text not in wrapper.subcommands:
                return ()
            needed, rest = False, rest[1:]
        elif own:
            own, rest = own - 1, rest[1:]
        else:
            return tuple(rest)
    return ()
