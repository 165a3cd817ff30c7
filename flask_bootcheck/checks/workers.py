"""Are there enough workers, and not too many?"""

from __future__ import annotations

import math
from collections.abc import Iterator

from ..boot import Boot, Instance, Stage
from ..findings import Finding, fail, warn
from ..memory.size import format_size
from ..registry import check

#: Boots that fail in a row: one or two may be an accident.
_LOOP = 3
_OUR_CONF = "python:flask_bootcheck.gunicorn.conf"


@check("workers.not-ready", stage=Stage.LIVE, needs="instance")
def enough_are_ready(boot: Boot) -> Iterator[Finding | str]:
    """As many workers are ready as there should be.

    Why: until all were ready once, the instance is booting and must not get traffic. After that one
    missing worker is a warning: recycling, or one kill, must not take out the healthy ones. Fewer than
    `BOOTCHECK_MIN_READY` fails. After SIGUSR2 the old master serves on while the new one boots, on the
    same socket: then booting is a warning, too.

    Fix: look at the log of the worker that is missing. A boot that takes longer than
    `BOOTCHECK_BOOT_TIMEOUT` after the first worker was ready is let through with a warning.
    """
    instance = _instance(boot)
    if instance.target is None:
        yield "worker count unknown"
        return
    said = f"{instance.ready} of {instance.target} workers ready"
    details = {"observed": instance.ready, "limit": instance.target, "unit": "workers"}
    settings = boot.settings
    if not instance.booted and instance.waited <= settings.boot_timeout:
        tell = warn if instance.beside else fail
        yield tell(
            f"booting: {instance.why if instance.deciding else said}",
            hint="the others have not finished their boot yet",
            **details,
        )
    elif instance.ready < min(settings.min_ready, instance.target):
        yield fail(
            f"{said}, at least {settings.min_ready} must be",
            hint="the log of the workers says why they ended or do not finish their boot",
            **details,
        )
    elif instance.ready < instance.target:
        late = "" if instance.booted else f" {settings.boot_timeout:g} s after the first"
        yield warn(f"{said}{late}", hint="one is being replaced, or hangs in its boot", **details)
    else:
        yield said


@check("workers.exceed-maximum", stage=Stage.LIVE, needs="instance")
def within_maximum(boot: Boot) -> Iterator[Finding]:
    """There are no more workers than `BOOTCHECK_MAX_WORKERS`.

    Why: the bound was set for a reason: memory, or the connections a database allows.

    Fix: lower `workers` in the gunicorn configuration or `WEB_CONCURRENCY`, or raise the bound.
    """
    instance, maximum = _instance(boot), boot.settings.max_workers
    if maximum is not None and (instance.target or instance.ready) > maximum:
        count = instance.target or instance.ready
        yield fail(
            f"{count} workers, {maximum} allowed",
            hint="lower workers or WEB_CONCURRENCY, or raise BOOTCHECK_MAX_WORKERS",
            observed=count,
            limit=maximum,
            unit="workers",
        )


@check("workers.exceed-memory", stage=Stage.LIVE, needs="instance")
def fit_memory(boot: Boot) -> Iterator[Finding | str]:
    """What the ready workers need fits into the memory limit, with `BOOTCHECK_MEMORY_HEADROOM` free.

    Why: the kernel kills what exceeds the limit, gunicorn starts it again, and so on. Each page is
    counted once, plus page tables and kernel stacks; file cache does not count, it gives way.

    Fix: fewer workers, `--preload`, threads in place of workers, or more memory.
    """
    instance, limit = _instance(boot), boot.limits.memory
    if limit.value is None:
        return
    asked = min(instance.configured or 0, boot.settings.max_workers or instance.configured or 0)
    if instance.fits is not None and asked > instance.fits:
        yield warn(
            f"{instance.configured} workers asked for, {instance.fits} fit in "
            f"{format_size(limit.value)}; running {instance.target}",
            hint=instance.why or "fewer workers, or more memory",
            where=instance.where,
            observed=instance.configured,
            limit=instance.fits,
            unit="workers",
            component="gunicorn",
        )
    if instance.need is None:
        return
    free = limit.value * (1 - boot.settings.memory_headroom)
    said = (
        f"{instance.measured} workers need {format_size(instance.need)} "
        f"of {format_size(limit.value)}"
    )
    if instance.need <= free:
        yield said
        return
    tell = fail if instance.need > limit.value else warn
    yield tell(
        said,
        hint=f"fewer workers: {format_size(free)} are left after the headroom of "
        f"{boot.settings.memory_headroom:.0%}",
        observed=instance.need,
        limit=int(limit.value),
        unit="bytes",
    )


