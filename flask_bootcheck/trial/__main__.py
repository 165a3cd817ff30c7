"""The subprocess of a trial. Its one argument is the order, as JSON."""

from __future__ import annotations

import faulthandler
import json
import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from ..boot import Stage, Trial
from ..deploy.reading import Asked, read_plan
from ..errors import SettingError, UsageError
from ..findings import Report
from ..lock.entries import lock_of
from ..lock.file import render_lock
from ..redaction import Redactor
from ..registry import Registry, with_entry_points
from ..settings import EXTENSION
from .explain import explain, said
from .imports import Imports
from .load import load_app
from .place import innermost
from .serving import HINT, message_of, servers_refused
from .unimported import find_unimported

if TYPE_CHECKING:
    from flask import Flask

    from ..deploy.plan import DeployPlan


class _Teller:
    """Writes lines of JSON to the parent."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        os.set_inheritable(descriptor, False)

    def __call__(self, **said: Any) -> None:
        os.write(self._descriptor, json.dumps(said).encode() + b"\n")


def main(order: dict[str, Any]) -> None:
    """Load the app, run its checks, tell."""
    tell, root = _Teller(order["answer"]), Path.cwd()
    os.set_inheritable(order["dump"], False)
    faulthandler.enable(order["dump"])
    # The parent's clock is ours, and it began before this interpreter had started.
    left = max(order["deadline"] - time.monotonic(), 0.001)
    faulthandler.dump_traceback_later(left, file=order["dump"])
    leave = _watch_hard_exit(tell, root)

    def refuse(name: str, place: str) -> None:
        if not order["serves_itself"]:
            tell(exit={"message": message_of(name), "where": place, "hint": HINT})
            leave(1)

    started, imports = time.monotonic(), Imports(root)
    try:
        with imports.watched(), servers_refused(refuse, root):
            target, app = load_app(order["target"], lambda: tell(factory=True))
    except UsageError as error:
        return tell(usage=str(error))
    except BaseException as error:
        return tell(exit=explain(error, root))
    faulthandler.cancel_dump_traceback_later()
    seconds = time.monotonic() - started
    tell(loaded=target)
    if order["lock"]:
        return tell(lock=render_lock(lock_of(app)), seconds=seconds)
    try:
        report = _look_at(app, order, Trial(target, seconds), imports)
    except (UsageError, SettingError) as error:
        return tell(usage=str(error))
    except Exception as error:  # what is left is ours, and not to be laid at the app's door
        return tell(crash=Redactor.of(os.environ, app.config)(said(error)))
    tell(report=report.to_data(), seconds=seconds)


def _look_at(app: Flask, order: dict[str, Any], trial: Trial, imports: Imports) -> Report:
    """Run the checks that are asked for. Those of blueprints come last: for them, modules are
    imported in children of this process, which the other checks shall not see."""
    from ..inspection import inspect_app

    checks, plan = _chosen(app, order), _plan(order)
    last = [check for check in checks if check.builtin and check.area == "blueprints"]
    report = inspect_app(app, Registry(check for check in checks if check not in last), trial, plan)
    if not last:
        return report
    try:
        trial = replace(trial, unimported=find_unimported(app, imports, Path.cwd()))
    except Exception as error:  # is ours, and the report must not be lost for it
        trial = replace(trial, not_searched=said(error))
    return report + inspect_app(app, Registry(last), trial)


def _plan(order: dict[str, Any]) -> DeployPlan | None:
    asked = dict(order["plan"])
    root = Path(asked.pop("root", "."))
    return read_plan(root, Asked(**asked, environ=os.environ))


def _chosen(app: Flask, order: dict[str, Any]) -> Registry:
    from ..checks import BUILT_IN

    watched = app.extensions.get(EXTENSION)
    registry = watched.registry() if watched is not None else Registry(BUILT_IN)
    whole, _ = with_entry_points(registry)
    chosen = whole.select(order["only"], order["skip"])
    return Registry(
        check
        for check in chosen
        # What is ours and needs no app, the parent runs: it is asked for without an app, too.
        if not (check.builtin and check.stage <= Stage.MASTER)
        and (order["live"] or check.stage is not Stage.LIVE)
    )


def _watch_hard_exit(tell: _Teller, root: Path) -> Callable[[int], NoReturn]:
    """``os._exit`` leaves no trace: note the place first. Gives the real one, with what the app has
    printed written out."""
    exit_at_once = os._exit

    def leave(status: int) -> NoReturn:
        with suppress(Exception):
            sys.stdout.flush()
        exit_at_once(status)

    def exit_hard(status: int) -> NoReturn:
        frames, frame = [], sys._getframe(1)
        while frame is not None:
            frames.append((frame.f_code.co_filename, frame.f_lineno))
            frame = frame.f_back  # type: ignore[assignment]
        message = f"the app exits while it loads (os._exit({status}))"
        tell(exit={"message": message, "where": innermost(frames, root)})
        exit_at_once(status)

    os._exit = exit_hard
    return leave


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
    sys.stdout.flush()
    # Threads that the app has started must not keep us.
    os.kill(os.getpid(), 9)
