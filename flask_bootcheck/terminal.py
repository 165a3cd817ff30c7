"""What a person at a terminal sees: colours, a moving bar, and errors without a traceback. And how one
ends us from there."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from .redaction import Redactor


class Failure(click.ClickException):
    """Bad usage, or our own failure: exit code 2."""

    exit_code = 2

    def __init__(self, message: str) -> None:
        super().__init__(Redactor.of(os.environ)(message))


def write_file(path: Path, text: str, option: str) -> None:
    """Write what an option asks for.

    :raises Failure: naming the option and the file.
    """
    try:
        path.write_text(text + "\n", "utf-8")
    except OSError as error:
        raise Failure(f"{option} {path}: {error.strerror}") from None


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
def progress(what: str) -> Iterator[Callable[[str], None]]:
    """A bar on stderr for as long as something lasts, on a terminal only; what it gives is told
    what is being done."""
    if not (sys.stderr.isatty() and sys.stdout.isatty()):
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda doing: bar.update(task, description=f"{what}: {doing}")


@contextmanager
def ended_in_order() -> Iterator[None]:
    """SIGTERM and SIGHUP end us as Ctrl-C does: what we have started is ended first. A signal that
    is ignored, as ``nohup`` does it, or that the caller handles stays as it is."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    taken = [number for number in before if before[number] is signal.SIG_DFL]
    if threading.current_thread() is not threading.main_thread():
        taken = []  # no other one may set a handler
    for number in taken:
        signal.signal(number, _end)
    try:
        yield
    finally:
        for number in taken:
            signal.signal(number, signal.SIG_DFL)


def _end(number: int, _frame: object) -> None:
    signal.signal(number, signal.SIG_IGN)  # once is enough
    raise SystemExit(128 + number)
