"""StatementRefs: a Statement that points at another is found by the other's facets too, and may void it.

Either of the two may come first, and two processes may store them at the same instant. So links are worked
out from both sides, by additions only: doing it twice, or in another order, gives the same result.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pymongo.client_session import ClientSession

from lrs.storage.database import Database, Row, StoreCollection, StoreId
from lrs.storage.statements.large_batches import LargeBatches

FACETS = ("verbs", "agents", "related_agents", "activities", "related_activities", "registrations")
LONGEST_CHAIN = 50


@dataclass(frozen=True, slots=True)
class Reference:
    """`source` points at `target` (both `_id`s of Statements); `voids` if it is there to void it."""

    source: bytes
    target: bytes
    voids: bool


def reference_document(reference: Reference) -> Row:
    """Return the document kept of a StatementRef; a Statement has one, so it gives the `_id`."""
    return {
        "_id": reference.source,
        "source": reference.source,
        "target": reference.target,
        "voids": reference.voids,
    }


def link_references(
    database: Database,
    store: StoreId,
    new: Sequence[bytes],
    references: Sequence[Reference],
    session: ClientSession | None,
) -> list[bytes]:
    """Link what points at the `new` Statements, and the new references themselves, up the chains.

    Returns those that inherited something: what points at them, or at the new ones, may come too late to be seen
    within a transaction, so that a second look must start from all of them.
    """
    if not new and not references:
        return []
    statements = database.collection("statements", store)
    kept = database.collection("statement_references", store)
    due = [*_targets_first(references), *_pointing_at(kept, new, session)]
    batches = LargeBatches(database, store)
    _void_targets(statements, batches, due, session)
    touched: list[bytes] = []
    for _ in range(LONGEST_CHAIN):
        changed = [item.source for item in due if _inherit(statements, batches, item, session)]
        if not changed:
            break
        touched += changed
        due = _pointing_at(kept, changed, session)
    return touched


def _targets_first(references: Sequence[Reference]) -> list[Reference]:
    """Order references so that each comes after that of its own target: then each inherits but once."""
    by_source = {bytes(item.source): item for item in references}
    ordered: dict[bytes, Reference] = {}
    for source in by_source:
        chain: dict[bytes, Reference] = {}
        while source in by_source and source not in ordered and source not in chain:
            chain[source] = by_source[source]
            source = bytes(by_source[source].target)
        ordered.update(reversed(chain.items()))
    return list(ordered.values())


def _pointing_at(
    kept: StoreCollection, targets: Sequence[bytes], session: ClientSession | None
) -> list[Reference]:
    rows = kept.find({"target": {"$in": list(targets)}}, session=session) if targets else []
    return [Reference(row["source"], row["target"], row["voids"]) for row in rows]


def _void_targets(
    statements: StoreCollection,
    batches: LargeBatches,
    due: Sequence[Reference],
    session: ClientSession | None,
) -> None:
    targets = {item.target for item in due if item.voids}
    if not targets:
        return
    found = statements.find({"_id": {"$in": list(targets)}}, ["seq", "voids", "voided"], session=session)
    batches.resolve(found)  # one that is not published yet is linked when it is
    doomed = [row["_id"] for row in found if not row["voids"] and row["voided"] is False]
    if doomed:
        statements.update_many({"_id": {"$in": doomed}}, {"$set": {"voided": True}}, session=session)


def _inherit(
    statements: StoreCollection, batches: LargeBatches, reference: Reference, session: ClientSession | None
) -> bool:
    """Add the target's facets to the source; return whether that changed it."""
    pair = {"_id": {"$in": [reference.source, reference.target]}}
    found = statements.find(pair, [*FACETS, "links", "seq", "voided"], session=session)
    batches.resolve(found)
    rows = {row["_id"]: row for row in found if row["voided"] is not None}
    # A Binary that was read comes back as bytes, and the two are never equal.
    source, target = rows.get(bytes(reference.source)), rows.get(bytes(reference.target))
    if source is None or target is None:
        return False
    links = target.get("links") or [{"of": target["_id"], **{name: target[name] for name in FACETS}}]
    links = links[:LONGEST_CHAIN]
    if {link["of"] for link in links} <= {link["of"] for link in source.get("links", [])}:
        return False
    additions = {name: {"$each": [value for link in links for value in link[name]]} for name in FACETS}
    change: Row = {"$addToSet": {**additions, "links": {"$each": links}}}
    statements.update_one({"_id": reference.source}, change, session=session)
    return True
