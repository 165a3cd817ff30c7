"""Every test sees the same surroundings, whatever shell has started the tests; and properties are
tried with the same examples in each run of the gate: the dice are for ``make fuzz``."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from .helpers import clean_environ

# A busy machine, or a fixture that lasts for all examples, is no failure.
_UNHEARD = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large]

settings.register_profile(
    "gate",
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=100,
    suppress_health_check=_UNHEARD,
)
settings.register_profile(
    "explore",
    derandomize=False,
    database=None,
    deadline=None,
    max_examples=500,
    print_blob=True,
    suppress_health_check=_UNHEARD,
)
# `--hypothesis-profile=explore` replaces it before the tests are collected.
settings.load_profile("gate")


@pytest.fixture(scope="session", autouse=True)
def _same_surroundings() -> Iterator[None]:
    """What a person has exported configures nothing, and what we start can be interrupted."""
    with pytest.MonkeyPatch.context() as patch:
        for entry in filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep)):
            patch.setattr(sys, "path", [path for path in sys.path if path != entry])
        for name in os.environ.keys() - clean_environ().keys():
            patch.delenv(name)
        ignored = [number for number in _OF_A_TERMINAL if _is_ignored(number)]
        for number in ignored:
            # A handler, not SIG_DFL: it is not inherited over an exec, and we ourselves go on.
            signal.signal(number, lambda *_: None)
        yield
        for number in ignored:
            signal.signal(number, signal.SIG_IGN)


#: A shell has its background jobs ignore the one, ``nohup`` the other.
_OF_A_TERMINAL = (signal.SIGINT, signal.SIGHUP)


def _is_ignored(number: int) -> bool:
    return signal.getsignal(number) is signal.SIG_IGN
