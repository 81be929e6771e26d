"""Statements from a file of JSON: resumable, duplicates skipped, bad ones set aside.

Most files have one a line; arrays and values over several lines are read too (`lrs.ingestion.json_values`).
"""

from __future__ import annotations

import gzip
import hashlib
import io
import itertools
import zlib
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from lrs.auth.credentials import Credential
from lrs.auth.stores import Store
from lrs.errors import RequestRefusedError
from lrs.ingestion.json_values import has_one_a_line, iterate_lines, iterate_values
from lrs.locked_files import locked_file
from lrs.statements.lifecycle import SentStatement, with_id
from lrs.statements.service import StatementService
from lrs.statements.storing import StatementWriter, Stored
from schemas.errors import InvalidInputError
from schemas.json_text import dump_json, parse_json, split_object
from schemas.versions import VersionRules

LINES_AT_ONCE = 500
BYTES_AT_ONCE = 4 * 1024 * 1024
LOOKED_AT_BYTES = 64 * 1024
WRAPPER = "statement"  # as other systems export Statements: {"statement": {...}, ...}
Line = tuple[int, bytes]


@dataclass(frozen=True, slots=True)
class ImportCounts:
    """The progress of an import: lines read, and their outcomes."""

    lines: int = 0
    stored: int = 0
    duplicates: int = 0
    rejected: int = 0


@dataclass(frozen=True, slots=True)
class Progress:
    """The state from which a killed import continues: the store, the digest of the lines read, and the counts."""

    store: str
    digest: str
    counts: ImportCounts


@dataclass(frozen=True, slots=True)
class ImportFiles:
    """The file to import, where its bad lines go, and where progress is kept."""

    source: Path
    rejected: Path
    progress: Path

    @classmethod
    def beside(cls, source: Path) -> ImportFiles:
        """Keep everything beside the source."""
        return cls(source, Path(f"{source}.rejected.ndjson"), Path(f"{source}.progress"))


def import_statements(
    service: StatementService,
    credential: Credential,
    rules: VersionRules,
    files: ImportFiles,
    tell: Callable[[ImportCounts], None],
) -> ImportCounts:
    """Import every line; `tell` hears of the counts after each batch. Run again after a kill to go on."""
    store = credential.store
    with _writable(files):
        counts = _resume(files, str(store.id))
        _keep_rows(files.rejected, counts.rejected)
        with _open(files.source) as source:
            lines = Lines(source, files.source)
            lines.skip(counts.lines)
            while batch := lines.next_batch():
                outcomes = _store(service, credential, rules, batch)
                counts = _count(counts, batch, outcomes)
                _set_aside(files.rejected, batch, outcomes, Rejects(service.writer, store, lines.has_lines))
                _keep_progress(files.progress, Progress(str(store.id), lines.digest, counts))
                tell(counts)
        files.progress.unlink(missing_ok=True)
        if not counts.rejected:
            files.rejected.unlink()
    return counts


def _keep_rows(rejected: Path, count: int) -> None:
    """Keep the first bad lines that an interrupted import set aside, and nothing that it did not count."""
    with locked_file(rejected, "a+b") as rows:
        rows.seek(0)
        for _ in itertools.islice(iter(rows.readline, b""), count):
            pass
        rows.truncate(rows.tell())


def _set_aside(path: Path, batch: list[Line], outcomes: list[Stored], rejects: Rejects) -> None:
    """Write what was not stored, at a moment at which no erasure goes through the file."""
    bad = [(number, one, text) for (number, text), one in zip(batch, outcomes, strict=True) if one.reason]
    if bad:
        with locked_file(path, "ab") as file:
            file.writelines(rejects.row(*one) for one in bad)


class Lines:
    """The numbered lines or values of a file, in batches; `digest` is that of all taken so far."""

    def __init__(self, opened: io.BufferedReader, source: Path) -> None:
        self.has_lines = has_one_a_line(_start_of(opened, source))
        self._lines = _lines_of(opened, source, self.has_lines)
        self._sha256 = hashlib.sha256()
        self._damage: RequestRefusedError | None = None

    @property
    def digest(self) -> str:
        """The SHA-256 of the lines taken."""
        return self._sha256.hexdigest()

    def skip(self, count: int) -> None:
        """Take lines and do nothing with them."""
        for _ in itertools.islice(self._taken(), count):
            pass

    def next_batch(self) -> list[Line]:
        """Take so many lines as are stored at once, by number and by size; those before damage before it is told."""
        batch: list[Line] = []
        try:
            self._fill(batch)
        except RequestRefusedError as error:
            if not batch:
                raise
            self._damage = error
        return batch

    def _fill(self, batch: list[Line]) -> None:
        if self._damage:
            raise self._damage
        size = 0
        for number, text in self._taken():
            batch.append((number, text))
            size += len(text)
            if len(batch) == LINES_AT_ONCE or size >= BYTES_AT_ONCE:
                break

    def _taken(self) -> Iterator[Line]:
        for number, text in self._lines:
            self._sha256.update(text)
            yield number, text


@contextmanager
def _writable(files: ImportFiles) -> Iterator[None]:
    """Raise one clear error if the file for bad lines or progress cannot be written."""
    try:
        yield
    except OSError as error:
        raise RequestRefusedError(
            f"{error.filename or files.rejected} cannot be used for bad lines or progress ({error.strerror}); "
            "mend that, or name another file with --rejected."
        ) from error


