"""Documents in MongoDB: State, Agent Profiles, Activity Profiles, changed only by compare-and-swap."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bson import Binary, ObjectId

from lrs.storage.chunks import in_chunks
from lrs.storage.database import Database, Row, StoreId
from lrs.storage.driver_errors import unavailable_when_unreachable
from lrs.storage.inserts import insert_free
from schemas.documents import DocumentKey, DocumentQuery


@dataclass(frozen=True, slots=True)
class DocumentContent:
    """The content of a document: any bytes, their content type as it was sent, and their ETag."""

    body: bytes
    content_type: str
    etag: str


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A stored document; each write gives it a new `revision` and a later `updated` (us)."""

    content: DocumentContent
    updated: int
    revision: ObjectId


@dataclass(frozen=True, slots=True)
class ListedDocument:
    """A document of a context: its id, when it was written (us), and the revision, which each write changes."""

    document_id: str
    updated: int
    revision: ObjectId


class DocumentsRepository:
    """The documents of one store."""

    def __init__(self, database: Database, store: StoreId) -> None:
        self._rows = database.collection("documents", store)
        self._usage = database.usage

    def find(self, key: DocumentKey) -> StoredDocument | None:
        """Return the document, or None."""
        with unavailable_when_unreachable():
            row = self._rows.find_one(_identity(key))
        return _stored(row) if row else None

    def list_all(self, query: DocumentQuery) -> list[ListedDocument]:
        """Return the documents of a context, those written after `since` where it is given."""
        condition = _context(query)
        if query.since is not None:
            condition["updated"] = {"$gt": query.since}
        with unavailable_when_unreachable():
            rows = self._rows.iterate(condition, ["document_id", "updated", "revision"])
            return [ListedDocument(row["document_id"], row["updated"], row["revision"]) for row in rows]

    def iterate_profiles(self, document_id: str, agent: str | None) -> Iterator[tuple[str, bytes]]:
        """Stream the Agents and bodies of Agent Profile documents of one id: of all Agents, or of one."""
        condition: Row = {"kind": "agent_profile", "activity": None, "document_id": document_id}
        if agent is not None:
            condition |= {"agent": agent, "registration": None}
        with unavailable_when_unreachable():
            for row in self._rows.iterate(condition):
                yield row["agent"], bytes(row["body"])

    def insert(self, key: DocumentKey, content: DocumentContent, updated: int) -> bool:
        """Insert a new document; return False if there is one by now."""
        row: Row = {"_id": ObjectId(), **_identity(key), **_fields(content, updated)}
        with unavailable_when_unreachable():
            is_kept = not insert_free(self._rows, [row], ordered=True) or self._is_own(key, "_id", row)
        return self._count(is_kept, len(content.body))

    def replace(
        self, key: DocumentKey, current: StoredDocument, content: DocumentContent, updated: int
    ) -> bool:
        """Replace a document if it has not changed since it was read; return False if it has."""
        condition, fields = {**_identity(key), "revision": current.revision}, _fields(content, updated)
        with unavailable_when_unreachable():
            changed = self._rows.update_one(condition, {"$set": fields}) > 0
            changed = changed or self._is_own(key, "revision", fields)
        return self._count(changed, len(content.body) - len(current.content.body))

    def _count(self, done: bool, change: int) -> bool:
        """Count by how many bytes the documents grew, if the change was made; return whether it was."""
        if done:
            self._usage.add(self._rows.store, change)
        return done

    def _is_own(self, key: DocumentKey, field: str, written: Row) -> bool:
        """Return whether a write was refused because its first try had already succeeded.

        A write whose answer was lost may be sent twice. If another process changed or deleted the document between the
        two tries, the write counts as one that came too late.
        """
        row = self._rows.find_one(_identity(key), [field])
        return row is not None and bool(row[field] == written[field])

    def delete(self, key: DocumentKey, current: StoredDocument) -> bool:
        """Delete a document if it has not changed since it was read; return False if it has."""
        with unavailable_when_unreachable():
            deleted = self._rows.delete_many({**_identity(key), "revision": current.revision}) > 0
        return self._count(deleted, -len(current.content.body))

    def delete_listed(self, query: DocumentQuery, listed: Sequence[ListedDocument]) -> None:
        """Delete the listed documents of a context that have not changed since."""
        for some in in_chunks([item.revision for item in listed]):
            self._delete({**_context(query), "revision": {"$in": some}})

    def delete_all(self, query: DocumentQuery) -> None:
        """Delete the documents of a context."""
        self._delete(_context(query))

    def _delete(self, condition: Row) -> None:
        with unavailable_when_unreachable():
            rows = self._rows.find(condition, ["size"])
            for some in in_chunks([row["_id"] for row in rows]):
                self._rows.delete_many({**condition, "_id": {"$in": some}})
        self._count(True, -sum(row["size"] for row in rows))


def _identity(key: DocumentKey) -> Row:
    """Every part is always written, null too: the unique index takes null for a value."""
    return {
        "kind": key.kind,
        "activity": key.activity,
        "agent": key.agent,
        "registration": key.registration,
        "document_id": key.document_id,
    }


def _context(query: DocumentQuery) -> Row:
    condition: Row = {"kind": query.kind, "activity": query.activity, "agent": query.agent}
    if query.registration is not None:
        condition["registration"] = query.registration
    return condition


def _fields(content: DocumentContent, updated: int) -> Row:
    return {
        "body": Binary(content.body),
        "size": len(content.body),
        "content_type": content.content_type,
        "etag": content.etag,
        "updated": updated,
        "revision": ObjectId(),
    }


def _stored(row: Mapping[str, Any]) -> StoredDocument:
    content = DocumentContent(bytes(row["body"]), row["content_type"], row["etag"])
    return StoredDocument(content, row["updated"], row["revision"])
