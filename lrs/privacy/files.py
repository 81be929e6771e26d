"""Erases a person from files below the data folder: lines of NDJSON go, other files are named for the operator."""

from __future__ import annotations

import gzip
import os
import re
import zlib
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from lrs.privacy.statements import Traces

OF_THE_DATABASE = frozenset({"database", "database.replaced", "copy", "lock", "uri", "password", "reserve"})
LINES = (".ndjson", ".jsonl")
_BASE64 = re.compile(rb'"base64"\s*:\s*"((?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?)"')
BLOCK_BYTES = 1024 * 1024
OVERLAP_BYTES = 4096


@dataclass(slots=True)
class FilesErased:
    """How many lines were removed, and the files that still name the person, as far as they can be read."""

    lines: int = 0
    left: list[str] = field(default_factory=list)


def erase_in_files(folder: Path, traces: Traces) -> FilesErased:
    """Remove the lines that name a person from the NDJSON files of a folder; name other files that do.

    A file that an import is writing to just now is only named: run the erasure again when the import is done.
    """
    found = FilesErased()
    for path in sorted(_files(folder)):
        try:
            if not _names_person(path, traces):
                continue
            if path.suffix in LINES and not _is_in_use(path):
                found.lines += _remove_lines(path, traces)
            else:
                found.left.append(traces.without(str(path.relative_to(folder))))
        except (OSError, EOFError, zlib.error):
            found.left.append(traces.without(f"{path.relative_to(folder)} (cannot be read)"))
    return found


def _files(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.name not in OF_THE_DATABASE:
            yield from (one for one in (path.rglob("*") if path.is_dir() else [path]) if one.is_file())


def _names_person(path: Path, traces: Traces) -> bool:
    """Return whether a file, plain or gzip, names the person."""
    if path.suffix in LINES:
        with path.open("rb") as lines:
            return any(_is_about(line, traces) for line in lines)
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


def _is_in_use(path: Path) -> bool:
    """Return whether an import has begun and not ended with this file, its source or its bad lines."""
    source = str(path).removesuffix(".rejected.ndjson")
    return Path(f"{source}.progress").exists()


def _remove_lines(path: Path, traces: Traces) -> int:
    """Write the file again without the lines that name the person; return how many they were."""
    beside, removed = Path(f"{path}.new"), 0
    with path.open("rb") as lines, beside.open("wb") as kept:
        os.fchmod(kept.fileno(), path.stat().st_mode)
        for line in lines:
            if _is_about(line, traces):
                removed += 1
            else:
                kept.write(line)
        kept.flush()
        os.fsync(kept.fileno())
    beside.replace(path)
    return removed
