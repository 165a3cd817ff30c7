"""``flask bootcheck init``: write or align the deploy files, after a diff and a question."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator
from pathlib import Path

import click
from flask.cli import ScriptInfo

from .boot import Boot
from .cli_options import AsIf, boot_of_files, size
from .deploy.agreement import Wishes, base_of
from .deploy.code import find_target
from .deploy.plan import DeployPlan
from .deploy.railway_init import Change, Proposal, propose
from .deploy.source import Unreadable, lines_of
from .errors import BootCheckError
from .memory.model import recommend, room
from .terminal import Failure


@click.group("init")
def init() -> None:
    """Write or align the deploy files of a platform."""


@init.command("railway")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--memory-limit", callback=size, metavar="SIZE", help="Of a replica, such as 512M.")
@click.pass_context
def railway(ctx: click.Context, /, yes: bool, memory_limit: int | None) -> None:
    """Make the files that Railway reads agree: .railway/railway.py and those beside it.

    What railway.toml and railway.json say is moved into it, since Railway does not read them. Shows
    what it would change and asks. Exit code 0: done, or nothing to do, 1: not wanted, 2: it cannot be
    done.
    """
    named = ctx.ensure_object(ScriptInfo).app_import_path or ""
    root = Path.cwd()
    try:
        asked = AsIf(platform="railway", memory_limit=memory_limit, migrating=True)
        boot = boot_of_files(asked, root)
        proposal = _proposal(boot, named)
    except (BootCheckError, Unreadable) as error:
        raise Failure(str(error)) from None
    for line in _diff(proposal.changes):
        click.secho(line, fg={"+": "green", "-": "red"}.get(line[:1]))
    if not proposal.changes:
        click.echo("nothing to change")
    elif yes or click.confirm("write this?"):
        _write(root, proposal.changes)
    else:
        ctx.exit(1)
    for item in proposal.by_hand:
        click.echo(f"by hand: {item}", err=True)


def _proposal(boot: Boot, named: str) -> Proposal:
    plan = boot.plan if boot.plan is not None else DeployPlan(())
    target = ""
    if named or not any(base_of(service) for service in plan.web):
        target = _target(boot.root, named)
    wishes = Wishes(_fits(boot), boot.settings.path or "/", boot.settings.boot_timeout, target)
    return propose(boot.root, plan, wishes)


def _target(root: Path, named: str) -> str:
    """The app of a project that says nowhere what starts it."""
    if ":" in named:
        return named
    found = find_target(root, named.removesuffix(".py"))
    if not found and not named:
        raise Failure("no start command and no app: flask --app main:app bootcheck init railway")
    return found or f"{named}:app"


def _fits(boot: Boot) -> int | None:
    """How many workers fit, by the saved forecast."""
    saved = boot.forecast
    services = boot.plan.web if boot.plan is not None else ()
    memory = next((float(s.memory.value) for s in services if s.memory is not None), None)
    limit = boot.settings.memory_limit or memory
    if saved is None or limit is None:
        return None
    return recommend(saved.model.fits(room(limit, boot.settings.memory_headroom)), None).workers


def _diff(changes: tuple[Change, ...]) -> Iterator[str]:
    for change in changes:
        before, after = (lines_of(text or "") for text in (change.before, change.after))
        old = change.file if change.before is not None else os.devnull
        new = change.file if change.after is not None else os.devnull
        yield from difflib.unified_diff(before, after, old, new, lineterm="")


def _write(root: Path, changes: tuple[Change, ...]) -> None:
    for change in changes:
        path = root / change.file
        try:
            if change.after is None:
                path.unlink()
            else:
                path.parent.mkdir(exist_ok=True)
                path.write_bytes(change.after.encode())
        except OSError as error:
            raise Failure(f"{change.file}: {error.strerror}") from None
