"""Will the start command start what it means?"""

from __future__ import annotations

from collections.abc import Iterator

from ..boot import Boot, Stage
from ..findings import Finding, fail
from ..registry import check


@check("deploy.target-missing", stage=Stage.FILES, needs="gunicorn")
def target_is_there(boot: Boot) -> Iterator[Finding]:
    """The app that the start command names is in the project.

    Why: `main:app` without a `main.py`, or without an `app` in it, is a server that exits at once.
    Railpack starts `main:app` whatever the file is called.

    Fix: name the module and the name in it. In a monorepo `--chdir backend` goes to the folder first.
    """
    for trouble in boot.plan.missing if boot.plan is not None else ():
        yield fail(
            f"the app to start is not there: {trouble.reason}",
            hint="name it as module:name, the module as it is imported from the folder it runs in",
            where=str(trouble.place),
        )


@check("deploy.port-not-expanded", stage=Stage.FILES, needs="start")
def variables_are_expanded(boot: Boot) -> Iterator[Finding]:
    """Every variable in a start command is expanded by a shell.

    Why: the exec form, `CMD ["gunicorn", "--bind", "0.0.0.0:$PORT"]`, has no shell, nor has a start
    command of Railway where a Dockerfile builds the image: gunicorn gets the text `$PORT`, which is no
    port, and exits.

    Fix: `sh -c "exec gunicorn --bind 0.0.0.0:$PORT main:app"`, or the shell form of CMD.
    """
    for service in boot.plan.services if boot.plan is not None else ():
        if service.winner is None:
            continue
        for word in service.winner.process.unexpanded:
            yield fail(
                f"no shell expands {word}: the program gets these very characters",
                hint='start it through a shell: sh -c "exec ..."',
                where=str(word.place),
                component=service.name,
            )
