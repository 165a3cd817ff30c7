"""How properties are tried: the same examples in each run of the gate, dice in ``make fuzz``."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

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
