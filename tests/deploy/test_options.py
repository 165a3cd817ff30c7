"""Our table of gunicorn's options is gunicorn's."""

from __future__ import annotations

import pytest

from flask_bootcheck.deploy.options import BadOption, parse_options


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("-w 2 main:app", {"workers": "2", "target": "main:app"}),
        ("main:app -w2 -kgevent", {"workers": "2", "worker_class": "gevent", "target": "main:app"}),
        ("--workers=2 --bind a --bind b", {"workers": "2", "bind": ["a", "b"]}),
        ("--preload --access-logfile - main:app", {"preload_app": True, "target": "main:app"}),
        ("--work 3", BadOption),
        ("--workers", BadOption),
        ("--no-such-thing x", BadOption),
        ("-t 5 --proxy-protocol main:app", {"timeout": "5", "target": "main:app"}),
    ],
)
def test_a_command_line(text, expected):
    if expected is BadOption:
        with pytest.raises(BadOption):
            parse_options(text.split())
    else:
        assert parse_options(text.split()) == expected


def test_every_option_of_the_gunicorn_that_is_installed_is_known():
    config = pytest.importorskip("gunicorn.config")
    for setting in config.KNOWN_SETTINGS:
        for flag in setting.cli or ():
            switch = (setting.action or "store").startswith("store_") or setting.nargs == "?"
            assert (
                parse_options([flag, *([] if switch else ["1"]), "main:app"])["target"]
                == "main:app"
            )
