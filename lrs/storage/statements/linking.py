"""Linking Statements that are stored already, whoever stored them: after a publication, or after a process died."""

from __future__ import annotations

from collections.abc import Sequence

from lrs.storage.database import Database, Row, StoreId
from lrs.storage.embedded_engine.awaited import AwaitedTargets
from lrs.storage.inserts import insert_free
from lrs.storage.statements.documents import key_of
from lrs.storage.statements.references import Reference, link_references, reference_document

LINKING_FIELDS = ("reference", "voids")


def link_stored(database: Database, store: StoreId, awaited: AwaitedTargets, rows: Sequence[Row]) -> None:
    """Link rows (`LINKING_FIELDS`) with what points at them and what they point at; twice does no harm."""
    references = references_in(store, rows)
    awaited.expect(references)
    _keep(database, store, references)
    link_references(database, store, [row["_id"] for row in rows], references)


def references_in(store: StoreId, rows: Sequence[Row]) -> list[Reference]:
    """Return the StatementRefs among documents of Statements (`_id` and `LINKING_FIELDS`)."""
    return [
        Reference(row["_id"], key_of(store, row["reference"]), row["voids"])
        for row in rows
        if row.get("reference")
    ]


def _keep(database: Database, store: StoreId, references: Sequence[Reference]) -> None:
    if not references:
        return
    kept = database.collection("statement_references", store)
    sources = [item.source for item in references]
    # Those from before their `_id` was the source's would be there twice.
    known = {row["source"] for row in kept.find({"source": {"$in": sources}}, ["source"])}
    new = [item for item in references if bytes(item.source) not in known]
    if new:
        insert_free(kept, [reference_document(item) for item in new], ordered=False)
