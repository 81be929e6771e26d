"""How every command is built and run: help with examples, one sentence for each error, an exit status."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import click

from lrs.errors import ConfigurationError, LrsError
from lrs.logging import set_up_logging
from lrs.storage.driver_errors import unavailable_when_unreachable
from recommender.errors import RecommenderError
from schemas.errors import InvalidInputError

PRIVATE_UMASK = 0o077
FAILED = 1
WRONG_USE = 2
INTERRUPTED = 130
COMPLETION = "_LEARNERPRISE_COMPLETE"
EXPECTED = (LrsError, RecommenderError, InvalidInputError)


class Command(click.Command):
    """A command whose help ends with examples: what to write after its name."""

    def __init__(self, *arguments: Any, examples: Sequence[str] = (), **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.examples = tuple(examples)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples, each on one line with the name that the command was called by."""
        super().format_epilog(ctx, formatter)
        if not self.examples:
            return
        with formatter.section("Examples"):
            for example in self.examples:
                formatter.write(
                    f"{'':{formatter.current_indent}}{ctx.command_path} {example}".rstrip() + "\n"
                )


class Group(click.Group):
    """A command with sub-commands."""

    command_class = Command


def command(*, examples: Sequence[str]) -> Callable[[Callable[..., Any]], Command]:
    """Make a command of a function; its docstring is the help."""
    return click.command(cls=Command, examples=examples)


def run(entry: click.Command) -> NoReturn:
    """Run a command and end the process with its exit status.

    What it logs are warnings, as lines of JSON; what it writes is for its user alone.
    """
    os.umask(PRIVATE_UMASK)
    set_up_logging("WARNING")
    sys.exit(exit_status(entry))


def called_as() -> str:
    """Return the words that run this program again: `learnerprise` if that is on the PATH, else as it was called."""
    module = sys.modules["__main__"].__spec__
    program = Path(sys.orig_argv[0] if module else sys.argv[0])
    found = shutil.which(program.name)
    if found and Path(found).absolute() == program.absolute():
        program = Path(program.name)
    return f"{program} -m {module.name.removesuffix('.__main__')}" if module else str(program)


def exit_status(entry: click.Command) -> int:
    """Run a command; print an expected error as one sentence on standard error, without a traceback."""
    try:
        with unavailable_when_unreachable():
            return entry.main(prog_name=called_as(), complete_var=COMPLETION, standalone_mode=False) or 0
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except EXPECTED as error:
        return _fail(error.message, WRONG_USE if isinstance(error, ConfigurationError) else FAILED)
    except click.Abort:
        return _fail("Interrupted.", INTERRUPTED)
    except OSError as error:
        if error.filename is None:
            raise
        return _fail(f"{error.filename} cannot be used: {error.strerror}.", FAILED)


@contextmanager
def until_stopped(said: str = "") -> Iterator[None]:
    """Run what serves until Ctrl-C, SIGTERM or SIGHUP ends it; then print what is to be said."""
    for name in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, _interrupt)
    try:
        yield
    except KeyboardInterrupt:
        click.echo(said, nl=bool(said))


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _fail(sentence: str, status: int) -> int:
    click.echo(sentence, err=True)
    return status
