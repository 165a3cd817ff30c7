"""Probes in gunicorn's access log."""

from __future__ import annotations

from typing import Any

import pytest
from gunicorn.config import Config
from gunicorn.glogging import Logger

from flask_bootcheck.gunicorn.accesslog import leave_out_probes


class Log:
    """A logger class of the user's, which writes what it likes."""

    def __init__(self):
        self.lines = []

    def access(self, resp, req, environ, request_time):
        self.lines.append((resp, req, environ["PATH_INFO"], request_time))

    def exception(self, text):
        self.lines.append(text)


def is_probe(environ):
    return environ["PATH_INFO"] == "/healthz"


def test_probes_are_left_out_and_all_else_goes_the_way_it_went():
    log = Log()
    leave_out_probes(log, is_probe)
    log.access("resp", "req", {"PATH_INFO": "/healthz"}, 1)
    log.access("resp", "req", {"PATH_INFO": "/"}, 2)
    assert log.lines == [("resp", "req", "/", 2)]


def test_when_we_cannot_tell_the_line_is_written():
    log = Log()
    leave_out_probes(log, is_probe)
    with pytest.raises(KeyError):  # of the user's own, who needs the path as well
        log.access("resp", "req", {}, 1)
    assert log.lines == ["bootcheck: a request could not be told from a probe"]


def test_a_logger_without_an_access_log_is_left_alone():
    leave_out_probes(object(), is_probe)


def test_gunicorns_own_logger_keeps_its_class():
    """So that a user's isinstance, and a reopening of its files, go on."""
    log: Any = Logger(Config())
    leave_out_probes(log, is_probe)
    log.access(None, None, {"PATH_INFO": "/healthz"}, None)
    assert type(log) is Logger
