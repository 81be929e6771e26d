"""Import Statements from NDJSON or other JSON, plain or gzip: resumable, duplicates skipped, bad ones set aside."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from lrs.auth.credentials import Credential
from lrs.auth.stores import store_named
from lrs.ingestion.ndjson import ImportCounts, ImportFiles, count_lines, import_statements, rejected_lines
from lrs.statements.service import StatementService
from lrs.storage.database import Database
from schemas.versions import SERVED, VERSIONS, VersionRules
from scripts.command import FAILED, command, run
from scripts.options import FILE, json_option, store_argument
from scripts.output import Progress, print_json
from scripts.session import open_database, service_settings

SHOWN_REASONS = 10
IMPORT = "import"
"""The name in the authority of what was imported; the key of no credential is so short."""
SCOPES = ("statements/write", "statements/void/others", "define", "names")


@command(examples=["acme statements.ndjson", "acme statements.ndjson.gz --rejected bad.ndjson"])
@store_argument
@click.argument("file", type=FILE)
@click.option(
    "--version",
    type=click.Choice(VERSIONS),
    default="1.0.3",
    show_default=True,
    help="xAPI version to check by.",
)
@click.option(
    "--rejected", type=FILE, metavar="FILE", help="Where bad lines go (default: FILE.rejected.ndjson)."
)
@json_option
def main(store: str, file: Path, version: str, rejected: Path | None, as_json: bool) -> int:
    """Import Statements from NDJSON, an array, a StatementResult or pretty-printed JSON, plain or gzip.

    Run again after an interruption, the import goes on where it was. Statements that are stored already are
    skipped; bad lines are set aside with their reasons, and the exit status is 1.
    """
    files = ImportFiles.beside(file)
    if rejected:
        files = ImportFiles(files.source, rejected, files.progress)
    rules = next(item for item in SERVED if item.name == version)
    with open_database() as database:
        credential = Credential(IMPORT, IMPORT, store_named(database, store), frozenset(SCOPES))
        counts = _import(database, credential, rules, files)
    if as_json:
        print_json(_values(counts, files))
    else:
        _print_counts(counts, files)
    return FAILED if counts.rejected else 0


def _import(
    database: Database, credential: Credential, rules: VersionRules, files: ImportFiles
) -> ImportCounts:
    service = StatementService(database, service_settings())
    service.start()
    try:
        with Progress(count_lines(files.source)) as progress:
            return import_statements(
                service, credential, rules, files, lambda counts: progress.count(counts.lines, _line(counts))
            )
    finally:
        service.stop()


def _line(counts: ImportCounts) -> str:
    return (
        f"{counts.lines} lines: {counts.stored} stored, {counts.duplicates} duplicates, {counts.rejected} bad"
    )


def _values(counts: ImportCounts, files: ImportFiles) -> dict[str, Any]:
    return {**asdict(counts), "rejected_file": str(files.rejected) if counts.rejected else None}


def _print_counts(counts: ImportCounts, files: ImportFiles) -> None:
    click.echo(f"Lines      {counts.lines}\nStored     {counts.stored}\nDuplicates {counts.duplicates}")
    click.echo(f"Rejected   {counts.rejected}")
    if not counts.rejected:
        return
    for line in rejected_lines(files.rejected, SHOWN_REASONS):
        click.echo(f"  {line}")
    click.echo(f"All rejected lines, with their reasons: {files.rejected}")


if __name__ == "__main__":
    run(main)
