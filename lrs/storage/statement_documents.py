"""A stored Statement, as rows and as documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from bson import Binary

from lrs.storage.statement_facets import FACETS, Facets, facet_fields
from lrs.storage.tenancy import Row, StoreId
from lrs.storage.transactions import WriteSize

LOWEST_SEQ, HIGHEST_SEQ = b"", b"\xff" * 14


@dataclass(frozen=True, slots=True)
class StatementRow:
    """A Statement ready to be kept: its exact text beside the fields it is found by."""

    statement_id: str
    seq: bytes
    stored: int
    timestamp: int
    facets: Facets
    credential: str
    reference: str | None
    voids: bool
    fingerprint: bytes
    text: bytes
    attachments: tuple[str, ...] = ()
    """The SHA-2 hashes (lower case hex) of the bytes that came with it."""
    voids_own_only: bool = False
    """Whether it voids nothing that was stored with another credential."""
    has_trusted_names: bool = False


@dataclass(frozen=True, slots=True)
class StoredStatement:
    """A Statement as it was kept."""

    statement_id: str
    seq: bytes
    stored: int
    timestamp: int
    voided: bool
    text: bytes
    has_trusted_names: bool = False


@dataclass(frozen=True, slots=True)
class SeqRange:
    """Order keys above `low` up to and with `high`."""

    low: bytes
    high: bytes

    def beyond(self, last: bytes, *, ascending: bool) -> SeqRange:
        """Return what is left after the Statement with the key `last` was read."""
        if ascending:
            return SeqRange(last, self.high)
        return SeqRange(self.low, (int.from_bytes(last, "big") - 1).to_bytes(len(last), "big"))

    def without(self, window: SeqRange, *, ascending: bool) -> SeqRange:
        """Return what is left after a window at the beginning (at the end when descending) was read."""
        return SeqRange(window.high, self.high) if ascending else SeqRange(self.low, window.low)


class TakenError(Exception):
    """An id is taken: by a Statement, or by the place reserved for one that others point at."""


class DuplicateStatementsError(Exception):
    """Some ids are stored already; `fingerprints` tells by which content."""

    def __init__(self, fingerprints: Mapping[str, bytes]) -> None:
        super().__init__(f"{len(fingerprints)} Statement ids are stored already")
        self.fingerprints = fingerprints


@dataclass(frozen=True, slots=True)
class FoundStatement:
    """A Statement of an answer: its order key, its exact text, the hashes of the bytes that came with it."""

    seq: bytes
    text: bytes
    attachments: tuple[str, ...] = ()

    @property
    def stored(self) -> int:
        """When it was stored (us): the order key begins with it."""
        return int.from_bytes(self.seq[:8], "big")


@dataclass(frozen=True, slots=True)
class RowsPage:
    """Rows of a page in the order asked for, and whether others match after them."""

    rows: list[Row]
    has_more: bool


@dataclass(frozen=True, slots=True)
class StatementsPage:
    """The Statements of a page, and whether others match after them."""

    statements: list[FoundStatement]
    has_more: bool


TRUSTED_NAMES, ATTACHMENTS, OWN_ONLY = "trusted_names", "attachments", "voids_own_only"
FIELDS: Mapping[str, bool] = dict.fromkeys(
    ("seq", "stored", "timestamp", "voided", "text", TRUSTED_NAMES), True
)
FIELDS_OF_A_PAGE: Mapping[str, bool] = {"_id": False, "seq": True, "text": True, ATTACHMENTS: True}


class RowsSize:
    """How much rows change that are stored together; a value that several are found by counts once."""

    def __init__(self, rows: Sequence[StatementRow] = ()) -> None:
        self._documents = 0
        self._text_bytes = 0
        self._values: tuple[set[str], ...] = tuple(set() for _ in FACETS)
        for row in rows:
            self.add(row)

    def add(self, row: StatementRow) -> None:
        """Add a row."""
        self._documents += 1
        self._text_bytes += len(row.text)
        for seen, values in zip(self._values, row.facets.by_filter, strict=True):
            seen.update(values)

    @property
    def total(self) -> WriteSize:
        """The size of all rows together."""
        return WriteSize(self._documents, self._text_bytes, sum(map(len, self._values)))


def document_of(store: StoreId, row: StatementRow) -> Row:
    """Return the document kept for a row."""
    document = {
        "_id": key_of(store, row.statement_id),
        "seq": Binary(row.seq),
        "stored": row.stored,
        "timestamp": row.timestamp,
        **facet_fields(row.facets),
        "credential": row.credential,
        "voided": False,
        "voids": row.voids,
        "fingerprint": Binary(row.fingerprint),
        "text": Binary(row.text),
    }
    if row.reference:
        document["reference"] = row.reference
        document["links"] = [link_of(document)]
    if row.attachments:
        document[ATTACHMENTS] = list(row.attachments)
    document |= {
        name: True
        for name, value in ((OWN_ONLY, row.voids_own_only), (TRUSTED_NAMES, row.has_trusted_names))
        if value
    }
    return document


def link_of(document: Mapping[str, Any]) -> Row:
    """Return what a StatementRef inherits of a Statement: its facets, and with which credential it was stored."""
    return {
        "of": document["_id"],
        "credential": document["credential"],
        **{name: document[name] for name in FACETS},
    }


def key_of(store: StoreId, statement_id: str) -> Binary:
    """Return the `_id` of a Statement: 12 bytes of the store, 16 of the id; unique per store."""
    key: Binary = Binary(store.binary + UUID(statement_id).bytes)
    return key


def id_of_key(key: bytes) -> str:
    """Return the Statement id (lower case) inside an `_id`."""
    return str(UUID(bytes=bytes(key)[12:]))


def stored_statement(row: Mapping[str, Any]) -> StoredStatement:
    """Return what a stored document holds."""
    return StoredStatement(
        id_of_key(row["_id"]),
        bytes(row["seq"]),
        row["stored"],
        row["timestamp"],
        row["voided"],
        bytes(row["text"]),
        row.get(TRUSTED_NAMES, False),
    )


def found_statement(row: Mapping[str, Any]) -> FoundStatement:
    """Return what a document with the fields of a page holds."""
    return FoundStatement(bytes(row["seq"]), bytes(row["text"]), tuple(row.get(ATTACHMENTS, ())))


def reserved_place(key: bytes) -> Row:
    """Return the document that reserves the place of a Statement that others point at but that is not stored yet.

    The process that stores the Statement finds its `_id` taken, and so knows that there is something to link.
    """
    return {"_id": Binary(key), "reserved": True}


def is_statement(row: Mapping[str, Any]) -> bool:
    """Return whether a document (read with `seq`) is a Statement and not only its reserved place."""
    return "seq" in row
