"""``flask bootcheck deploy``: the deploy files alone. The app is not imported, nothing is executed."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from .boot import Boot
from .checks import BUILT_IN
from .checks.deploy_command import command_is_understood
from .checks.planned import PLANNED
from .cli_options import FAIL_ON, AsIf, as_if_options, boot_of_files, report_options, show
from .deploy.conf import CONF
from .deploy.readers import READERS
from .errors import BootCheckError
from .findings import Report, Result, Stage, warn
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

    Needs neither the app nor gunicorn. Without any deploy file it warns. Exit code 0: pass or warn,
    1: fail, 2: bad usage.
    """
    try:
        boot = boot_of_files(AsIf(**asked), Path.cwd())
    except BootCheckError as error:
        raise Failure(str(error)) from None
    report = report_on_files(boot)
    if boot.plan is None:
        report = (Report((_nothing_found(boot.root),)) + report).merged()
    show(report, format_, output)
    if report.verdict >= FAIL_ON[fail_on]:
        ctx.exit(1)


def _nothing_found(root: Path) -> Result:
    """No file is no all-clear: nothing was looked at."""
    known = [*(file for reader in READERS for file in reader.files), CONF]
    near = [*_nearly(root, known)]
    finding = warn(
        f"no deploy file is here, nothing was looked at (looked for {', '.join(known)})",
        hint="; ".join(f"rename {name} to {file}" for name, file in near)
        or "run it in the folder of the deploy files, or add a Procfile: "
        "web: gunicorn --bind 0.0.0.0:$PORT main:app",
        where=near[0][0] if near else "",
    )
    id_ = command_is_understood.id
    return Result(id_, finding.status, Stage.FILES, (finding,), time=time.time())


def _nearly(root: Path, known: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Files that were meant to be one of those: ``Procfile.txt``, ``procfile``, ``render.yml``."""
    meant = {spelt: file for file in known for spelt in (file.lower(), f"{file.lower()}.txt")}
    meant |= {file.replace(".yaml", ".yml"): file for file in known if file.endswith(".yaml")}
    for path in sorted(root.iterdir()):
        file = meant.get(path.name.lower())
        if file is not None and path.is_file():
            yield path.name, file


def file_checks() -> tuple[Check, ...]:
    """The checks that need nothing but the deploy files, in the order of the report."""
    places = {check.id: place for place, check in enumerate(BUILT_IN)}
    mine = [check for check in BUILT_IN if check.needs in OF_FILES]
    return tuple(sorted([*mine, *PLANNED], key=lambda check: places[check.id]))


def report_on_files(boot: Boot) -> Report:
    """What they find."""
    return run_checks(file_checks(), boot, Redactor.of(os.environ)).merged()
