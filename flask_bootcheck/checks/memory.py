"""Is the container within its memory limit, and do we know that limit?"""

from __future__ import annotations

from collections.abc import Iterator

from ..boot import Boot, Stage
from ..findings import Finding, fail, warn
from ..memory.size import format_size
from ..registry import check

#: Of the limit: nearer than this the next request may be the one that is killed.
_NEAR = 0.95


@check("memory.over-limit", stage=Stage.LIVE, needs="instance")
def within_limit(boot: Boot) -> Iterator[Finding]:
    """What the container uses now is below its limit.

    Why: at the limit the kernel kills a process of the container, most likely a worker in the middle
    of a request. What the kernel can reclaim (file cache) is not counted.

    Fix: fewer workers, more memory, or `--max-requests` when workers grow with time.
    """
    instance, limit = boot.instance, boot.limits.memory
    if instance is None or instance.used is None or limit.value is None:
        return
    share = instance.used / limit.value
    if share > _NEAR:
        tell = fail if share > 1 else warn
        yield tell(
            f"{format_size(instance.used)} of {format_size(limit.value)} in use",
            hint="fewer workers or more memory, before the kernel decides which process goes",
            observed=instance.used,
            limit=int(limit.value),
            unit="bytes",
        )


@check("memory.reload-doubles", stage=Stage.LIVE, needs="instance")
def reload_fits(boot: Boot) -> Iterator[Finding]:
    """A reload of gunicorn (SIGHUP) fits into the memory limit.

    Why: gunicorn forks all new workers before it ends the old, so for a moment it needs room for both.
    The governor admits as many new ones as fit beside the old; without it nobody does.

    Fix: restart in place of a reload, run fewer workers, or let the governor in:
    `-c python:flask_bootcheck.gunicorn.conf`.
    """
    instance, limit, server = boot.instance, boot.limits.memory, boot.server
    if instance is None or instance.need is None or limit.value is None:
        return
    if server is None or server.name != "gunicorn":
        return
    if instance.governed and boot.settings.overcommit != "warn":
        return
    need = 2 * instance.need
    if need > limit.value:
        yield warn(
            f"a reload needs {format_size(need)} of {format_size(limit.value)}: for the old workers "
            "and the new",
            hint="restart instead, or let the governor in: -c python:flask_bootcheck.gunicorn.conf",
            observed=need,
            limit=int(limit.value),
            unit="bytes",
            component="gunicorn",
        )


@check("memory.limit-unknown", stage=Stage.WORKER, needs="server")
def limit_is_known(boot: Boot) -> Iterator[Finding | str]:
    """The memory limit is known, from the container, the platform or a setting.

    Why: without it nobody can say whether the workers fit. It never passes silently.

    Fix: set the limit on the container, or say it in `BOOTCHECK_MEMORY_LIMIT=512M`. On a machine of
    its own that is the machine's memory, less what others need there. Under a development server
    nothing is said.
    """
    limit, server = boot.limits.memory, boot.server
    if limit.value is not None:
        yield f"{format_size(limit.value)} ({limit.source})"
        return
    if server is not None and server.development:
        yield "no memory limit; a development server needs none"
        return
    machine = boot.limits.machine_memory
    has = f"; the machine has {format_size(machine)}" if machine else ""
    yield warn(
        f"no memory limit found{has}",
        hint="set BOOTCHECK_MEMORY_LIMIT, such as 512M, or a limit on the container",
    )
