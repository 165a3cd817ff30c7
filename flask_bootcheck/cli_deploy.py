"""``flask bootcheck deploy``: the deploy files alone. The app is not imported, nothing is executed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from .boot import Boot
from .checks import BUILT_IN
from .checks.planned import PLANNED
from .cli_options import FAIL_ON, AsIf, as_if_options, boot_of_files, report_options, show
from .deploy.readers import READERS
from .errors import BootCheckError
from .findings import Report
from .redaction import Redactor
from .registry import OF_FILES, Check
from .runner import run as run_checks
from .terminal import Failure


@click.command("deploy")
@report_options
@as_if_options
@click.option("--exec", "execute", is_flag=True, help="Run a gunicorn conf that is too clever.")
@click.pass_context
def deploy(
    ctx: click.Context, /, format_: str, output: Path | None, fail_on: str, **asked: Any
) -> None:
    """Look at the deploy files of this folder.

    Needs neither the app nor gunicorn. Exit code 0: pass or warn, 1: fail, 2: bad usage.
    """
    try:
        boot = boot_of_files(AsIf(**asked), Path.cwd())
    except BootCheckError as error:
        raise Failure(str(error)) from None
    if boot.plan is None:
        names = ", ".join(file for reader in READERS for file in reader.files)
        raise Failure(f"no deploy file here: looked for {names}, gunicorn.conf.py")
    report = report_on_files(boot)
    show(report, format_, output)
    if report.verdict >= FAIL_ON[fail_on]:
        ctx.exit(1)


def file_checks() -> tuple[Check, ...]:
    """The checks that need nothing but the deploy files, in the order of the report."""
    places = {check.id: place for place, check in enumerate(BUILT_IN)}
    mine = [check for check in BUILT_IN if check.needs in OF_FILES]
    return tuple(sorted([*mine, *PLANNED], key=lambda check: places[check.id]))


def report_on_files(boot: Boot) -> Report:
    """What they find."""
    return run_checks(file_checks(), boot, Redactor.of(os.environ)).merged()
