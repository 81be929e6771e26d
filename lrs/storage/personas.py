"""Personas in MongoDB: the map from identifiers to one learner."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bson import ObjectId

from lrs.storage.chunks import in_chunks
from lrs.storage.database import Database, Row, StoreId
from lrs.storage.driver_errors import unavailable_when_unreachable
from lrs.storage.inserts import insert_free
from lrs.storage.record_sets import records_of, rows_of
from lrs.storage.records import PersonaRecord
from lrs.storage.tenancy import Update

PersonaId = ObjectId


@dataclass(frozen=True, slots=True)
class Persona:
    """A learner: a name, the identifiers, and whether they agreed to be suggested (None: never asked)."""

    id: PersonaId
    name: str | None
    identifiers: tuple[str, ...]
    suggest_as_peer: bool | None


class PersonasRepository:
    """The personas of one store."""

    def __init__(self, database: Database, store: StoreId) -> None:
        self._records = records_of(database, PersonaRecord, store)
        self._rows = rows_of(database, PersonaRecord, store)

    def find_all(self, identifiers: Sequence[str]) -> dict[str, Persona]:
        """Return the persona of each identifier that has one."""
        with unavailable_when_unreachable():
            found = (
                self._rows.iterate({"identifiers": {"$in": list(some)}}) for some in in_chunks(identifiers)
            )
            personas = [_persona(row) for rows in found for row in rows]
        return {name: persona for persona in personas for name in persona.identifiers}

    def describe(self, personas: Sequence[PersonaId]) -> dict[PersonaId, Persona]:
        """Return the personas with these ids."""
        with unavailable_when_unreachable():
            rows = self._rows.find_by_ids(personas)
        return {row["_id"]: _persona(row) for row in rows}

    def iterate_agreeing(self) -> Iterator[PersonaId]:
        """Stream the ids of those who agreed to be suggested as a peer."""
        with unavailable_when_unreachable():
            for row in self._rows.iterate({"suggest_as_peer": True}, ["_id"]):
                yield row["_id"]

    def insert_missing(self, names: Mapping[str, str | None]) -> None:
        """Make a persona for each identifier; those that another process made meanwhile are left alone."""
        rows = [self._row(identifier, name) for identifier, name in names.items()]
        with unavailable_when_unreachable():
            insert_free(self._rows, rows, ordered=False)

    def _row(self, identifier: str, name: str | None) -> Row:
        record = PersonaRecord(store=self._rows.store, identifiers=[identifier], name=name)
        record.validate()
        return dict(record.to_mongo())

    def rename(self, names: Mapping[str, str]) -> None:
        """Keep the name last seen with each identifier."""
        changes = [
            Update({"identifiers": identifier}, {"$set": {"name": name}})
            for identifier, name in names.items()
        ]
        with unavailable_when_unreachable():
            self._rows.bulk_write(changes)

    def set_peer_choice(self, persona: PersonaId, agrees: bool | None) -> None:
        """Keep the learner's own choice about being suggested as a peer."""
        with unavailable_when_unreachable():
            for row in self._rows.find_by_ids([persona], ["identifiers"]):
                self._records(identifiers=row["identifiers"][0]).update_one(suggest_as_peer=agrees)


def _persona(row: Mapping[str, Any]) -> Persona:
    return Persona(row["_id"], row.get("name"), tuple(row["identifiers"]), row.get("suggest_as_peer"))
