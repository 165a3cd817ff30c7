"""What several subcommands of ``flask bootcheck`` share: options, facts, and how a report is shown."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import click
from flask.cli import ScriptInfo

from .boot import Boot
from .checks import BUILT_IN
from .deploy.hosts import HOSTS
from .deploy.reading import Asked, read_plan
from .findings import Report, Status
from .formats.github import render_github
from .formats.json import render_json
from .formats.sarif import render_sarif
from .formats.text import render_text
from .limits import read_limits
from .memory.saved import FILE_NAME, read_forecast
from .memory.size import parse_size
from .settings import read_settings
from .terminal import print_report, write_file

FAIL_ON = {"fail": Status.FAIL, "warn": Status.WARN, "never": Status.FAIL + 1}


def _sarif(report: Report) -> str:
    summaries = {check.id: check.summary for check in BUILT_IN}
    return render_sarif(report, _prefix(), summaries, _version())


FORMATS: dict[str, Callable[[Report], str]] = {
    "text": render_text,
    "json": render_json,
    "github": lambda report: render_github(report, _prefix()),
    "sarif": _sarif,
}


def _prefix() -> str:
    """Where we are below the root of the repository, as far as GitHub Actions says it."""
    top = os.environ.get("GITHUB_WORKSPACE", "")
    here = Path.cwd()
    below = here.relative_to(top).as_posix() if top and here.is_relative_to(top) else ""
    return "" if below == "." else below


def _version() -> str:
    try:
        return version("flask-bootcheck")
    except PackageNotFoundError:
        return ""


def size(_ctx: click.Context, _option: click.Parameter, value: str | None) -> int | None:
    """An option that is a size."""
    try:
        return parse_size(value) if value is not None else None
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


Command = Callable[..., Any]


def report_options(command: Command) -> Command:
    """How the report is written, and from which status on it is a failure."""
    for option in (
        click.option("--fail-on", type=click.Choice([*FAIL_ON]), default="fail", show_default=True),
        click.option(
            "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write it there."
        ),
        click.option("--format", "format_", type=click.Choice([*FORMATS]), default="text"),
    ):
        command = option(command)
    return command


def as_if_options(command: Command) -> Command:
    """Where the deploy files are looked at for, when that is not what they say."""
    whole = click.IntRange(1, 100_000)
    for option in (
        click.option(
            "--memory-limit", callback=size, metavar="SIZE", help="As if it had that much: 512M."
        ),
        click.option("--workers", type=whole, help="As if so many were asked for."),
        click.option("--cpus", type=whole, help="As if the machine had so many CPUs."),
        click.option("--platform", type=click.Choice([*HOSTS]), help="As if deployed there."),
    ):
        command = option(command)
    return command


@dataclass(frozen=True, slots=True)
class AsIf:
    """What these options say."""

    platform: str | None = None
    cpus: int | None = None
    workers: int | None = None
    memory_limit: int | None = None
    execute: bool = False
    migrating: bool = False

    def plan_data(self) -> dict[str, Any]:
        """What the plan depends on, as plain data."""
        return {"platform": self.platform or "", "cpus": self.cpus, "workers": self.workers}


def boot_of_files(asked: AsIf, root: Path) -> Boot:
    """What is known without the app.

    :raises SettingError: when a setting cannot be used.
    """
    environ = dict(os.environ)
    keywords = {"memory_limit": asked.memory_limit} if asked.memory_limit else {}
    if keywords:
        environ.pop("BOOTCHECK_MEMORY_LIMIT", None)  # what is asked for here and now wins
    settings = read_settings(keywords, environ=environ)
    what = Asked(
        **asked.plan_data(),
        execute=asked.execute,
        migrating=asked.migrating,
        environ=environ,
    )
    return Boot(
        settings,
        read_limits(settings, environ),
        environ,
        plan=read_plan(root, what),
        forecast=read_forecast(root / FILE_NAME)[0],
        root=root,
    )


def target_of(ctx: click.Context, boot: Boot) -> tuple[str, Path]:
    """The app to load and the folder it is loaded in: as asked for, else as it is deployed."""
    named = ctx.ensure_object(ScriptInfo).app_import_path or ""
    for _, process in boot.plan.gunicorns if boot.plan is not None and not named else ():
        if process.target is not None:
            click.echo(f"app: {process.target}, from {process.target.place}", err=True)
            folder = boot.root / process.folder
            return str(process.target.value), folder if folder.is_dir() else boot.root
    return named, boot.root


def serves_itself(boot: Boot) -> bool:
    """Whether the app is deployed as a script that starts a server, and by nothing that imports it."""
    plan = boot.plan
    winners = [service.winner for service in plan.web] if plan is not None else []
    programs = {winner.process.program for winner in winners if winner is not None}
    return bool(programs) and programs <= {"python", "flask"}


def show(report: Report, format_: str, output: Path | None) -> None:
    """Write a report where it is wanted."""
    text = FORMATS[format_](report)
    if output is not None:
        write_file(output, text, "--output")
    elif format_ == "text" and sys.stdout.isatty():
        print_report(text)
    else:
        click.echo(text)
