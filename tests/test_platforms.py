"""What platforms tell their containers."""

from __future__ import annotations

import pytest

from flask_bootcheck.platforms import NO_PLATFORM, PLATFORMS, detect_platform


@pytest.mark.parametrize("platform", PLATFORMS, ids=lambda platform: platform.name)
def test_a_platform_is_known_by_its_marker(platform):
    assert detect_platform({platform.marker: "x"}) is platform


@pytest.mark.parametrize("environ", [{}, {"RENDER": ""}, {"HOME": "/root"}])
def test_without_a_marker_there_is_no_platform(environ):
    platform = detect_platform(environ)
    assert platform is NO_PLATFORM
    assert (platform.release_id(environ), platform.service_id(environ)) == ("", "")


def test_the_release_and_the_service_are_read_and_empty_where_not_given():
    environ = {"RAILWAY_SERVICE_ID": "srv-1", "RAILWAY_GIT_COMMIT_SHA": "abc"}
    railway = detect_platform(environ)
    assert (railway.release_id(environ), railway.service_id(environ)) == ("abc", "srv-1")
    fly = detect_platform({"FLY_APP_NAME": "shop"})
    assert (fly.release_id({}), fly.service_id({"FLY_APP_NAME": "shop"})) == ("", "shop")
