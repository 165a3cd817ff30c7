"""``flask bootcheck``: before the deploy, on a laptop or in CI.

An entry point in ``flask.commands``: it runs on apps that never heard of us, and on apps that
cannot be imported.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from .boot import Boot, Server, Stage
from .checks import BUILT_IN
from .checks.planned import PLANNED
from .cli_deploy import deploy
from .cli_environ import LeftOut, environ_of_the_shell, left_out
from .cli_forecast import forecast
from .cli_init import init
from .cli_lock import lock
from .cli_options import (
    FAIL_ON,
    AsIf,
    as_if_options,
    boot_of_files,
    report_options,
    serves_itself,
    show,
    target_of,
)
from .cli_wait import wait
from .errors import BootCheckError, UsageError
from .findings import Report, Result, Status
from .gunicorn.resolve import resolve_server
from .redaction import Redactor
from .registry import Check, Registry, with_entry_points
from .runner import run as run_checks
from .terminal import Failure, ended_in_order, progress
from .trial import Order, run_trial

#: The checks that say why an app did not load; only a skip leaves them out.
LOADING = ("app.import-failed", "app.factory-failed")


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
@click.pass_context
def bootcheck(ctx: click.Context, /) -> None:
    """Does the app boot whole, and does it fit?

    Without a subcommand it is `run`.
    """
    ctx.with_resource(ended_in_order())
    ctx.with_resource(environ_of_the_shell(ctx))


bootcheck.add_command(forecast)
bootcheck.add_command(deploy)
bootcheck.add_command(init)
bootcheck.add_command(wait)
bootcheck.add_command(lock)


@bootcheck.command("run")
@report_options
@as_if_options
@click.option("--only", multiple=True, metavar="ID|AREA", help="Only these checks; repeatable.")
@click.option("--skip", multiple=True, metavar="ID|AREA", help="Not these checks; repeatable.")
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
    names = ("platform", "cpus", "workers", "memory_limit")
    asked = AsIf(**{name: how[name] for name in names})
    for error in with_entry_points(Registry(BUILT_IN))[1]:
        click.echo(error, err=True)
    try:
        boot = boot_of_files(asked, Path.cwd())
        target, folder = target_of(ctx, boot)
        order = Order(
            target,
            how["boot_timeout"],
            not how["no_live"],
            tuple(how["only"]),
            tuple(how["skip"]),
            plan={**asked.plan_data(), "root": str(boot.root)},
            serves_itself=serves_itself(boot),
        )
        report = _examine(order, boot, folder, left_out(ctx))
    except BootCheckError as error:
        raise Failure(str(error)) from None
    show(report, format_, output)
    if report.verdict >= FAIL_ON[fail_on]:
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


def _examine(order: Order, boot: Boot, folder: Path, left_out: LeftOut) -> Report:
    """What can be said without the app, and what its trial says."""
    left_out.announce()
    environ = dict(boot.environ)
    if boot.settings.memory_limit is not None:
        environ["BOOTCHECK_MEMORY_LIMIT"] = str(boot.settings.memory_limit)
    with progress(f"booting {order.target or 'the app'} in a trial"):
        outcome = run_trial(order, environ, folder)
    redact = Redactor.of(os.environ)
    before = [*_chosen(order, BUILT_IN, lambda stage: stage <= Stage.MASTER)]
    before += _chosen(order, PLANNED, lambda _: True)
    report = run_checks(before, replace(boot, server=_server(boot, folder)), redact)
    if outcome.report is None:
        rest = _chosen(_with_loading(order), BUILT_IN, lambda stage: stage > Stage.MASTER)
        trial = replace(outcome.trial, error=left_out.explain(outcome.trial.error))
        report += run_checks(rest, replace(boot, trial=trial), redact)
        report += Report(tuple(_not_looked_at(order)))
    else:
        report += outcome.report
    return _in_order(report.merged())


def _server(boot: Boot, folder: Path) -> Server | None:
    """The gunicorn that is installed here; where the project says which one it will be, that one is
    judged instead, by the checks of the plan."""
    planned = boot.plan is not None and boot.plan.dependencies and boot.plan.gunicorns
    return None if planned else resolve_server(boot.environ, folder)


def _chosen(
    order: Order, checks: Iterable[Check], wanted: Callable[[Stage], bool]
) -> Iterable[Check]:
    """Our checks of some stages. Names that are not ours may be the app's: the trial has looked."""
    registry = Registry(checks)
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


def _with_loading(order: Order) -> Order:
    """With the checks that say why the app did not load: what needs it cannot be well."""
    return replace(order, only=(*order.only, *LOADING)) if order.only else order


def _not_looked_at(order: Order) -> Iterator[Result]:
    """What was asked for by a name that is not ours: checks of the app, or a mistake."""
    known = with_entry_points(Registry(BUILT_IN))[0]
    for name in order.only:
        if meant := known.why_unknown(name):
            reason = f"not looked at: the app did not load ({meant})"
            yield Result(name, Status.SKIP, Stage.APP, reason=reason)


def _in_order(report: Report) -> Report:
    """Ours as they are listed, then those of the app."""
    places = {check.id: place for place, check in enumerate(BUILT_IN)}
    results = sorted(report.results, key=lambda result: places.get(result.id, len(places)))
    return Report(tuple(results), report.truncated)
