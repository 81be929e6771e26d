"""StatementRefs: a Statement that points at another is found by the other's facets too, and may void it.

Links are worked out after the commit, by additions only: doing it twice, or in another order, gives the same result.
`lrs.storage.statements.linking` decides which process does it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lrs.logging import log_event
from lrs.storage.chunks import in_chunks
from lrs.storage.database import Database, Row, StoreId
from lrs.storage.statement_documents import OWN_ONLY, id_of_key, is_statement, key_of, link_of
from lrs.storage.statement_facets import FACETS, MOST_VALUES, number_of_values
from lrs.storage.tenancy import Update
from lrs.storage.transactions import WriteSize

LONGEST_CHAIN = 50
AT_ONCE, READ_AT_ONCE = 20, 16  # each may be found by 10,000 values
VALUES_AT_ONCE = 2_500  # in one update: each is an entry in an index
LINKING_FIELDS = ("seq", "reference", "voids", "credential", OWN_ONLY)

_logger = logging.getLogger("lrs.statements")


@dataclass(frozen=True, slots=True)
class Reference:
    """`source` points at `target` (both `_id`s of Statements); `voids` if it is there to void it.

    With `only_of` it voids what was stored with this credential, and nothing else.
    """

    source: bytes
    target: bytes
    voids: bool
    only_of: str | None = None

    def may_void(self, row: Row) -> bool:
        """Return whether it voids its target, given the document of that Statement."""
        return self.voids and self.only_of in (None, row["credential"])


def reference_document(reference: Reference) -> Row:
    """Return the document kept of a StatementRef; a Statement has one, so it gives the `_id`."""
    return {
        "_id": reference.source,
        "source": reference.source,
        "target": reference.target,
        "voids": reference.voids,
        "only_of": reference.only_of,
    }


def references_in(store: StoreId, rows: Sequence[Row]) -> list[Reference]:
    """Return the StatementRefs among documents of Statements (`_id` and `LINKING_FIELDS`)."""
    return [
        Reference(
            row["_id"],
            key_of(store, row["reference"]),
            row["voids"],
            row["credential"] if row.get(OWN_ONLY) else None,
        )
        for row in rows
        if row.get("reference")
    ]


def link_references(
    database: Database, store: StoreId, new: Sequence[bytes], references: Sequence[Reference]
) -> None:
    """Link what points at the `new` Statements, and the new references themselves, up the chains.

    All of them must be committed. Of its chain a Statement inherits the nearest `LONGEST_CHAIN`, and of these, beyond
    the first, no more than `MOST_VALUES`.
    """
    if new or references:
        _Linker(database, store).link(new, references)


class _Linker:
    """Links Statements of one store."""

    def __init__(self, database: Database, store: StoreId) -> None:
        self._database = database
        self._statements = database.collection("statements", store)
        self._kept = database.collection("statement_references", store)

    def link(self, new: Sequence[bytes], references: Sequence[Reference]) -> None:
        due = [*references, *self._pointing_at(new)]
        self._void_targets(due)
        visited: set[bytes] = set()
        for _ in range(LONGEST_CHAIN):
            changed = {bytes(source) for some in _some_at_once(due) for source in self._inherit(some)}
            # Another process may have changed the others and died before it continued from them.
            unvisited = {bytes(item.source) for item in due} - visited
            if not changed | unvisited:
                return
            visited |= unvisited
            due = self._pointing_at(list(changed | unvisited))

    def _pointing_at(self, targets: Sequence[bytes]) -> list[Reference]:
        rows = self._kept.find_among("target", targets, ["source", "target", "voids", "only_of"])
        return [Reference(row["source"], row["target"], row["voids"], row["only_of"]) for row in rows]

    def _void_targets(self, due: Sequence[Reference]) -> None:
        voiding = [item for item in due if item.voids]
        if not voiding:
            return
        targets = list({item.target for item in voiding})
        found = self._statements.find({"_id": {"$in": targets}}, ["seq", "voids", "voided", "credential"])
        rows = {bytes(row["_id"]): row for row in found if is_statement(row) and not row["voids"]}
        doomed = set()
        for item in voiding:
            row = rows.get(bytes(item.target))
            if row and item.may_void(row):
                doomed.add(row["_id"])
            elif row:
                log_event(
                    _logger, "void_without_effect", level=logging.WARNING, statement=id_of_key(item.source)
                )
        doomed = {key for key in doomed if not rows[key]["voided"]}
        if doomed:
            self._statements.update_many({"_id": {"$in": list(doomed)}}, {"$set": {"voided": True}})

    def _inherit(self, due: Sequence[Reference]) -> list[bytes]:
        """Add the targets' facets to the sources; return the sources that this changed."""
        rows = self._read({key for item in due for key in (item.source, item.target)})
        additions: dict[bytes, list[Row]] = {}
        for item in due:
            # A Binary that was read comes back as bytes, and the two are never equal.
            source, target = rows.get(bytes(item.source)), rows.get(bytes(item.target))
            if source and target and (links := _inherited(source, target)):
                source["links"] = [*source.get("links", []), *links]  # what points at it may come next
                additions[item.source] = links
        self._write(additions)
        return list(additions)

    def _write(self, additions: Mapping[bytes, Sequence[Row]]) -> None:
        most = max((sum(map(number_of_values, links)) for links in additions.values()), default=0)
        with self._database.engine.room(WriteSize(0, 0, min(most, VALUES_AT_ONCE))):
            changes = [
                Update({"_id": source}, change)
                for source, links in additions.items()
                for change in _changes(links)
            ]
            self._statements.bulk_write(changes, ordered=True)

    def _read(self, keys: set[bytes]) -> dict[bytes, Row]:
        fields = [*FACETS, "links", "seq", "credential"]
        found = (
            self._statements.find_among("_id", some, fields) for some in in_chunks(list(keys), READ_AT_ONCE)
        )
        return {row["_id"]: row for rows in found for row in rows if is_statement(row)}


def _some_at_once(references: Sequence[Reference]) -> Iterator[list[Reference]]:
    ordered = _targets_first(references)
    for first in range(0, len(ordered), AT_ONCE):
        yield ordered[first : first + AT_ONCE]


def _inherited(source: Row, target: Row) -> list[Row]:
    """Return the links that the source lacks of those of its target."""
    links = target.get("links") or [link_of(target)]
    known = {link["of"] for link in source.get("links", [])}
    return [link for link in _nearest(links) if link["of"] not in known]


def _nearest(links: Sequence[Row]) -> Iterator[Row]:
    left = MOST_VALUES
    for place, link in enumerate(links[:LONGEST_CHAIN]):
        left -= number_of_values(link)
        if left < 0 and place:
            return
        yield link


def _changes(links: Sequence[Row]) -> Iterator[Row]:
    """Yield the changes that add links, the values before the links themselves; seldom more than one."""
    values = {name: [value for link in links for value in link[name]] for name in FACETS}
    if sum(map(len, values.values())) <= VALUES_AT_ONCE:
        yield _addition({**values, "links": links})
        return
    for name, every in values.items():
        for first in range(0, len(every), VALUES_AT_ONCE):
            yield _addition({name: every[first : first + VALUES_AT_ONCE]})
    yield _addition({"links": links})


def _addition(values: Mapping[str, Sequence[Any]]) -> Row:
    return {"$addToSet": {name: {"$each": added} for name, added in values.items()}}


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
