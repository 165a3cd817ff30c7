"""Does the database answer?"""

from __future__ import annotations

from collections.abc import Iterator

from ...boot import Boot, Stage
from ...engines import Known, describe, known_engines, unmade_engines, why_not_made, why_not_seen
from ...findings import Attempt, Finding, fail, warn
from ...registry import check
from .connections import app_of, file_of, is_absent_file, is_private_memory, ping, reason

_SHOW_THEM = 'with app.app_context(): bootcheck.watch(db.engine, name="default")'


@check("database.unreachable", stage=Stage.LIVE, needs="database")
def every_engine_answers(boot: Boot) -> Iterator[Finding | Attempt | str]:
    """Each engine connects and answers a ping: all binds of Flask-SQLAlchemy or Flask-SQLAlchemy-Lite,
    and what `bootcheck.watch` was given.

    Why: an app without its database boots, and answers 500 to everybody. The ping of each engine has
    a deadline, `BOOTCHECK_TIMEOUT`, and a connection of its own.
    An extension that does not show its engines, such as Flask-SQLAlchemy 2, is a warning: hand them to
    `bootcheck.watch`.

    Fix: is `DATABASE_URL` the one of this environment? Does the database run, and may this
    container reach it? `BOOTCHECK_SKIP=database` for an app that can do without.
    """
    app = app_of(boot)
    if unseen := why_not_seen(app):
        yield warn(unseen, hint=_SHOW_THEM)
    for name, url in unmade_engines(app):
        said, hint = why_not_made(url)
        yield fail(f"{name} has no engine: {said}", hint=hint, component=name)
    for known in known_engines(app):
        yield from _look_for_answer(known)


def _look_for_answer(known: Known) -> Iterator[Finding | Attempt | str]:
    named = describe(known.engine)
    file = file_of(known.engine)
    if file is not None and not file.parent.is_dir():
        yield fail(
            f"{named}: there is no folder {file.parent}",
            hint="make the folder before the app starts, or mount the volume that has it",
            component=known.name,
        )
    elif is_absent_file(known.engine) or is_private_memory(known.engine):
        yield f"{named} not opened"
    else:
        yield Attempt(named, known.name)
        try:
            ping(known.engine)
        except Exception as error:
            yield fail(
                f"{named}: {reason(error)}",
                hint="is DATABASE_URL the one of this environment? --no-live skips what needs "
                "the network",
                component=known.name,
            )
        else:
            yield named
