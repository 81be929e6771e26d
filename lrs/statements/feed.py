"""Statements in stored order, for the recommender. One of its entry points into the LRS."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from heapq import merge
from itertools import groupby
from operator import attrgetter

from lrs.storage.database import Database, StoreId
from lrs.storage.statement_documents import LOWEST_SEQ, SeqRange, StoredStatement
from lrs.storage.statements.read import StatementReads
from lrs.storage.stored_time import NO_WORKER, StoredTime, read_consistent_through

_SEQ = attrgetter("seq")
FeedStatement = StoredStatement
"""An item of the feed: a stored Statement with its order key, id, times in us, exact JSON text."""


def iterate_statements(
    database: Database, store: StoreId, after: bytes = LOWEST_SEQ, batch: int = 1000
) -> Iterator[FeedStatement]:
    """Stream the Statements after an order key, oldest first, voided ones flagged, up to Consistent-Through."""
    high = StoredTime(read_consistent_through(database, store) + 1, NO_WORKER).seq(0)
    repository = StatementReads(database, store)
    yield from repository.iterate_statements(SeqRange(after, high), batch)


def statements_of_agents(
    database: Database, store: StoreId, identifiers: Sequence[str], after: bytes = LOWEST_SEQ
) -> Iterator[FeedStatement]:
    """Stream the Statements after an order key whose actor or object is one of these, each once, oldest first."""
    reads = StatementReads(database, store)
    found = [
        reads.statements_of_agent(one, after) for one in identifiers
    ]  # each is served by an index in order
    return (next(same) for _, same in groupby(merge(*found, key=_SEQ), _SEQ))


def find_statements(database: Database, store: StoreId, ids: Sequence[str]) -> Iterator[FeedStatement]:
    """Stream those of these Statements that are stored, voided ones too."""
    return StatementReads(database, store).find_with_ids(ids)


def voided_since(database: Database, store: StoreId, after: bytes) -> Iterator[str]:
    """Stream the ids of Statements that voiding Statements stored after an order key aim at."""
    return StatementReads(database, store).voided_targets(after)
