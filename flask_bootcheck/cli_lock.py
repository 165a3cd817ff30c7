"""``flask bootcheck lock``: write down what the app must have from now on."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import click

from .boot import LoadError
from .cli_environ import left_out
from .cli_options import AsIf, boot_of_files, serves_itself, target_of
from .errors import BootCheckError
from .findings import fail
from .formats.text import finding_line
from .lock.file import FILE_NAME, KINDS, Lock, LockError, NewerLock, parse_lock, render_lock
from .redaction import Redactor
from .terminal import Failure, progress
from .trial import Order, Outcome, run_trial


@click.command("lock")
@click.option("--check", "only_check", is_flag=True, help="Write nothing; exit 1 if it would.")
@click.option(
    "--boot-timeout", type=click.FloatRange(min=0, min_open=True), default=300.0, show_default=True
)
@click.pass_context
def lock(ctx: click.Context, /, only_check: bool, boot_timeout: float) -> None:
    """Write bootcheck.lock: the blueprints and routes that must be there from now on.

    Says what has changed against the one that was there. Exit code 0: written, or nothing to
    write, 1: the app does not load, or --check has found a difference, 2: bad usage.
    """
    missed = left_out(ctx)
    missed.announce()
    try:
        boot = boot_of_files(AsIf(), Path.cwd())
        target, folder = target_of(ctx, boot)
        path = folder / FILE_NAME  # where the server is started, and each worker looks
        before = _read(path, only_check)
        order = Order(target, boot_timeout, lock=True, serves_itself=serves_itself(boot))
        outcome = _boot(order, folder)
    except BootCheckError as error:
        raise Failure(str(error)) from None
    if outcome.lock is None:
        _tell_error(missed.explain(outcome.trial.error))
        ctx.exit(1)
    differs = _tell_changes(before, outcome.lock, only_check)
    if only_check:
        ctx.exit(int(differs))
    if differs:
        _write(path, outcome.lock)


def _read(path: Path, only_check: bool) -> Lock | None:
    """The lock that is there. One that cannot be read is told of, and written anew.

    :raises LockError: where nothing shall be written, or one of the future would be overwritten.
    """
    try:
        return parse_lock(path.read_text("utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise LockError(f"{path.name} cannot be read: {error}") from None
    except LockError as error:
        if only_check or isinstance(error, NewerLock):
            raise
        click.echo(f"{error}", err=True)
        return None


def _boot(order: Order, folder: Path) -> Outcome:
    with progress(f"booting {order.target or 'the app'} in a trial"):
        return run_trial(order, os.environ, folder)


def _tell_error(error: LoadError | None) -> None:
    if error is not None:
        finding = fail(error.message, where=error.where)
        line = finding_line(f"app.{error.during}-failed", finding)
        hint = f"\nhint  {error.hint}" if error.hint else ""
        click.echo(Redactor.of(os.environ)(line + hint), err=True)


def _tell_changes(before: Lock | None, after: Lock, only_check: bool) -> bool:
    """Say what is new and what is gone, and whether anything is."""
    counted = [f"{n} {kind}{'s' * (n != 1)}" for kind in KINDS for n in [after.count(kind)]]
    what = f"{', '.join(counted)} of {after.app}"
    if before is not None and render_lock(before) == render_lock(after):
        click.echo(f"{FILE_NAME} is up to date: {what}")
        return False
    if before is not None:
        click.echo("\n".join(_difference(before, after)))
    verb = "would be" if only_check else "is"
    click.echo(f"{FILE_NAME} {verb} {'written' if before is None else 'updated'}: {what}")
    return True


def _difference(before: Lock, after: Lock) -> Iterator[str]:
    """As a diff: sorted, so that an endpoint that has moved stands beside where it was."""
    if before.app != after.app:
        yield from (f"- app {before.app}", f"+ app {after.app}")
    changed = before.entries ^ after.entries
    for entry in sorted(changed, key=lambda entry: (entry, entry in after.entries)):
        yield f"{'+' if entry in after.entries else '-'} {entry}"


def _write(path: Path, lock: Lock) -> None:
    try:
        path.write_text(render_lock(lock), "utf-8")
    except OSError as error:
        raise Failure(f"{path}: {error.strerror}") from None
