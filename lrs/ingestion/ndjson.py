"""Statements from a file, one JSON text a line: resumable, duplicates skipped, bad lines set aside."""

from __future__ import annotations

import gzip
import hashlib
import io
import itertools
import zlib
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import IO
from uuid import NAMESPACE_URL, uuid5

from lrs.auth.credentials import Credential
from lrs.errors import RequestRefusedError
from lrs.statements.lifecycle import SentStatement, with_id
from lrs.statements.service import StatementService
from lrs.statements.storing import Stored
from schemas.errors import InvalidInputError
from schemas.json_text import dump_json, parse_json
from schemas.versions import VersionRules

LINES_AT_ONCE = 500
Line = tuple[int, bytes]


@dataclass(frozen=True, slots=True)
class ImportCounts:
    """How far an import is: lines read, and what became of them."""

    lines: int = 0
    stored: int = 0
    duplicates: int = 0
    rejected: int = 0
    rejected_bytes: int = 0


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
    store = str(credential.store.id)
    counts = _resume(files, store)
    with _open(files.source) as source, files.rejected.open("ab") as rejected:
        rejected.truncate(counts.rejected_bytes)
        rejected.seek(0, io.SEEK_END)
        lines = itertools.islice(enumerate(_lines_of(source, files.source), start=1), counts.lines, None)
        while batch := list(itertools.islice(lines, LINES_AT_ONCE)):
            outcomes = _store(service, credential, rules, batch)
            counts = _count(counts, batch, outcomes, rejected)
            _keep_progress(files.progress, store, counts)
            tell(counts)
    files.progress.unlink(missing_ok=True)
    if not counts.rejected:
        files.rejected.unlink()
    return counts


def _open(source: Path) -> IO[bytes]:
    """Open plain or gzip text; raise RequestRefusedError if it cannot be read."""
    try:
        with source.open("rb") as start:
            is_gzip = start.read(2) == b"\x1f\x8b"
        return io.BufferedReader(gzip.GzipFile(source)) if is_gzip else source.open("rb")
    except OSError as error:
        raise RequestRefusedError(f"The file {source} cannot be read ({error.strerror}).") from error


def _lines_of(opened: IO[bytes], source: Path) -> Iterator[bytes]:
    try:
        yield from opened
    except (EOFError, zlib.error, OSError) as error:
        raise RequestRefusedError(
            f"The file {source} is damaged ({error}). Fetch it again; the import then goes on where it was."
        ) from error


def _resume(files: ImportFiles, store: str) -> ImportCounts:
    """Return how far an earlier import into this store came; one into another store does not count."""
    try:
        kept = parse_json(files.progress.read_bytes())
        return ImportCounts(**kept["counts"]) if kept["store"] == store else ImportCounts()
    except FileNotFoundError:
        return ImportCounts()
    except (InvalidInputError, TypeError, KeyError) as error:
        message = (
            f"{files.progress} is not a progress file of an import; remove it to start from the first line."
        )
        raise RequestRefusedError(message) from error


def _keep_progress(path: Path, store: str, counts: ImportCounts) -> None:
    beside = Path(f"{path}.new")
    beside.write_bytes(dump_json({"store": store, "counts": asdict(counts)}))
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
        payload = parse_json(text)
    except InvalidInputError:
        return text  # refused with its reason when it is stored
    if not isinstance(payload, dict) or "id" in payload:
        return text
    digest = hashlib.sha256(text).hexdigest()
    return with_id(SentStatement(payload, text), str(uuid5(NAMESPACE_URL, f"{number}:{digest}"))).text


def _count(
    counts: ImportCounts, batch: list[Line], outcomes: list[Stored], rejected: IO[bytes]
) -> ImportCounts:
    for (number, text), outcome in zip(batch, outcomes, strict=True):
        if outcome.reason:
            line = text.decode("utf-8", "backslashreplace").rstrip("\n")
            rejected.write(dump_json({"line": number, "reason": outcome.reason, "text": line}) + b"\n")
    rejected.flush()
    bad = sum(bool(outcome.reason) for outcome in outcomes)
    duplicates = sum(outcome.duplicate and outcome.statement_id is not None for outcome in outcomes)
    blank = sum(outcome.duplicate and outcome.statement_id is None for outcome in outcomes)
    return replace(
        counts,
        lines=counts.lines + len(batch),
        stored=counts.stored + len(outcomes) - bad - duplicates - blank,
        duplicates=counts.duplicates + duplicates,
        rejected=counts.rejected + bad,
        rejected_bytes=rejected.tell(),
    )


def rejected_lines(path: Path, most: int) -> Iterator[str]:
    """Yield the first bad lines of an import as `line N: reason`."""
    with path.open("rb") as source:
        for text in itertools.islice(source, most):
            row = parse_json(text)
            yield f"line {row['line']}: {row['reason']}"
