"""Is each setting where it is read?"""

from __future__ import annotations

from collections.abc import Iterator

from ..boot import Boot, Stage
from ..findings import Finding, warn
from ..registry import check
from ..settings import MASTER_NAMES, unknown_names


@check("config.setting-misplaced", stage=Stage.APP)
def settings_are_where_they_are_read(boot: Boot) -> Iterator[Finding]:
    """Every `BOOTCHECK_*` setting stands where it is read, and is one.

    Why: what decides about workers is read in gunicorn's master, which never sees `app.config`: there
    it is followed in part only. A name that nobody reads does nothing at all.

    Fix: move it to the environment, or to `install(globals(), ...)` in `gunicorn.conf.py`.
    """
    config = boot.app.config if boot.app is not None else {}
    for name in MASTER_NAMES:
        if config.get(name) is not None and name not in boot.environ:
            yield warn(
                f"{name} is in app.config, which gunicorn's master never sees",
                hint=f"set it in the environment, or install(globals(), "
                f"{name.removeprefix('BOOTCHECK_').lower()}=...) in gunicorn.conf.py",
                where=f'app.config["{name}"]',
            )
    for place, names in (("environment", boot.environ), ("app.config", config)):
        for name, nearest in unknown_names(names).items():
            yield warn(
                f"{name} is no setting of flask-bootcheck",
                hint=f"did you mean {nearest}?" if nearest else "nothing reads it: remove it",
                where=place,
            )
