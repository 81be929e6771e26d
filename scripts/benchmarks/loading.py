"""The one write path without HTTP: to fill large stores, and the bulk import beside pymongo's insert_many."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lrs.auth.credentials import Credential, check_credential
from lrs.config import Settings
from lrs.ingestion.ndjson import LINES_AT_ONCE, ImportFiles, import_statements
from lrs.statements.service import StatementService
from schemas.versions import rules_for
from scripts.benchmarks.clients import Clients, Work, measure_rates
from scripts.benchmarks.ingest import HALF, INSERTED, OURS, InsertMany, shares_of
from scripts.benchmarks.report import Row, compare_medians
from scripts.benchmarks.samples import Batches, seeds
from scripts.benchmarks.servers import Site, connected

RULES = rules_for("1.0.3")


@dataclass(frozen=True, slots=True)
class Fill:
    """Store batches in this process by the path that all Statements take; counts Statements."""

    uri: str
    pair: tuple[str, str]
    batches: Batches

    @contextmanager
    def open(self) -> Iterator[Callable[[], int]]:
        """Connect; then make the batches and store them one after the other."""
        with _writing(self.uri, self.pair) as (service, credential):

            def store() -> int:
                for body in self.batches.bodies():
                    service.writer.store_statements(body, credential, RULES)
                return self.batches.requests * self.batches.size

            yield store


@dataclass(frozen=True, slots=True)
class ImportFile:
    """Import a file of as many Statements as the batches hold, as `scripts.import_statements` does."""

    uri: str
    pair: tuple[str, str]
    batches: Batches

    @contextmanager
    def open(self) -> Iterator[Callable[[], int]]:
        """Write the file and connect; then import it."""
        with tempfile.TemporaryDirectory() as folder, _writing(self.uri, self.pair) as (service, credential):
            files = ImportFiles.beside(Path(folder) / "statements.ndjson")
            files.source.write_bytes(b"\n".join(self.batches.texts()))

            def read() -> int:
                return import_statements(service, credential, RULES, files, lambda counts: None).stored

            yield read


@contextmanager
def _writing(uri: str, pair: tuple[str, str]) -> Iterator[tuple[StatementService, Credential]]:
    with connected(uri) as database:
        service = StatementService(database, Settings())
        service.start()
        try:
            yield service, check_credential(database, *pair)
        finally:
            service.stop()


def fill(clients: Clients, site: Site, pool: Path, size: int) -> None:
    """Store that many Statements of a pool that is gone through again and again, some in each process."""
    pair = (site.server.key, site.server.secret)
    clients.rate([Fill(site.uri, pair, share) for share in shares_of(pool, len(clients.pipes), 0, size)])


def measure_import(clients: Clients, pool: Path, site: Site, requests: int, rounds: int) -> Row:
    """Measure the bulk import by one process beside insert_many of the same documents by one."""
    pair = (site.server.key, site.server.secret)

    def ways() -> Iterator[tuple[str, list[Work]]]:
        batches = Batches(pool, next(seeds), requests, LINES_AT_ONCE)
        yield OURS, [ImportFile(site.uri, pair, batches)]
        yield INSERTED, [InsertMany(site.uri, site.store.id, batches)]

    rates = measure_rates(clients, ways, rounds)
    return compare_medians("bulk import, 1 process", rates[OURS], rates[INSERTED], "Statements/s", HALF)
