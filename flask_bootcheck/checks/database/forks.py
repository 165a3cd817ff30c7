"""Does each worker have connections of its own?"""

from __future__ import annotations

from collections.abc import Iterator

from ...boot import Boot, Stage
from ...engines import describe, known_engines
from ...findings import Finding, fail, warn
from ...inherited import Inherited, inherited_by
from ...registry import check
from .connections import app_of


@check("database.shared-after-fork", stage=Stage.WORKER, needs="sqlalchemy")
def connections_are_its_own(boot: Boot) -> Iterator[Finding]:
    """No connection was open in gunicorn's master when it forked its workers.

    Why: with `--preload` the app is imported before the fork. A query there leaves a connection in the
    pool, and all workers go on with that one socket: they read the answers to each other's queries.
    Queue pools are given to each worker anew, unless `BOOTCHECK_DISPOSE_AFTER_FORK` is off, and this
    warns; left as they are, it fails.

    Fix: `engine.dispose()` at the end of what connects at import. A session or connection in a global
    must be closed before the fork: no new pool can help it.
    """
    for known in known_engines(app_of(boot)):
        inherited = inherited_by(known.engine)
        if inherited is not None:
            yield _judge(boot, inherited, describe(known.engine), known.name)


def _judge(boot: Boot, inherited: Inherited, named: str, component: str) -> Finding:
    count = inherited.idle + inherited.held
    opened = f"{named}: {_connections(count)} opened before the fork"
    is_alone = boot.server is not None and boot.server.workers == 1
    tell, hint = warn, "engine.dispose() at the end of what connects at import"
    if not inherited.is_replaced:
        tell = warn if is_alone else fail
        said = "every worker goes on with the same"
        hint = "BOOTCHECK_DISPOSE_AFTER_FORK=1, or engine.dispose(close=False) in post_fork"
    elif inherited.held:
        said = f"{inherited.held} in use at that moment: whoever holds one still shares it"
        hint = "close sessions and connections before the fork"
    else:
        said = "each worker was given a pool of its own"
    return tell(
        f"{opened}, {said}", hint=hint, observed=count, unit="connections", component=component
    )


def _connections(count: int) -> str:
    return "1 connection was" if count == 1 else f"{count} connections were"
