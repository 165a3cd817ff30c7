"""What a hosting platform tells its containers in the environment: one line a platform."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Platform:
    """The names of a platform's variables; ``marker`` is there exactly when we run on it."""

    name: str
    marker: str
    release: str = ""
    service: str = ""
    memory_mb: str = ""

    def release_id(self, environ: Mapping[str, str]) -> str:
        """The commit that was deployed, empty when the platform does not say."""
        return environ.get(self.release, "")

    def service_id(self, environ: Mapping[str, str]) -> str:
        """The platform's id of this service, empty when it does not say."""
        return environ.get(self.service, "")


PLATFORMS = (
    Platform("railway", "RAILWAY_SERVICE_ID", "RAILWAY_GIT_COMMIT_SHA", "RAILWAY_SERVICE_ID"),
    Platform("render", "RENDER", "RENDER_GIT_COMMIT", "RENDER_SERVICE_ID"),
    Platform("fly", "FLY_APP_NAME", "", "FLY_APP_NAME", memory_mb="FLY_VM_MEMORY_MB"),
    # Only with the labs feature runtime-dyno-metadata.
    Platform("heroku", "DYNO", "HEROKU_BUILD_COMMIT", "HEROKU_APP_NAME", "DYNO_RAM"),
)

#: A bare machine, or a platform we do not know.
NO_PLATFORM = Platform("", "")


def detect_platform(environ: Mapping[str, str]) -> Platform:
    """The platform whose marker is in the environment, else :data:`NO_PLATFORM`."""
    return next((p for p in PLATFORMS if environ.get(p.marker)), NO_PLATFORM)
