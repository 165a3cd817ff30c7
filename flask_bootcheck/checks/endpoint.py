"""Are our paths ours?"""

from __future__ import annotations

from collections.abc import Iterator

from ..boot import Boot, Stage
from ..findings import Finding, warn
from ..registry import check
from ..settings import Settings


@check("endpoint.path-taken", stage=Stage.APP)
def paths_are_free(boot: Boot) -> Iterator[Finding]:
    """No route of the app stands at our paths.

    Why: a route of the app keeps its path, so our answer is not given there, and the platform polls
    something else than it was told.

    Fix: remove the route, or move ours with `BOOTCHECK_PATH`, `BOOTCHECK_READY_PATH` and
    `BOOTCHECK_LIVE_PATH`.
    """
    assert boot.app is not None  # noqa: S101 - the runner skips without
    for path, endpoint in taken_paths(boot.app.url_map.iter_rules(), boot.settings).items():
        yield warn(
            f"the app has a route at {path}, which keeps it",
            hint="remove it, or move ours with BOOTCHECK_PATH",
            where=f"endpoint {endpoint}",
        )


def taken_paths(rules: Iterator[object], settings: Settings) -> dict[str, str]:
    """Our paths that have a route of the app, each with its endpoint. One with variables in
    it, such as a catch-all, takes nothing: ours is more exact."""
    ours = {settings.path, settings.ready_path, settings.live_path} - {""}
    return {
        str(getattr(rule, "rule", "")).rstrip("/"): str(getattr(rule, "endpoint", ""))
        for rule in rules
        if not getattr(rule, "build_only", False)
        and str(getattr(rule, "rule", "")).rstrip("/") in ours
    }
