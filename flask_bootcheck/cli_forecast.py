"""``flask bootcheck forecast``: what N workers will need, measured before the deploy."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from flask.cli import ScriptInfo

from .cli_environ import left_out
from .cli_options import AsIf, boot_of_files, size
from .deploy.plan import DeployPlan
from .errors import BootCheckError
from .forecast.measure import BootFailed, Order, make_forecast
from .formats.forecast import problem_lines, render_forecast, render_forecast_json
from .formats.svg import render_svg
from .memory.forecast import Forecast
from .memory.saved import FILE_NAME, Conditions, module_of, save_forecast
from .memory.size import format_size
from .redaction import Redactor
from .terminal import Failure, progress, write_file

#: What is compared.
_WAYS = ("plain", "preload", "preload frozen")
_FORMATS = {"text": render_forecast, "json": render_forecast_json}


@click.command("forecast")
@click.option("--worker-class", default="", help="Instead of the one in your gunicorn conf.")
@click.option("--preload", is_flag=True, help="Measure with --preload.")
@click.option("--url", "urls", multiple=True, metavar="/PATH", help="Warm with it; repeatable.")
@click.option("--requests", type=click.IntRange(2, 10_000), default=40, show_default=True)
@click.option("--compare", is_flag=True, help="Plain, preload, and preload frozen, in one table.")
@click.option("--verify", is_flag=True, help="Boot 2 and 3 workers too, and tell the error.")
@click.option(
    "--memory-limit",
    callback=size,
    metavar="SIZE",
    help="Such as 512M, instead of this machine's.",
)
@click.option("--format", "format_", type=click.Choice([*_FORMATS]), default="text")
@click.option("--svg", type=click.Path(dir_okay=False, path_type=Path), help="Draw it there.")
@click.option("--save", is_flag=True, help=f"Write {FILE_NAME} for the governor.")
@click.option(
    "--boot-timeout", type=click.FloatRange(min=0, min_open=True), default=300.0, show_default=True
)
@click.pass_context
def forecast(ctx: click.Context, /, **how: Any) -> None:
    """Boot the app under gunicorn, measure one worker, and predict.

    The app is booted with BOOTCHECK_TRIAL=1 set, and its own GET routes without parameters are
    called. Exit code 0: measured, 1: the app does not boot or every request fails, 2: bad usage.
    """
    target = ctx.ensure_object(ScriptInfo).app_import_path or _default_target()
    order = Order(
        target=target,
        worker_class=how["worker_class"],
        preload=how["preload"],
        urls=how["urls"],
        requests=how["requests"],
        verify=how["verify"],
        counted=how["save"],  # the governor alone reads the file
        boot_timeout=how["boot_timeout"],
    )
    missed = left_out(ctx)
    missed.announce()
    try:
        found = _measure(order, how["memory_limit"], how["compare"])
    except BootFailed as error:
        hint = error.hint or missed.hint(str(error))
        said = f"FAIL  {error}" + (f"\nhint  {hint}" if hint else "")
        click.echo(Redactor.of(os.environ)(said), err=True)
        ctx.exit(1)
    except BootCheckError as error:
        raise Failure(str(error)) from None
    _show(found, how["format_"])
    if how["svg"] is not None:
        write_file(how["svg"], render_svg(found[0]), "--svg")
    is_broken = any(each.is_broken for each in found)
    if how["save"] and found[0].is_broken:
        click.echo(f"not saved: {FILE_NAME} would be of an app that does not work", err=True)
    elif how["save"]:
        _save(found[0])
    if is_broken:
        ctx.exit(1)


def _default_target() -> str:
    """What ``flask`` without ``--app`` finds."""
    for name in ("wsgi", "app"):
        if Path(f"{name}.py").exists():
            return name
    raise Failure("no app: give one, such as flask --app main bootcheck forecast")


def _measure(order: Order, memory_limit: int | None, compare: bool) -> list[Forecast]:
    """The forecast asked for first; to compare, the other ways of booting after it."""
    boot = boot_of_files(AsIf(memory_limit=memory_limit), Path.cwd())
    orders = [replace(order, counted=order.counted or brings_governor(boot.plan))]
    if compare:  # what is frozen, our hooks have frozen
        order = replace(order, counted=True)
        orders = [
            replace(order, preload=False, plain=True),
            replace(order, preload=True, freeze=False),
            replace(order, preload=True, freeze=True),
        ]
    with progress(f"{order.target}: forecast") as tell:
        return [make_forecast(each, boot, tell) for each in orders]


def brings_governor(plan: DeployPlan | None) -> bool:
    """Whether gunicorn will have our hooks where the app is deployed. A forecast is made to be used
    with them: without is only what is known to be."""
    found = [process for _, process in plan.gunicorns] if plan is not None else []
    return not found or any(each.governed or not each.complete for each in found)


def _show(found: list[Forecast], format_: str) -> None:
    render: Callable[[Forecast], str] = _FORMATS[format_]
    if len(found) == 1:
        click.echo(render(found[0]))
    elif format_ == "json":
        click.echo("[" + ",\n".join(render(each) for each in found) + "]")
    else:
        click.echo(render(found[0]))
        click.echo("\n" + "\n".join(_comparison(found)))
        for name, each in zip(_WAYS[1:], found[1:], strict=True):
            for line in problem_lines(each.problem):
                click.echo(f"{name}: {line}")


def _comparison(found: list[Forecast]) -> list[str]:
    """Plain, preload, preload frozen: what 1, 4 and 8 workers need, and the flags of the cheapest."""
    flags = ("", "--preload", "BOOTCHECK_GC_FREEZE=1 ... --preload")
    lines = [f"{'':16}{'1':>10}{'4':>10}{'8':>10}  fit"]
    for name, each in zip(_WAYS, found, strict=True):
        needs = "".join(f"{format_size(each.model.need(count)):>10}" for count in (1, 4, 8))
        lines.append(f"{name:16}{needs}  {'' if each.fits is None else each.fits}")
    cheapest = min(range(len(found)), key=lambda index: found[index].model.need(4))
    lines.append(f"the cheapest at 4: {_WAYS[cheapest]} {flags[cheapest]}".rstrip())
    return lines


def _save(found: Forecast) -> None:
    facts = found.facts
    conditions = Conditions(
        app=module_of(facts.app),
        gunicorn=facts.gunicorn,
        worker_class=facts.worker_class,
        preload=facts.preload,
        python=facts.python,
        frozen=facts.frozen,
    )
    try:
        save_forecast(Path(FILE_NAME), found.model, conditions)
    except OSError as error:
        raise Failure(f"{FILE_NAME}: {error.strerror}") from None
    click.echo(f"saved {FILE_NAME}: deploy it beside the app", err=True)
