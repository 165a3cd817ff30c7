"""``flask bootcheck``: before the deploy, on a laptop or in CI.

An entry point in ``flask.commands``: it runs on apps that never heard of us, and on apps that
cannot be imported.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from flask.cli import ScriptInfo

from .boot import Boot, Stage
from .checks import BUILT_IN
from .cli_forecast import forecast
from .cli_lock import lock
from .errors import BootCheckError, UsageError
from .findings import Report, Status
from .formats.json import render_json
from .formats.text import render_text
from .gunicorn.resolve import resolve_server
from .limits import read_limits
from .redaction import Redactor
from .registry import Registry, with_entry_points
from .runner import run as run_checks
from .settings import read_settings
from .terminal import Failure, print_report, progress, write_file
from .trial import Order, run_trial

_FORMATS = {"text": render_text, "json": render_json}
_FAIL_ON = {"fail": Status.FAIL, "warn": Status.WARN, "never": Status.FAIL + 1}


class _DefaultsToRun(click.Group):
    """``bootcheck [options]`` is ``bootcheck run [options]``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or (args[0].startswith("-") and args[0] != "--help"):
            self._refuse_options_before(ctx, args)
            args = ["run", *args]
        return super().parse_args(ctx, args)

    def _refuse_options_before(self, ctx: click.Context, args: list[str]) -> None:
        """Click would drop them without a word."""
        _, rest, _ = self.commands["run"].make_parser(ctx).parse_args(list(args))
        if rest and rest[0] in self.commands:
            raise click.UsageError(
                f"options stand behind the subcommand: bootcheck {rest[0]} {args[0]} ...", ctx
            )


@click.group("bootcheck", cls=_DefaultsToRun)
def bootcheck() -> None:
    """Does the app boot whole, and does it fit?

    Without a subcommand it is `run`.
    """


bootcheck.add_command(forecast)
bootcheck.add_command(lock)


@bootcheck.command("run")
@click.option("--format", "format_", type=click.Choice([*_FORMATS]), default="text")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Write it there.")
@click.option("--only", multiple=True, metavar="ID|AREA", help="Only these checks; repeatable.")
@click.option("--skip", multiple=True, metavar="ID|AREA", help="Not these checks; repeatable.")
@click.option("--fail-on", type=click.Choice([*_FAIL_ON]), default="fail", show_default=True)
@click.option("--no-live", is_flag=True, help="Leave out what needs the network.")
@click.option(
    "--boot-timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=300.0,
    show_default=True,
    help="Seconds the app may take to load.",
)
@click.pass_context
def run(ctx: click.Context, /, format_: str, output: Path | None, fail_on: str, **how: Any) -> None:
    """Run every check that needs no running server.

    The app is loaded in a subprocess, with BOOTCHECK_TRIAL=1 set. Exit code 0: pass or warn,
    1: fail, 2: bad usage.
    """
    target = ctx.ensure_object(ScriptInfo).app_import_path or ""
    order = Order(
        target, how["boot_timeout"], not how["no_live"], tuple(how["only"]), tuple(how["skip"])
    )
    for error in with_entry_points(Registry(BUILT_IN))[1]:
        click.echo(error, err=True)
    try:
        report = _examine(order, Path.cwd())
    except BootCheckError as error:
        raise Failure(str(error)) from None
    _show(report, format_, output)
    if report.status >= _FAIL_ON[fail_on]:
        ctx.exit(1)


@bootcheck.command("list")
def list_() -> None:
    """The checks there are, and when each runs."""
    checks, errors = with_entry_points(Registry(BUILT_IN))
    width = max(len(check.id) for check in checks)
    for check in checks:
        click.echo(f"{check.id:{width}}  {check.stage.name.lower():6}  {check.summary}")
    for error in errors:
        click.echo(error, err=True)


@bootcheck.command("explain")
@click.argument("check_id", metavar="ID")
def explain(check_id: str) -> None:
    """What a check looks at, why, and the fix."""
    checks, _ = with_entry_points(Registry(BUILT_IN))
    try:
        found = list(checks.select([check_id]))
    except UsageError as error:
        raise Failure(str(error)) from None
    for check in found:
        click.echo(f"{check.id} (stage {check.stage.name.lower()})\n\n{check.doc}\n")


def _examine(order: Order, root: Path) -> Report:
    """What can be said without the app, and what its trial says."""
    settings = read_settings()
    limits = read_limits(settings, os.environ)
    boot = Boot(settings, limits, os.environ, server=resolve_server(os.environ, root), root=root)
    with progress(f"booting {order.target or 'the app'} in a trial"):
        outcome = run_trial(order, os.environ, root)
    redact = Redactor.of(os.environ)
    before = _chosen(order, lambda stage: stage <= Stage.MASTER)
    report = run_checks(before, boot, redact)
    if outcome.report is not None:
        return _in_order(report + outcome.report)
    failed = Boot(settings, limits, os.environ, trial=outcome.trial, root=root)
    rest = _chosen(order, lambda stage: stage > Stage.MASTER)
    return _in_order(report + run_checks(rest, failed, redact))


def _chosen(order: Order, wanted: Callable[[Stage], bool]) -> Registry:
    """Our checks of some stages. Names that are not ours may be the app's: the trial has looked."""
    registry = Registry(BUILT_IN)
    known = {name for check in registry for name in (check.id, check.area)}
    only = [name for name in order.only if name in known]
    if order.only and not only:
        return Registry()
    chosen = registry.select(only, [name for name in order.skip if name in known])
    return Registry(
        check
        for check in chosen
        if wanted(check.stage) and (order.live or check.stage is not Stage.LIVE)
    )


def _in_order(report: Report) -> Report:
    """Ours as they are listed, then those of the app."""
    places = {check.id: place for place, check in enumerate(BUILT_IN)}
    results = sorted(report.results, key=lambda result: places.get(result.id, len(places)))
    return Report(tuple(results), report.truncated)


def _show(report: Report, format_: str, output: Path | None) -> None:
    text = _FORMATS[format_](report)
    if output is not None:
        write_file(output, text, "--output")
    elif format_ == "text" and sys.stdout.isatty():
        print_report(text)
    else:
        click.echo(text)
