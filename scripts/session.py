"""What every admin command needs: the settings, the database, errors as one sentence and an exit status."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from lrs.config import Settings, read_settings
from lrs.errors import LrsError
from lrs.storage.database import Database
from lrs.storage.embedded_engine.process import running_server
from lrs.storage.records import create_indexes
from schemas.errors import InvalidInputError

FAILED = 1
WRONG_USE = 2
INTERRUPTED = 130


@contextmanager
def open_database() -> Iterator[tuple[Database, Settings]]:
    """Give the database the settings name: a real MongoDB, the embedded server that runs, or a new one."""
    settings = read_settings(os.environ)
    with running_server(
        settings.mongodb_uri, settings.data_folder, settings.embedded_cache, attach=True
    ) as uri:
        database = Database.connect(uri)
        try:
            create_indexes(database)
            yield database, settings
        finally:
            database.close()


def run(command: Callable[[], int], *errors: type[Exception]) -> None:
    """Run a command and end the process: what went wrong is one sentence on standard error, never a trace."""
    expected: tuple[type[Exception], ...] = (LrsError, InvalidInputError, *errors)
    try:
        sys.exit(command())
    except expected as error:
        print(getattr(error, "message", str(error)), file=sys.stderr)
        sys.exit(FAILED)
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        sys.exit(INTERRUPTED)


def print_table(header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    """Print rows in columns as wide as their widest cell."""
    widths = [max(len(row[column]) for row in [header, *rows]) for column in range(len(header))]
    for row in [header, *rows]:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
