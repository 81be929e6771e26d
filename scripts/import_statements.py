"""Import Statements from NDJSON or other JSON, plain or gzip: resumable, duplicates skipped, bad ones set aside."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lrs.auth.credentials import Credential, check_credential, create_credential, revoke_credential
from lrs.auth.stores import Store, store_named
from lrs.ingestion.ndjson import ImportCounts, ImportFiles, import_statements, rejected_lines
from lrs.statements.service import StatementService
from schemas.versions import SERVED, VERSIONS
from scripts.session import FAILED, open_database, run

SHOWN_REASONS = 10
IMPORT_NAME = "import"


def main() -> int:
    """Import the file; return 1 if lines were rejected."""
    arguments = _parser().parse_args()
    files = ImportFiles.beside(arguments.file)
    if arguments.rejected:
        files = ImportFiles(files.source, arguments.rejected, files.progress)
    rules = next(item for item in SERVED if item.name == arguments.version)
    with open_database() as (database, settings), _importing(store_named(arguments.store)) as credential:
        service = StatementService(database, settings)
        service.start()
        try:
            counts = import_statements(service, credential, rules, files, _tell)
        finally:
            service.stop()
    print(file=sys.stderr)
    return _report(counts, files)


@contextmanager
def _importing(store: Store) -> Iterator[Credential]:
    """Lend a credential that stands as authority of what is imported; nobody else ever knows its secret."""
    key, secret = create_credential(store, IMPORT_NAME, ["statements/write", "define"])
    try:
        yield check_credential(key, secret)
    finally:
        revoke_credential(key)


def _tell(counts: ImportCounts) -> None:
    text = (
        f"{counts.lines} lines: {counts.stored} stored, {counts.duplicates} duplicates, {counts.rejected} bad"
    )
    print(f"\r{text}", end="", file=sys.stderr, flush=True)


def _report(counts: ImportCounts, files: ImportFiles) -> int:
    print(f"Lines      {counts.lines}\nStored     {counts.stored}\nDuplicates {counts.duplicates}")
    print(f"Rejected   {counts.rejected}")
    if not counts.rejected:
        return 0
    for line in rejected_lines(files.rejected, SHOWN_REASONS):
        print(f"  {line}")
    print(f"All rejected lines, with their reasons: {files.rejected}")
    return FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("store", help="store to import into")
    parser.add_argument(
        "file",
        type=Path,
        help="NDJSON file, an array or a StatementResult, plain or gzip",
    )
    parser.add_argument("--version", choices=VERSIONS, default="1.0.3")
    parser.add_argument("--rejected", type=Path, help="where bad lines go (default: FILE.rejected.ndjson)")
    return parser


if __name__ == "__main__":
    run(main)
