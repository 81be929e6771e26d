"""Removes and rewrites stored Statements, which nothing else does: for erasures and retention alone.

What a StatementRef inherited of a Statement that goes or changes is worked out again, up the chains.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from bson import Binary

from lrs.storage.chunks import in_chunks
from lrs.storage.database import Database, Row, StoreId
from lrs.storage.driver_errors import unavailable_when_unreachable
from lrs.storage.statement_documents import ATTACHMENTS, id_of_key, is_statement, reserved_place
from lrs.storage.statement_facets import FACETS, Facets, facet_fields, kept_value
from lrs.storage.statements.linking import NOTES
from lrs.storage.statements.references import LINKING_FIELDS, LONGEST_CHAIN, link_references, references_in
from lrs.storage.tenancy import Replacement, Update

AT_ONCE = 100
EVERY: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class ErasableStatement:
    """A stored Statement that an erasure looks at: its `_id`, its exact text, and what else it holds."""

    key: bytes
    text: bytes
    activities: tuple[str, ...]
    attachments: tuple[str, ...]
    credential: str
    is_reference: bool

    @property
    def statement_id(self) -> str:
        """The id in lower case."""
        return id_of_key(self.key)


@dataclass(frozen=True, slots=True)
class Rewritten:
    """What a Statement is from now on."""

    before: ErasableStatement
    text: bytes
    facets: Facets
    fingerprint: bytes
    attachments: tuple[str, ...]

    @property
    def key(self) -> bytes:
        """The `_id`."""
        return self.before.key


class StatementErasures:
    """The Statements of one store, as an erasure sees them."""

    def __init__(self, database: Database, store: StoreId) -> None:
        self._database = database
        self._store = store
        self._rows = database.collection("statements", store)
        self._references = database.collection("statement_references", store)
        self._notes = database.collection(NOTES, store)

    def find(self, condition: Mapping[str, Any], limit: int = AT_ONCE) -> list[ErasableStatement]:
        """Return the first Statements that match, in any order."""
        with unavailable_when_unreachable():
            rows = self._rows.iterate(condition, limit=limit, batch_size=limit)
            return [_erasable(row) for row in rows if is_statement(row)]

    def iterate_named(self, field: str, values: Sequence[str]) -> Iterator[ErasableStatement]:
        """Stream the Statements of which a facet is one of these values, their own or inherited."""
        return self.iterate({field: {"$in": list(map(kept_value, values))}})

    def iterate(self, condition: Mapping[str, Any] = EVERY) -> Iterator[ErasableStatement]:
        """Stream the Statements that match, in any order."""
        with unavailable_when_unreachable():
            for row in self._rows.iterate(condition, batch_size=AT_ONCE):
                if is_statement(row):
                    yield _erasable(row)

    def count(self, condition: Mapping[str, Any]) -> int:
        """Count the Statements that match."""
        with unavailable_when_unreachable():
            return self._rows.count(condition)

    def held_attachments(self, hashes: Sequence[str]) -> set[str]:
        """Return those of these attachments that any Statement holds; all Statements are looked at."""
        with unavailable_when_unreachable():
            rows = self._rows.iterate({ATTACHMENTS: {"$in": list(hashes)}}, [ATTACHMENTS])
            return {sha2 for row in rows for sha2 in row[ATTACHMENTS]} if hashes else set()

    def is_named(self, activity: str) -> bool:
        """Return whether any Statement speaks of an Activity."""
        with unavailable_when_unreachable():
            return self._rows.find_one({"related_activities": kept_value(activity)}, ["_id"]) is not None

    def remove(self, statements: Sequence[ErasableStatement]) -> None:
        """Remove Statements; the place of one that others point at stays reserved, as before it was stored."""
        keys = [Binary(one.key) for one in statements]
        with unavailable_when_unreachable():
            pointing = self._pointing_at(keys)
            awaited = {target for _, target in pointing}
            self._references.delete_many({"_id": {"$in": keys}})
            self._notes.delete_many({"_id": {"$in": keys}})
            places = [Replacement({"_id": Binary(key)}, _plain_place(key)) for key in awaited]
            self._rows.bulk_write(places)
            self._rows.delete_many({"_id": {"$in": [key for key in keys if bytes(key) not in awaited]}})
            self._inherit_again({source for source, _ in pointing})
        self._database.usage.add(self._store, -sum(len(one.text) for one in statements))

    def rewrite(self, after: Sequence[Rewritten]) -> None:
        """Write what Statements are from now on, and let those that point at them inherit that."""
        keys = [Binary(one.key) for one in after]
        with unavailable_when_unreachable():
            self._rows.bulk_write([Update({"_id": Binary(one.key)}, _change(one)) for one in after])
            self._inherit_again(
                {bytes(key) for key in keys} | {source for source, _ in self._pointing_at(keys)}
            )
        grown = sum(len(one.text) - len(one.before.text) for one in after)
        self._database.usage.add(self._store, grown)

    def relink(self, statements: Sequence[ErasableStatement]) -> None:
        """Work out again what Statements inherit."""
        with unavailable_when_unreachable():
            self._inherit_again({one.key for one in statements})

    def _pointing_at(self, keys: Sequence[bytes]) -> list[tuple[bytes, bytes]]:
        rows = self._references.find_among("target", keys, ["source", "target"])
        return [(bytes(row["source"]), bytes(row["target"])) for row in rows]

    def _inherit_again(self, keys: set[bytes]) -> None:
        """Take back all that these Statements and those that point at them inherited; then link them again."""
        every, due = set(keys), set(keys)
        for _ in range(LONGEST_CHAIN):
            due = {source for source, _ in self._pointing_at([Binary(key) for key in due])} - every
            if not due:
                break
            every |= due
        for some in in_chunks(sorted(every), AT_ONCE):
            self._take_back(some)
        for some in in_chunks(sorted(every), AT_ONCE):
            rows: list[Row] = self._rows.find({"_id": {"$in": [Binary(key) for key in some]}}, LINKING_FIELDS)
            references = references_in(self._store, [row for row in rows if is_statement(row)])
            link_references(self._database, self._store, [], references)

    def _take_back(self, keys: Sequence[bytes]) -> None:
        """Leave to StatementRefs their own facets alone."""
        changes = []
        for row in self._rows.find_by_ids([Binary(key) for key in keys], ["seq", "links"]):
            own = next((link for link in row.get("links", ()) if link["of"] == row["_id"]), None)
            if own is not None:
                values = {name: own[name] for name in FACETS}
                changes.append(Update({"_id": Binary(row["_id"])}, {"$set": {**values, "links": [own]}}))
        self._rows.bulk_write(changes)


def _erasable(row: Row) -> ErasableStatement:
    return ErasableStatement(
        bytes(row["_id"]),
        bytes(row["text"]),
        tuple(row["related_activities"]),
        tuple(row.get(ATTACHMENTS, ())),
        row["credential"],
        bool(row.get("reference")),
    )


def _plain_place(key: bytes) -> Row:
    return {name: value for name, value in reserved_place(key).items() if name != "_id"}


def _change(after: Rewritten) -> Row:
    """Return the change of a document; a StatementRef keeps nothing of what it inherited."""
    values = facet_fields(after.facets)
    kept: Row = {**values, "text": Binary(after.text), "fingerprint": Binary(after.fingerprint)}
    change: Row = {"$set": kept}
    if after.before.is_reference:
        kept["links"] = [{"of": Binary(after.key), "credential": after.before.credential, **values}]
    if after.attachments:
        kept[ATTACHMENTS] = list(after.attachments)
    else:
        change["$unset"] = {ATTACHMENTS: ""}
    return change
