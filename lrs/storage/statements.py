"""Statements in MongoDB: the one write path, the queries of the xAPI, and the feed in stored order."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from bson import Binary
from pymongo.client_session import ClientSession
from pymongo.errors import BulkWriteError, OperationFailure

from lrs.errors import PayloadTooLargeError, ServiceUnavailableError
from lrs.storage.attachments import AttachmentFile, AttachmentsRepository, PublishedMeanwhileError
from lrs.storage.database import Database, Row, StoreId, unavailable_when_unreachable
from lrs.storage.landmarks import Landmarks
from lrs.storage.references import Reference, link_references
from schemas.vocabulary import VOIDED

LOWEST_SEQ = b""
DUPLICATE_KEY = 11000
TRANSACTION_TOO_LARGE = 313
ATTEMPTS = 10
SHORTEST_PAUSE_S = 0.002


@dataclass(frozen=True, slots=True)
class Facets:
    """What a Statement can be found by: verb, identifiers, Activity ids, registration."""

    verb: str
    agents: tuple[str, ...]
    related_agents: tuple[str, ...]
    activities: tuple[str, ...]
    related_activities: tuple[str, ...]
    registration: str | None


@dataclass(frozen=True, slots=True)
class StatementRow:
    """A Statement ready to be kept: its exact text beside the fields it is found by."""

    statement_id: str
    seq: bytes
    stored: int
    timestamp: int
    facets: Facets
    authority: str
    credential: str
    reference: str | None
    voids: bool
    fingerprint: bytes
    text: bytes
    has_new_id: bool  # made here just now, so that nothing stored can point at it


@dataclass(frozen=True, slots=True)
class StoredStatement:
    """A Statement as it was kept."""

    statement_id: str
    seq: bytes
    stored: int
    timestamp: int
    voided: bool
    text: bytes


FoundBy = tuple[StoredStatement, tuple[str, ...]]
"""A Statement, and the identifiers of the agents it is found by."""


@dataclass(frozen=True, slots=True)
class StatementFilter:
    """Equality on what a Statement can be found by; None means any."""

    verb: str | None = None
    agent: str | None = None
    related_agents: bool = False
    activity: str | None = None
    related_activities: bool = False
    registration: str | None = None
    authority: str | None = None


@dataclass(frozen=True, slots=True)
class SeqRange:
    """Order keys above `low` up to and with `high`."""

    low: bytes
    high: bytes


class DuplicateStatementsError(Exception):
    """Some ids are stored already; `fingerprints` tells by which content."""

    def __init__(self, fingerprints: Mapping[str, bytes]) -> None:
        super().__init__(f"{len(fingerprints)} Statement ids are stored already")
        self.fingerprints = fingerprints


FIELDS = ("seq", "stored", "timestamp", "voided", "text")


class StatementsRepository:
    """The Statements of one store."""

    def __init__(self, database: Database, store: StoreId, landmarks: Landmarks) -> None:
        self._database = database
        self._store = store
        self._landmarks = landmarks
        self._rows = database.collection("statements", store)

    def store_rows(
        self, rows: Sequence[StatementRow], files: Sequence[AttachmentFile], before_commit: Callable[[], None]
    ) -> None:
        """Keep all rows and publish their files, or nothing; raise DuplicateStatementsError when ids are taken.

        What `before_commit` raises leaves nothing stored.
        """
        documents = [self._document(row) for row in rows]
        references = self._references(rows)
        with unavailable_when_unreachable():
            if len(rows) == 1 and not references and not files:
                before_commit()
                self._insert(documents, references, None)
                touched = self._referable(rows)
            else:
                touched = self._insert_together(rows, documents, references, files, before_commit)
            # A second look, after the commit: what another process committed meanwhile is visible only now.
            self._link(touched, references, None)
        self._landmarks.count(self._store, [row.seq for row in rows])

    def mend_links(self, rows: Sequence[StatementRow]) -> None:
        """Link rows that are stored already, in case the process that stored them died before it had."""
        with unavailable_when_unreachable():
            self._link([self._key(row.statement_id) for row in rows], self._references(rows), None)

    def _referable(self, rows: Sequence[StatementRow]) -> list[bytes]:
        return [self._key(row.statement_id) for row in rows if not row.has_new_id]

    def _insert_together(
        self,
        rows: Sequence[StatementRow],
        documents: list[Row],
        references: list[Reference],
        files: Sequence[AttachmentFile],
        before_commit: Callable[[], None],
    ) -> list[bytes]:
        new = self._referable(rows)
        for attempt in range(ATTEMPTS):
            try:
                with self._database.transaction() as session:
                    self._insert(documents, references, session)
                    if files:
                        AttachmentsRepository(self._database, self._store).publish(files, session)
                    touched = self._link(new, references, session)
                    before_commit()
                return touched
            except PublishedMeanwhileError:
                continue
            except OperationFailure as error:
                if error.code == TRANSACTION_TOO_LARGE:
                    message = (
                        "The batch is too large for one transaction of the database; send smaller batches."
                    )
                    raise PayloadTooLargeError(message) from error
                if not error.has_error_label("TransientTransactionError"):
                    raise
            time.sleep(random.uniform(0, SHORTEST_PAUSE_S * 2**attempt))
        raise ServiceUnavailableError(
            "Too many writers at the same Statements; send the batch again shortly."
        )

    def _insert(
        self, documents: list[Row], references: list[Reference], session: ClientSession | None
    ) -> None:
        try:
            self._rows.insert_many(documents, session=session)
        except BulkWriteError as error:
            self._explain_duplicates(documents, error)
        if references:
            rows = [self._reference_document(item) for item in references]
            self._database.collection("statement_references", self._store).insert_many(rows, session=session)

    def _link(
        self, new: Sequence[bytes], references: list[Reference], session: ClientSession | None
    ) -> list[bytes]:
        return link_references(self._database, self._store, new, references, session)

    def _explain_duplicates(self, documents: list[Row], error: BulkWriteError) -> None:
        codes = {item.get("code") for item in error.details.get("writeErrors", [])}
        if codes != {DUPLICATE_KEY}:
            raise error
        raise DuplicateStatementsError(self._fingerprints([item["_id"] for item in documents])) from error

    def find_fingerprints(self, statement_ids: Sequence[str]) -> dict[str, bytes]:
        """Return the fingerprint of each Statement among these that is stored."""
        with unavailable_when_unreachable():
            return self._fingerprints([self._key(name) for name in statement_ids])

    def _fingerprints(self, keys: Sequence[bytes]) -> dict[str, bytes]:
        rows = self._rows.find({"_id": {"$in": list(keys)}}, ["fingerprint"])
        return {id_of_key(row["_id"]): bytes(row["fingerprint"]) for row in rows}

    def find_statement(
        self, statement_id: str, *, voided: bool, authority: str | None
    ) -> StoredStatement | None:
        """Return the Statement with this id if its voided state is as asked, or None."""
        with unavailable_when_unreachable():
            row = self._rows.find_one({"_id": self._key(statement_id)}, [*FIELDS, "authority"])
        if row is None or row["voided"] != voided or authority not in (None, row["authority"]):
            return None
        return _stored(row)

    def query_statements(
        self, wanted: StatementFilter, span: SeqRange, *, ascending: bool, limit: int
    ) -> list[StoredStatement]:
        """Return up to `limit` Statements that are not voided, in stored order, newest first by default."""
        condition = build_condition(wanted)
        found: list[StoredStatement] = []
        with unavailable_when_unreachable():
            windows = self._landmarks.windows(
                self._store, span.low, span.high, ascending=ascending, first=limit
            )
            for low, high in windows:
                found += self._window(condition, SeqRange(low, high), ascending, limit - len(found))
                if len(found) >= limit:
                    break
        return found

    def _window(
        self, condition: Condition, span: SeqRange, ascending: bool, limit: int
    ) -> list[StoredStatement]:
        indexed = {**condition.indexed, "seq": {"$gt": Binary(span.low), "$lte": Binary(span.high)}}
        page: list[Row] = [
            {"$match": condition.rest},
            {"$sort": {"seq": 1 if ascending else -1}},
            {"$limit": limit},
            {"$project": dict.fromkeys(FIELDS, 1)},
        ]
        return [_stored(row) for row in self._rows.aggregate(indexed, page)]

    def iterate_statements(self, span: SeqRange, batch: int) -> Iterator[FoundBy]:
        """Stream every Statement of the span, voided ones too, oldest first, with the agents it is found by."""
        low = span.low
        for _, high in self._landmarks.windows(self._store, span.low, span.high, ascending=True):
            while low < high:
                page = self._feed_page(SeqRange(low, high), batch)
                yield from page
                low = page[-1][0].seq if len(page) == batch else high

    def _feed_page(self, span: SeqRange, batch: int) -> list[FoundBy]:
        between = {"seq": {"$gt": Binary(span.low), "$lte": Binary(span.high)}}
        with unavailable_when_unreachable():
            rows = self._rows.find(between, [*FIELDS, "agents"], sort=[("seq", 1)], limit=batch)
        return [(_stored(row), tuple(row["agents"])) for row in rows]

    def statements_of_agent(self, identifier: str, after: bytes) -> list[FoundBy]:
        """Return all Statements after an order key whose actor or object this is (for short tails only)."""
        condition = {"agents": identifier, "seq": {"$gt": Binary(after)}}
        with unavailable_when_unreachable():
            rows = self._rows.find(condition, [*FIELDS, "agents"])
        return [(_stored(row), tuple(row["agents"])) for row in rows]

    def voided_targets(self, after: bytes) -> list[str]:
        """Return the ids of Statements that voiding Statements stored after `after` aim at."""
        condition = {"verbs": VOIDED, "seq": {"$gt": Binary(after)}}
        with unavailable_when_unreachable():
            rows = self._rows.find(condition, ["reference", "voids"])
        return [row["reference"] for row in rows if row["voids"]]

    def count(self) -> int:
        """Count the Statements of the store."""
        with unavailable_when_unreachable():
            return self._rows.count({})

    def _key(self, statement_id: str) -> Binary:
        return key_of(self._store, statement_id)

    def _references(self, rows: Sequence[StatementRow]) -> list[Reference]:
        return [
            Reference(self._key(row.statement_id), self._key(row.reference), row.voids)
            for row in rows
            if row.reference
        ]

    def _reference_document(self, reference: Reference) -> Row:
        return {"source": reference.source, "target": reference.target, "voids": reference.voids}

    def _document(self, row: StatementRow) -> Row:
        document = {
            "_id": self._key(row.statement_id),
            "seq": Binary(row.seq),
            "stored": row.stored,
            "timestamp": row.timestamp,
            **facet_fields(row.facets),
            "authority": row.authority,
            "credential": row.credential,
            "voided": False,
            "voids": row.voids,
            "fingerprint": Binary(row.fingerprint),
            "text": Binary(row.text),
        }
        if row.reference:
            document["reference"] = row.reference
            document["links"] = [{"of": document["_id"], **facet_fields(row.facets)}]
        return document


def facet_fields(facets: Facets) -> Row:
    """Return the facets as document fields; each is a list, for a reference adds its target's."""
    return {
        "verbs": [facets.verb],
        "agents": list(facets.agents),
        "related_agents": list(facets.related_agents),
        "activities": list(facets.activities),
        "related_activities": list(facets.related_activities),
        "registrations": [facets.registration] if facets.registration else [],
    }