def _open(source: Path) -> io.BufferedReader:
    """Open plain or gzip text; raise RequestRefusedError if it cannot be read."""
    try:
        with source.open("rb") as start:
            is_gzip = start.read(2) == b"\x1f\x8b"
        raw = gzip.GzipFile(source) if is_gzip else io.FileIO(source)
        return io.BufferedReader(raw, LOOKED_AT_BYTES)
    except OSError as error:
        raise RequestRefusedError(f"The file {source} cannot be read ({error.strerror}).") from error


def count_lines(source: Path) -> int | None:
    """Return how many lines a file has; None if it has none but one JSON text, cannot be read, or is damaged."""
    try:
        with _open(source) as opened:
            if not has_one_a_line(_start_of(opened, source)):
                return None
            count, last = 0, b"\n"
            while block := opened.read(LOOKED_AT_BYTES):
                count, last = count + block.count(b"\n"), block
            return count + (not last.endswith(b"\n"))
    except (RequestRefusedError, EOFError, zlib.error, OSError):
        return None


def _start_of(opened: io.BufferedReader, source: Path) -> bytes:
    with _undamaged(source):
        return opened.peek(LOOKED_AT_BYTES)


def _lines_of(opened: io.BufferedReader, source: Path, has_lines: bool) -> Iterator[Line]:
    with _undamaged(source):
        yield from iterate_lines(opened) if has_lines else iterate_values(opened)


@contextmanager
def _undamaged(source: Path) -> Iterator[None]:
    try:
        yield
    except (EOFError, zlib.error, OSError) as error:
        raise RequestRefusedError(
            f"The file {source} is damaged ({error}). Fetch it again; the import then goes on where it was."
        ) from error


def _resume(files: ImportFiles, store: str) -> ImportCounts:
    """Return how far an earlier import of these lines into this store came."""
    try:
        kept = parse_json(files.progress.read_bytes())
        progress = Progress(kept["store"], kept["digest"], ImportCounts(**kept["counts"]))
    except FileNotFoundError:
        return ImportCounts()
    except (InvalidInputError, TypeError, KeyError) as error:
        message = (
            f"{files.progress} is not a progress file of an import; remove it to start from the first line."
        )
        raise RequestRefusedError(message) from error
    same = progress.store == store and _digest_of(files.source, progress.counts.lines) == progress.digest
    return progress.counts if same else ImportCounts()


def _digest_of(source: Path, count: int) -> str:
    with _open(source) as opened:
        lines = Lines(opened, source)
        lines.skip(count)
        return lines.digest


def _keep_progress(path: Path, progress: Progress) -> None:
    beside = Path(f"{path}.new")
    beside.write_bytes(dump_json(asdict(progress)))
    beside.replace(path)


def _store(
    service: StatementService, credential: Credential, rules: VersionRules, batch: list[Line]
) -> list[Stored]:
    numbered = [(number, text.strip()) for number, text in batch]
    texts = [_with_stable_id(number, text) for number, text in numbered if text]
    outcomes = iter(service.writer.store_texts(texts, credential, rules))
    return [next(outcomes) if text else Stored(None, duplicate=True) for _, text in numbered]


def _with_stable_id(number: int, text: bytes) -> bytes:
    """Give a Statement without an id one made of its line, so that a second import finds it stored."""
    try:
        values = split_object(text)
        if WRAPPER in values and "actor" not in values:
            text = values[WRAPPER]
            values = split_object(text)
    except InvalidInputError:
        return text  # refused with its reason when it is stored
    if not values or "id" in values:
        return text
    digest = hashlib.sha256(text).hexdigest()
    return with_id(SentStatement({}, text), str(uuid5(NAMESPACE_URL, f"{number}:{digest}"))).text


@dataclass(frozen=True, slots=True)
class Rejects:
    """What is kept of texts that were not stored: the place, the reason, and the bytes."""

    writer: StatementWriter
    store: Store
    has_lines: bool

    def row(self, number: int, outcome: Stored, text: bytes) -> bytes:
        """Return one as a line; bytes that are not UTF-8 are in base64. What may name an erased person is not kept.

        Somebody may be erased after the text was refused, so it is looked at now.
        """
        reason, original = outcome.reason, b"" if outcome.is_withheld else text.rstrip(b"\r\n")
        if original and self.writer.must_withhold(self.store, original):
            reason, original = "it may name somebody who was erased meanwhile", b""
        row = {"line" if self.has_lines else "value": number, "reason": reason}
        try:
            row["text"] = original.decode()
        except UnicodeDecodeError:
            row["base64"] = b64encode(original).decode()
        return dump_json(row) + b"\n"


def _count(counts: ImportCounts, batch: list[Line], outcomes: list[Stored]) -> ImportCounts:
    bad = sum(bool(outcome.reason) for outcome in outcomes)
    duplicates = sum(outcome.duplicate and outcome.statement_id is not None for outcome in outcomes)
    blank = sum(outcome.duplicate and outcome.statement_id is None for outcome in outcomes)
    return ImportCounts(
        lines=counts.lines + len(batch),
        stored=counts.stored + len(outcomes) - bad - duplicates - blank,
        duplicates=counts.duplicates + duplicates,
        rejected=counts.rejected + bad,
    )


def rejected_lines(path: Path, most: int) -> Iterator[str]:
    """Yield the first bad lines of an import as `line N: reason` (`value N` where they stand in an array)."""
    with path.open("rb") as source:
        for text in itertools.islice(filter(bytes.strip, source), most):
            row = parse_json(text)
            place = f"line {row['line']}" if "line" in row else f"value {row['value']}"
            yield f"{place}: {row['reason']}"
