"""Colours and a moving bar: for a person at a terminal, and nobody else."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


def print_report(text: str) -> None:
    """A report with its statuses in colour."""
    from rich.console import Console
    from rich.text import Text

    shown = Text(text)
    shown.highlight_regex(r"\bFAIL\b", "bold red")
    shown.highlight_regex(r"\bWARN\b", "bold yellow")
    shown.highlight_regex(r"(?m)^PASS\b", "bold green")
    shown.highlight_regex(r"(?m)^\w+", "bold")
    Console(highlight=False, soft_wrap=True).print(shown)


@contextmanager
def waiting(what: str, seconds: float) -> Iterator[None]:
    """A bar on stderr for as long as something lasts, at most ``seconds``; on a terminal only."""
    if not (sys.stderr.isatty() and sys.stdout.isatty()):
        yield
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        progress.add_task(f"{what} (at most {seconds:g} s)", total=None)
        yield