@dataclass(frozen=True, slots=True)
class Condition:
    """A filter in two stages: what an index serves alone, and what is looked at in the documents it finds.

    MongoDB makes one of the two; the embedded server uses an index only for a filter that is nothing else.
    """

    indexed: Row
    rest: Row


def build_condition(wanted: StatementFilter) -> Condition:
    """Build the filter. With two criteria or more a StatementRef must match by one Statement of its chain."""
    by_rarity: Row = {
        "registrations": wanted.registration,
        "related_agents" if wanted.related_agents else "agents": wanted.agent,
        "related_activities" if wanted.related_activities else "activities": wanted.activity,
        "verbs": wanted.verb,
    }
    criteria = {key: value for key, value in by_rarity.items() if value is not None}
    rarest = dict(list(criteria.items())[:1])
    rest: Row = {key: value for key, value in criteria.items() if key not in rarest} | {"voided": False}
    if len(criteria) > 1:
        rest["$or"] = [{"links": {"$exists": False}}, {"links": {"$elemMatch": criteria}}]
    if wanted.authority is not None:
        rest["authority"] = wanted.authority
    return Condition(rarest, rest)


def key_of(store: StoreId, statement_id: str) -> Binary:
    """Return the `_id` of a Statement: 12 bytes of the store, 16 of the id; unique per store."""
    key: Binary = Binary(store.binary + UUID(statement_id).bytes)
    return key


def id_of_key(key: bytes) -> str:
    """Return the Statement id (lower case) inside an `_id`."""
    return str(UUID(bytes=bytes(key)[12:]))


def _stored(row: Mapping[str, Any]) -> StoredStatement:
    return StoredStatement(
        id_of_key(row["_id"]),
        bytes(row["seq"]),
        row["stored"],
        row["timestamp"],
        row["voided"],
        bytes(row["text"]),
    )
