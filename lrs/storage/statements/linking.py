"""Finds the StatementRefs and targets that must be linked, in whichever order they were stored.

When a StatementRef is stored before its target, its transaction reserves the target's place: a document with the
target's `_id`. The process that stores the target then finds the `_id` taken, and so knows of the StatementRef; all
other writes need no lookup. The transaction also notes what must be linked after its commit. The note is removed once
that is done, so the next sweep finishes the work of a process that died.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from pymongo.client_session import ClientSession

from lrs.storage.database import Database, Row, StoreId
from lrs.storage.inserts import insert_free
from lrs.storage.statement_documents import TakenError, reserved_place
from lrs.storage.statements.references import (
    LINKING_FIELDS,
    Reference,
    link_references,
    reference_document,
    references_in,
)
from lrs.storage.transactions import OvertakenError

NOTES = "statements_to_link"


class Linking:
    """Links the Statements of one store."""

    def __init__(self, database: Database, store: StoreId) -> None:
        self._database = database
        self._store = store
        self._rows = database.collection("statements", store)
        self._references = database.collection("statement_references", store)
        self._notes = database.collection(NOTES, store)

    def reserved_among(self, keys: Sequence[bytes]) -> list[bytes]:
        """Return those of these `_id`s that only a reserved place has."""
        found = self._rows.find({"_id": {"$in": list(keys)}}, ["reserved"])
        return [row["_id"] for row in found if "reserved" in row]

    def free(self, keys: Sequence[bytes], session: ClientSession) -> None:
        """Remove reserved places, in the transaction that stores their Statements; raise TakenError if one is gone."""
        places = {"_id": {"$in": list(keys)}, "reserved": True}
        if keys and self._rows.delete_many(places, session=session) < len(keys):
            raise TakenError

    def prepare(
        self,
        references: Sequence[Reference],
        awaited: Collection[bytes],
        new: Collection[bytes],
        session: ClientSession,
    ) -> list[Reference]:
        """Keep new StatementRefs in the transaction that stores them; return those to link after its commit.

        `awaited` are the new Statements that others point at. The others' places are reserved.
        """
        if references:
            self._references.insert_many([reference_document(item) for item in references], session=session)
        missing = self._reserve({bytes(item.target) for item in references} - set(new), session)
        ready = [item for item in references if bytes(item.target) not in missing]
        notes = {*awaited, *(bytes(item.source) for item in ready)}
        if notes:
            self._notes.insert_many([{"_id": key} for key in sorted(notes)], session=session)
        return ready

    def _reserve(self, targets: Collection[bytes], session: ClientSession) -> set[bytes]:
        """Reserve the places of the targets that are not stored; return these."""
        if not targets:
            return set()
        found = self._rows.find({"_id": {"$in": list(targets)}}, ["reserved"], session=session)
        missing = set(targets) - {row["_id"] for row in found}
        places = [reserved_place(key) for key in sorted(missing)]
        if places and insert_free(self._rows, places, ordered=True, session=session):
            raise OvertakenError
        return missing | {row["_id"] for row in found if "reserved" in row}

    def link(self, references: Sequence[Reference], awaited: Collection[bytes]) -> None:
        """Link committed Statements and forget their notes."""
        link_references(self._database, self._store, list(awaited), references)
        self._forget([*awaited, *(item.source for item in references)])

    def link_again(self, keys: Iterable[bytes]) -> None:
        """Link those of these Statements that the process that stored them has not linked yet."""
        noted = [row["_id"] for row in self._notes.find({"_id": {"$in": list(keys)}}, ["_id"])]
        if noted:
            rows: list[Row] = self._rows.find({"_id": {"$in": noted}}, LINKING_FIELDS)
            link_references(self._database, self._store, noted, references_in(self._store, rows))
            self._forget(noted)

    def _forget(self, keys: Sequence[bytes]) -> None:
        if keys:
            self._notes.delete_many({"_id": {"$in": list(keys)}})
