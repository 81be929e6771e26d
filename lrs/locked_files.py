"""Files that several processes write again: each keeps a file from the others for as long as it works on it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO


@contextmanager
def locked_file(path: Path, mode: str) -> Iterator[IO[bytes]]:
    """Open a file as it is now, and let no other process open it so until the block ends, or the process dies."""
    while True:
        with path.open(mode) as opened:
            fcntl.flock(opened, fcntl.LOCK_EX)
            if _is_there(path, opened):
                yield opened
                return


def _is_there(path: Path, opened: IO[bytes]) -> bool:
    """Return whether the path still leads to the file; another process may have put a new one there meanwhile."""
    with suppress(FileNotFoundError):
        return os.path.samestat(path.stat(), os.fstat(opened.fileno()))
    return False
