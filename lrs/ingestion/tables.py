"""Rows of a text table as people have them: comma, tab, semicolon or `::`, gzip or plain, header or none."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from lrs.errors import RequestRefusedError

DELIMITERS = ("::", "\t", ";", ",", "|")
SAMPLED_LINES = 20
_GZIP_MAGIC = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Table:
    """A text file with columns; `header` is empty where the first line is a row already."""

    path: Path
    delimiter: str
    header: tuple[str, ...]
    width: int
    encoding: str = "utf-8-sig"

    def column(self, name: str) -> int:
        """Return the place of a column named in the header, or by its number from 1."""
        if name in self.header:
            return self.header.index(name)
        if name.isdecimal() and 1 <= int(name) <= self.width:
            return int(name) - 1
        there = ", ".join(self.header) or f"no names, only numbers from 1 to {self.width}"
        raise RequestRefusedError(f"{self.path.name} has no column {name!r}; it has: {there}.")

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Yield each row with the number of its line; raise RequestRefusedError naming a line that does not fit."""
        line = 0
        with _reading(self.path, self.encoding) as source:
            rows = _split(source, self.delimiter, strict=True)
            try:
                for line, cells in rows:
                    if not cells or (line == 1 and self.header):
                        continue
                    if len(cells) < self.width:
                        raise _short(self.path, line, cells, self.width)
                    yield line, cells
            except (csv.Error, UnicodeError, EOFError, zlib.error, gzip.BadGzipFile) as error:
                raise _unreadable(self.path, line, self.encoding, error) from error


def open_table(path: Path, columns: Sequence[str] = (), encoding: str = "utf-8-sig") -> Table:
    """Find out how a table is written; it has no header when its columns are given by number.

    Raise RequestRefusedError when there is no such file, nothing in it, or no delimiter found.
    """
    _check_encoding(encoding)
    sample = _sample(path, encoding)
    if not sample:
        raise RequestRefusedError(f"{path.name} is empty; it needs at least one row.")
    delimiter = find_delimiter(sample)
    try:
        _, first = next(_split(sample[:1], delimiter))
    except csv.Error as error:
        raise _unreadable(path, 0, encoding, error) from error
    names = tuple(cell.strip() for cell in first)
    by_number = bool(columns) and all(name.isdecimal() for name in columns)
    is_header = not by_number or (set(columns) <= set(names) and all(name.isdecimal() for name in names))
    return Table(path, delimiter, names if is_header else (), len(names), encoding)


def find_delimiter(lines: Sequence[str]) -> str:
    """Return what parts most lines into the same number of cells, the most cells first; a comma if nothing does."""
    best, score = ",", (0.0, 1)
    for delimiter in DELIMITERS:
        try:
            counts = [len(cells) for _, cells in _split(lines, delimiter)]
        except csv.Error:  # a cell would be too long
            continue
        width = counts[0] if counts else 1
        steady = counts.count(width) / max(1, len(counts))
        if width > 1 and (steady, width) > score:
            best, score = delimiter, (steady, width)
    return best


def _check_encoding(encoding: str) -> None:
    try:
        "".encode(encoding)
    except (LookupError, ValueError) as error:
        raise RequestRefusedError(f"There is no encoding {encoding!r}; name one such as latin-1.") from error


def _split(lines: Iterable[str], delimiter: str, *, strict: bool = False) -> Iterator[tuple[int, list[str]]]:
    """Yield the cells of each row, with the number of its last line; `strict` refuses quotes that do not close."""
    if len(delimiter) > 1:
        for number, text in enumerate(lines, start=1):
            yield number, text.rstrip("\r\n").split(delimiter) if text.strip() else []
        return
    reader = csv.reader(lines, delimiter=delimiter, strict=strict)
    for cells in reader:
        yield reader.line_num, cells


def _sample(path: Path, encoding: str) -> list[str]:
    with _reading(path, encoding) as source:
        try:
            lines = [line for line, _ in zip(source, range(SAMPLED_LINES), strict=False)]
        except (UnicodeError, EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise _unreadable(path, 0, encoding, error) from error
    return lines if any(line.strip() for line in lines) else []


@contextmanager
def _reading(path: Path, encoding: str) -> Iterator[IO[str]]:
    """Open a file as text, unpacked where its first bytes say that it is packed, whatever its name."""
    try:
        raw = path.open("rb")
    except OSError as error:
        raise RequestRefusedError(f"{path} cannot be read: {error.strerror}.") from error
    with raw:
        packed = raw.read(2) == _GZIP_MAGIC
        raw.seek(0)
        plain = gzip.GzipFile(fileobj=raw) if packed else raw
        with io.TextIOWrapper(plain, encoding=encoding, newline="") as text:
            yield text


def _short(path: Path, line: int, cells: Sequence[str], width: int) -> RequestRefusedError:
    return RequestRefusedError(
        f"{path.name}, line {line}: {len(cells)} of {width} columns; complete the line or drop it."
    )


def _unreadable(path: Path, line: int, encoding: str, error: Exception) -> RequestRefusedError:
    after = f"after line {line}" if line else "at its beginning"
    if isinstance(error, UnicodeError):
        return RequestRefusedError(
            f"{path.name} is not {encoding.removesuffix('-sig')} {after}; name its encoding or convert it."
        )
    if isinstance(error, csv.Error):
        return RequestRefusedError(
            f"{path.name} cannot be read {after}: {error}; "
            f"close the quotes of line {line + 1}, and keep its cells short."
        )
    return RequestRefusedError(f"{path.name} is broken {after} ({error}); pack or fetch it again.")