@check("workers.from-host-cpus", stage=Stage.LIVE, needs="instance")
def follow_quota(boot: Boot) -> Iterator[Finding]:
    """The worker count asked for follows the container's CPU quota, not the CPUs of its host.

    Why: `multiprocessing.cpu_count()` sees the host. `cpu_count() * 2 + 1` is 97 workers on 48 CPUs, in
    a container that may use one of them: nothing gets faster, and each takes its memory. Noticed is a
    count that is n, 2n or 2n + 1 on the host's n CPUs, and more than 2q + 1 for a quota of q.

    Fix: write the number, set `WEB_CONCURRENCY`, or count with `len(os.sched_getaffinity(0))` and the
    quota in mind; `flask bootcheck forecast` recommends one.
    """
    instance, quota, cpus = _instance(boot), boot.limits.cpus.value, boot.limits.machine_cpus
    asked = instance.configured
    if asked is None or quota is None or cpus is None or quota >= cpus:
        return
    formula = {cpus: "one", 2 * cpus: "two", 2 * cpus + 1: "two and one"}.get(asked)
    enough = max(1, math.floor(2 * quota + 1))
    if formula is not None and asked > enough:
        yield warn(
            f"{asked} workers asked for: {formula} a CPU of the host's {cpus}, "
            f"where {quota:g} may be used",
            hint=f"{enough} keep that busy: write the number, or set WEB_CONCURRENCY={enough}",
            where=instance.where,
            observed=asked,
            limit=enough,
            unit="workers",
            component="gunicorn",
        )


@check("workers.oom-killed", stage=Stage.LIVE, needs="instance")
def none_was_killed(boot: Boot) -> Iterator[Finding | str]:
    """The kernel has killed no process of this container since its server started.

    Why: a worker that is killed for memory takes its requests with it, and gunicorn starts the next one
    into the same. The figure is the kernel's own counter, so gunicorn's timeout kills are not in it, and
    a killed child of a worker is. Where a container is killed as a whole (`memory.oom.group`, as
    Kubernetes sets it), its successor cannot know: the platform tells, as `OOMKilled`.

    Fix: fewer workers, `--max-requests` when they grow with time, or more memory.
    """
    kills = _instance(boot).kills
    if kills is None:
        yield "not counted here"
    elif kills:
        yield warn(
            f"the kernel killed {kills} {'process' if kills == 1 else 'processes'} for memory",
            hint="fewer workers, --max-requests 500 when they grow with time, or more memory",
            observed=kills,
            unit="kills",
        )


@check("workers.crash-loop", stage=Stage.LIVE, needs="instance")
def workers_do_boot(boot: Boot) -> Iterator[Finding]:
    """Workers do not die again and again before they are ready.

    Why: gunicorn forks the next one, for hours if need be, and nobody is told.

    Fix: the log of the workers says what they die of; killed by the kernel, it is memory.
    """
    instance = _instance(boot)
    is_whole = instance.target is not None and instance.ready >= instance.target
    if instance.boot_deaths >= _LOOP and not is_whole:
        killed = f", {instance.kills} killed by the kernel for memory" if instance.kills else ""
        yield fail(
            f"{instance.boot_deaths} workers in a row died before they were ready{killed}",
            hint="fewer workers or more memory" if killed else "see the log of the workers",
            observed=instance.boot_deaths,
            limit=_LOOP,
            unit="workers",
        )


@check("workers.governor-off", stage=Stage.WORKER, needs="server")
def governor_is_in(boot: Boot) -> Iterator[Finding]:
    """The governor works where it was asked for.

    Why: of several `-c` gunicorn takes the last one, and one on the command line wins over the one in
    `GUNICORN_CMD_ARGS`, both without a word. And a conf that defines its hooks below our line replaces
    ours. Then nobody holds the workers to what fits.

    Fix: put ours where the other stands, and name the other in `BOOTCHECK_GUNICORN_CONF`; or end the
    other with `from flask_bootcheck.gunicorn import install; install(globals())`, as its last line.
    """
    server = boot.server
    if server is None or not server.ungoverned:
        return
    if server.ungoverned == "outvoted":
        why = f"-c {server.conf} won over -c {_OUR_CONF}"
        hint = f"-c {_OUR_CONF} in its place, with BOOTCHECK_GUNICORN_CONF={server.conf}"
    else:
        why = f"{server.conf} defines its hooks again below install(globals())"
        hint = "move install(globals()) to its last line"
    yield warn(f"the governor is off: {why}", hint=hint, where=server.conf, component="gunicorn")


def _instance(boot: Boot) -> Instance:
    assert boot.instance is not None  # noqa: S101 - the runner skips without
    return boot.instance
