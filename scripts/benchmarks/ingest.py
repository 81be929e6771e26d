"""Storing Statements: single ones beside an empty Flask view, batches beside pymongo's insert_many."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lrs.storage.database import StoreId
from lrs.storage.records import STATEMENT_INDEXES
from lrs.storage.statement_documents import key_of
from scripts.benchmarks.clients import Clients, Work, measure_rates
from scripts.benchmarks.endpoint import BenchmarkError, Endpoint
from scripts.benchmarks.report import Row, Target, compare_medians, in_turn
from scripts.benchmarks.samples import Batches, seeds
from scripts.benchmarks.servers import Site, connected

LIMIT_COLLECTION = "insert_many_limit"
BATCH = 100
OURS, INSERTED, EMPTY = "ours", "insert_many", "empty view"


@dataclass(frozen=True, slots=True)
class Post:
    """Post batches to an endpoint on one connection; counts Statements."""

    endpoint: Endpoint
    batches: Batches

    @contextmanager
    def open(self) -> Iterator[Callable[[], int]]:
        """Make the bodies and open the connection; then send them one after the other."""
        bodies = list(self.batches.bodies())
        with self.endpoint.connect() as connection:

            def send() -> int:
                for body in bodies:
                    connection.send("POST", "/statements", body)
                return len(bodies) * self.batches.size

            yield send


@dataclass(frozen=True, slots=True)
class InsertMany:
    """Insert, with pymongo alone, the very documents that the LRS stored for the same batches."""

    uri: str
    store: StoreId
    batches: Batches

    @contextmanager
    def open(self) -> Iterator[Callable[[], int]]:
        """Read the documents back and connect; then insert them, batch by batch."""
        with connected(self.uri) as database:
            rows = self._stored(database.db["statements"])
            target = database.db[LIMIT_COLLECTION]
            size = self.batches.size

            def insert() -> int:
                for first in range(0, len(rows), size):
                    target.insert_many(rows[first : first + size])
                return len(rows)

            yield insert

    def _stored(self, statements: Any) -> list[dict[str, Any]]:
        keys = [key_of(self.store, name) for name in self.batches.ids()]
        found = {bytes(row["_id"]): row for row in statements.find({"_id": {"$in": keys}})}
        if len(found) != len(keys):
            raise BenchmarkError(f"Of {len(keys)} Statements posted only {len(found)} are stored.")
        return [found[bytes(key)] for key in keys]


@dataclass(frozen=True, slots=True)
class Case:
    """One kind of ingest: how many clients send how many requests of how many Statements."""

    clients: int
    requests: int
    size: int
    target: Target | None = None

    @property
    def work(self) -> str:
        """What stands in the table."""
        kind = f"POST batches of {self.size}" if self.size > 1 else "POST single"
        return f"{kind}, {self.clients} client" + ("s" if self.clients > 1 else "")

    @property
    def unit(self) -> str:
        """What is counted in a second."""
        return "Statements/s" if self.size > 1 else "requests/s"

    def batches(self, pool: Path) -> list[Batches]:
        """Return what each client sends in one repetition; never the same twice."""
        each = self.requests * self.size
        taken = itertools.islice(seeds, self.clients)
        return [Batches(pool, seed, self.requests, self.size, seed * each) for seed in taken]


HALF = Target(">=", 0.5)
CASES = (Case(1, 12, BATCH), Case(8, 4, BATCH, HALF), Case(1, 200, 1), Case(8, 60, 1, HALF))
QUICK_CASES = (Case(1, 4, BATCH), Case(8, 2, BATCH, HALF), Case(1, 60, 1), Case(8, 20, 1, HALF))


def measure_ingest(
    clients: Clients, pool: Path, site: Site | Endpoint, cases: Sequence[Case], rounds: int
) -> list[Row]:
    """Measure each case, ours and its limit in turn; an endpoint that is not ours has no limit."""
    if isinstance(site, Site):
        with site.database() as database:
            database.db[LIMIT_COLLECTION].create_indexes(STATEMENT_INDEXES)
    return [row for case in cases for row in _measure(clients, pool, site, case, rounds)]


def _measure(clients: Clients, pool: Path, site: Site | Endpoint, case: Case, rounds: int) -> Iterator[Row]:
    rates = measure_rates(clients, lambda: _ways(site, case.batches(pool)), rounds)
    limit = rates[EMPTY if case.size == 1 else INSERTED]
    yield compare_medians(case.work, rates[OURS], limit, case.unit, case.target)
    if case.size == 1 and rates[INSERTED]:
        work = f"{case.work}, beside raw insert_many of one"
        yield compare_medians(work, rates[OURS], rates[INSERTED], case.unit)
        work = f"{case.work}, beside an empty view and raw insert_many of one in turn"
        yield compare_medians(work, rates[OURS], in_turn(rates[EMPTY], rates[INSERTED]), case.unit)


def _ways(site: Site | Endpoint, batches: Sequence[Batches]) -> Iterator[tuple[str, list[Work]]]:
    """Yield what the clients do in one repetition: ours first, since a limit takes what ours stored."""
    if not isinstance(site, Site):
        yield OURS, [Post(site, item) for item in batches]
        return
    yield OURS, [Post(site.xapi, item) for item in batches]
    yield INSERTED, [InsertMany(site.uri, site.store.id, item) for item in batches]
    if batches[0].size == 1:
        yield EMPTY, [Post(site.empty_xapi, item) for item in batches]


def load(clients: Clients, endpoint: Endpoint, pool: Path, first: int, last: int) -> None:
    """Store the Statements first..last of a pool that is gone through again and again."""
    clients.rate([Post(endpoint, share) for share in shares_of(pool, len(clients.pipes), first, last)])


def shares_of(pool: Path, count: int, first: int, last: int) -> list[Batches]:
    """Share the Statements first..last of a pool among that many clients, in batches."""
    total = (last - first) // BATCH
    requests = [total // count + (position < total % count) for position in range(count)]
    starts = [first + BATCH * sum(requests[:position]) for position in range(count)]
    return [
        Batches(pool, next(seeds), share, BATCH, start)
        for share, start in zip(requests, starts, strict=True)
        if share
    ]
