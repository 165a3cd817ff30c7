"""gunicorn's command line, as far as it decides what runs. Works where gunicorn is not installed.

Every option of every version is in the table, since one that is not known would be taken for the
app. A test holds it against the parser of the gunicorn that is installed.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any, NoReturn

from .source import words_in

#: The options we read: name in a conf, flags.
READ = {
    "config": ("-c", "--config"),
    "bind": ("-b", "--bind"),
    "workers": ("-w", "--workers"),
    "worker_class": ("-k", "--worker-class"),
    "threads": ("--threads",),
    "timeout": ("-t", "--timeout"),
    "chdir": ("--chdir",),
    "worker_tmp_dir": ("--worker-tmp-dir",),
    "raw_env": ("-e", "--env"),
    "pythonpath": ("--pythonpath",),
}
_SWITCHES = {"preload_app": ("--preload",), "control_socket_disable": ("--no-control-socket",)}
_SEVERAL = frozenset(["bind", "raw_env"])
_OTHER_VALUES = words_in("""
--backlog --worker-connections --max-requests --max-requests-jitter --graceful-timeout
--keep-alive --limit-request-line --limit-request-fields --limit-request-field_size
--reload-engine --reload-extra-file --user --group --umask --pid --forwarded-allow-ips
--access-logfile --access-logformat --error-logfile --log-file --log-level --logger-class
--log-config --log-config-json --log-syslog-to --log-syslog-prefix --log-syslog-facility
--statsd-host --dogstatsd-tags --statsd-prefix --name --paste --paster --proxy-allow-from
--protocol --uwsgi-allow-from --keyfile --certfile --ssl-version --cert-reqs --ca-certs
--ciphers --http-protocols --http2-cleartext --http2-max-concurrent-streams
--http2-initial-window-size --http2-max-frame-size --http2-max-header-list-size --paste-global
--forwarder-headers --header-map --asgi-loop --asgi-lifespan --asgi-disconnect-grace-period
--websocket-max-message-size --http-parser --root-path --dirty-app --dirty-workers
--dirty-timeout --dirty-threads --dirty-graceful-timeout --control-socket --control-socket-mode
-u -g -m -p -n --log-config-dict
""")
_OTHER_SWITCHES = words_in("""
--reload --spew --check-config --print-config --no-sendfile --reuse-port -D --daemon
--initgroups --disable-redirect-access-to-syslog --capture-output --log-syslog -R
--enable-stdio-inheritance --enable-backlog-metric --suppress-ragged-eofs
--do-handshake-on-connect --permit-obsolete-folding --strip-header-spaces
--permit-unconventional-http-method --permit-unconventional-http-version --casefold-http-method
--tolerate-dangerous-framing -v --version
""")


class BadOption(Exception):
    """gunicorn would not take these arguments; the message says why."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise BadOption(message)


class _NoHelp(argparse.HelpFormatter):
    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=80)


def parse_options(arguments: Sequence[str]) -> dict[str, Any]:
    """What was asked for, by the names of a conf; ``target`` is the app.

    :raises BadOption: when gunicorn would refuse.
    """
    try:
        found = vars(_parser().parse_intermixed_args(list(arguments)))
    except (argparse.ArgumentError, TypeError, ValueError) as error:
        raise BadOption(str(error)) from None
    targets = found.pop("targets")
    found.pop("_", None)
    known = {name: value for name, value in found.items() if value not in (None, False)}
    if targets:
        known["target"] = targets[0]
    return known


def takes_value(word: str) -> bool:
    """Whether the next word is the value of this option."""
    return word in _OTHER_VALUES or any(word in flags for flags in READ.values())


def _parser() -> _Parser:
    # Nobody sees a usage; to fit one into the terminal takes most of the time.
    parser = _Parser(add_help=False, usage="", formatter_class=_NoHelp)
    for name, flags in READ.items():
        parser.add_argument(*flags, dest=name, action="append" if name in _SEVERAL else "store")
    for name, flags in _SWITCHES.items():
        parser.add_argument(*flags, dest=name, action="store_true")
    for flag in _OTHER_VALUES:
        parser.add_argument(flag, dest="_", default=argparse.SUPPRESS)
    for flag in _OTHER_SWITCHES:
        parser.add_argument(flag, dest="_", action="store_true", default=argparse.SUPPRESS)
    # It takes a value or none; with intermixed arguments the app could be taken for the value.
    parser.add_argument(
        "--proxy-protocol", dest="_", action="store_true", default=argparse.SUPPRESS
    )
    parser.add_argument("targets", nargs="*")
    return parser
