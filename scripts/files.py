"""Files that commands read and write."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from lrs.errors import RequestRefusedError
from schemas.json_text import dump_json


def read_file(path: Path) -> bytes:
    """Return a file's content; raise RequestRefusedError if it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise RequestRefusedError(f"{path} cannot be read: {error.strerror}.") from error


def open_file(path: Path) -> BinaryIO:
    """Open a file to read it piece by piece; raise RequestRefusedError if it cannot be read."""
    try:
        return path.open("rb")
    except OSError as error:
        raise RequestRefusedError(f"{path} cannot be read: {error.strerror}.") from error


def write_file(path: Path, content: bytes) -> None:
    """Write a file; raise RequestRefusedError if it cannot be written."""
    write_parts(path, [content])


def write_parts(path: Path, parts: Iterable[bytes]) -> None:
    """Write a file in parts; raise RequestRefusedError if it cannot be written."""
    try:
        with path.open("wb") as out:
            out.writelines(parts)
    except OSError as error:
        raise RequestRefusedError(f"{path} cannot be written: {error.strerror}.") from error


def write_lines(path: Path, texts: Iterable[bytes]) -> int:
    """Write JSON texts as lines; return how many. Raise RequestRefusedError if the file cannot be written."""
    count = 0

    def lines() -> Iterator[bytes]:
        nonlocal count
        for text in texts:
            count += 1
            yield text.replace(b"\n", b" ") + b"\n"

    write_parts(path, lines())
    return count


def write_json(path: Path, values: Any) -> None:
    """Write values as JSON; raise RequestRefusedError if the file cannot be written."""
    write_file(path, dump_json(values) + b"\n")
