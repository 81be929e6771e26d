"""Erases a person from files below the data folder: lines of NDJSON go, other files are named for the operator.

A file is replaced as a whole, and an empty line stays where one went: an import that reads the old file reads on in it
until its end, and one that goes on with the new file finds each line by its number.
"""

from __future__ import annotations

import gzip
import os
import re
import zlib
from base64 import b64decode
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from gzip import GzipFile
from pathlib import Path
from typing import IO

from lrs.locked_files import locked_file
from lrs.privacy.statements import Traces

OF_THE_DATABASE = frozenset({"database", "database.replaced", "copy", "lock", "uri", "password", "reserve"})
LINES = (".ndjson", ".jsonl", ".ndjson.gz", ".jsonl.gz")
UNREADABLE = " (cannot be read)"
_BASE64 = re.compile(rb'"base64"\s*:\s*"((?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?)"')
BLOCK_BYTES = 1024 * 1024
OVERLAP_BYTES = 4096


@dataclass(slots=True)
class FilesErased:
    """How many lines were removed, and the files that still name the person, as far as they can be read."""

    lines: int = 0
    left: list[str] = field(default_factory=list)


def erase_in_files(folder: Path, traces: Traces) -> FilesErased:
    """Take the lines that name a person out of the NDJSON files of a folder; name other files that do."""
    found = FilesErased()
    for path in sorted(_files(folder)):
        name = str(path.relative_to(folder))
        try:
            if path.name.endswith(LINES):
                found.lines += _erase_lines(path, traces)
                is_left = traces.may_stand_in(name.encode())
            else:
                is_left = traces.may_stand_in(name.encode()) or _names_person(path, traces)
            found.left += [traces.without(name)] if is_left else []
        except FileNotFoundError:
            continue  # an import has ended meanwhile
        except (OSError, EOFError, zlib.error):
            found.left.append(traces.without(name + UNREADABLE))
    return found


def still_left(folder: Path | None, names: Iterable[str], pseudonym: str) -> list[str]:
    """Return those of files left earlier that are still there; a name with the pseudonym cannot be looked up."""
    return [
        name
        for name in names
        if folder is None or pseudonym in name or (folder / name.removesuffix(UNREADABLE)).exists()
    ]


def _files(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.name not in OF_THE_DATABASE:
            yield from (one for one in (path.rglob("*") if path.is_dir() else [path]) if one.is_file())


def _names_person(path: Path, traces: Traces) -> bool:
    """Return whether a file, plain or gzip, names the person."""
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as opened:
        rest = b""
        while block := opened.read(BLOCK_BYTES):
            if traces.may_stand_in(rest + block):
                return True
            rest = block[-OVERLAP_BYTES:]
    return False


def _is_about(line: bytes, traces: Traces) -> bool:
    """Return whether a line names the person, as it is or in bytes that are no UTF-8 and stand in base64."""
    packed = [b64decode(one) for one in _BASE64.findall(line)]
    texts = (line, *packed, *(one.decode("latin-1").encode() for one in packed))
    return any(map(traces.may_stand_in, texts))


def _erase_lines(path: Path, traces: Traces) -> int:
    """Empty the lines of a file that name the person; return how many they were. An import waits to write bad lines."""
    beside = Path(f"{path}.new")
    with locked_file(path, "rb") as opened:
        with _lines_in(path, opened, "rb") as lines:
            if not any(_is_about(line, traces) for line in lines):
                beside.unlink(missing_ok=True)  # of an erasure that was interrupted
                return 0
        opened.seek(0)
        with beside.open("wb") as kept:
            os.fchmod(kept.fileno(), path.stat().st_mode)
            with _lines_in(path, opened, "rb") as lines, _lines_in(path, kept, "wb") as written:
                emptied = _write_without_person(lines, written, traces)
            kept.flush()
            os.fsync(kept.fileno())
        beside.replace(path)
    return emptied


def _lines_in(path: Path, opened: IO[bytes], mode: str) -> AbstractContextManager[IO[bytes] | GzipFile]:
    """Return what to read the lines of an open file from, or to write them to, plain or gzip."""
    return GzipFile("", mode, fileobj=opened) if path.suffix == ".gz" else nullcontext(opened)


def _write_without_person(lines: Iterable[bytes], written: IO[bytes] | GzipFile, traces: Traces) -> int:
    emptied = 0
    for line in lines:
        is_about = _is_about(line, traces)
        emptied += is_about
        written.write(b"\n" if is_about else line)
    return emptied
