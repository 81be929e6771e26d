"""Output of commands: results on standard output, progress on standard error; plain text off a terminal."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Any

import click
from rich import box
from rich.console import Console
from rich.progress import BarColumn, SpinnerColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as RichProgress
from rich.table import Table

from lrs.logging import log_event
from schemas.json_text import dump_json

LINE_EVERY_S = 5.0
COUNTED = re.compile(r"(\d+) of (\d+)")


def print_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table: with rules on a terminal, elsewhere columns two spaces apart that `grep` and `awk` read."""
    console = Console(markup=False, emoji=False, highlight=False)
    if not console.is_terminal:
        _print_columns([header, *rows])
        return
    table = Table(box=box.SIMPLE_HEAD)
    for number, name in enumerate(header):
        table.add_column(name, overflow="fold", no_wrap=number == 0)
    for row in rows:
        table.add_row(*row)
    console.print(table)


def _print_columns(rows: Sequence[Sequence[str]]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def print_result(values: Any, text: str, *, as_json: bool) -> None:
    """Print a result as a sentence, or its values as one line of JSON."""
    if as_json:
        print_json(values)
    else:
        click.echo(text)


def print_json(values: Any) -> None:
    """Print a result as one line of JSON."""
    click.echo(dump_json(values).decode())


def say(line: str) -> None:
    """Print a line about the work to standard error."""
    click.echo(line, err=True)


class Progress:
    """The progress of a long job on standard error: a bar on a terminal, lines elsewhere.

    `total` is what is counted up to; None if that is not known.
    """

    def __init__(self, total: int | None = None) -> None:
        console = Console(stderr=True, markup=False, emoji=False, highlight=False)
        columns = (
            SpinnerColumn(),
            BarColumn(30),
            TaskProgressColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.description}", markup=False),
        )
        self._bar = RichProgress(*columns, console=console, transient=True, redirect_stdout=False)
        self._is_terminal = console.is_terminal
        self._task = self._bar.add_task("", total=total)
        self._last_line = time.monotonic()

    def __enter__(self) -> Progress:
        """Show the bar, on a terminal."""
        if self._is_terminal:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove the bar."""
        if self._is_terminal:
            self._bar.stop()

    def step(self, line: str) -> None:
        """Say what is done now; a line that counts (`epoch 3 of 20`) moves the bar on a terminal."""
        if not self._is_terminal:
            say(f"  {line}")
            return
        counted = COUNTED.search(line)
        if counted:
            self._bar.update(self._task, description=line, completed=int(counted[1]), total=int(counted[2]))
            return
        self._bar.console.print(f"  {line}")
        self._bar.remove_task(self._task)
        self._task = self._bar.add_task(line, total=None)

    def count(self, done: int, line: str) -> None:
        """Say how much is done: always on a terminal, elsewhere every few seconds."""
        if self._is_terminal:
            self._bar.update(self._task, description=line, completed=done)
        elif time.monotonic() - self._last_line >= LINE_EVERY_S:
            self._last_line = time.monotonic()
            say(f"  {line}")


class LoggedProgress(Progress):
    """The progress of a job that nobody watches: one line of the log for each step."""

    def __init__(self, logger: logging.Logger) -> None:
        super().__init__()
        self._is_terminal = False
        self._logger = logger

    def step(self, line: str) -> None:
        """Log what is done now."""
        log_event(self._logger, "training_step", says=line)
