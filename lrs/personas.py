"""Personas: one learner behind one or more identifiers. Statements are never rewritten for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lrs.storage.database import Database, StoreId
from lrs.storage.personas import Persona, PersonaId, PersonasRepository

__all__ = [
    "Persona",
    "PersonaId",
    "agreeing_personas",
    "describe_personas",
    "find_or_create_personas",
    "find_person",
    "find_persona",
    "find_personas",
    "set_peer_choice",
]


def find_or_create_personas(
    database: Database, store: StoreId, identifiers: Mapping[str, str | None]
) -> dict[str, PersonaId]:
    """Return the persona of each identifier, making those that are new; the values are names last seen."""
    if not identifiers:
        return {}
    repository = PersonasRepository(database, store)
    known = repository.find_all(list(identifiers))
    missing = {name: shown for name, shown in identifiers.items() if name not in known}
    if missing:
        repository.insert_missing(missing)
        known |= repository.find_all(list(missing))
    renamed = {
        identifier: name
        for identifier, name in identifiers.items()
        if name and known[identifier].name != name
    }
    repository.rename(renamed)
    return {identifier: known[identifier].id for identifier in identifiers}


def find_persona(database: Database, store: StoreId, identifier: str) -> PersonaId | None:
    """Return the persona of an identifier, or None for somebody never seen."""
    found = find_person(database, store, identifier)
    return found.id if found else None


def find_person(database: Database, store: StoreId, identifier: str) -> Persona | None:
    """Return name, identifiers and choices of the persona of an identifier, or None for somebody never seen."""
    return PersonasRepository(database, store).find_all([identifier]).get(identifier)


def find_personas(database: Database, store: StoreId, identifiers: Sequence[str]) -> dict[str, PersonaId]:
    """Return the persona of each of these identifiers that has one."""
    found = PersonasRepository(database, store).find_all(identifiers)
    return {identifier: found[identifier].id for identifier in identifiers if identifier in found}


def describe_personas(
    database: Database, store: StoreId, personas: Sequence[PersonaId]
) -> dict[PersonaId, Persona]:
    """Return name, identifiers and choices of each persona that exists."""
    return PersonasRepository(database, store).describe(personas)


def agreeing_personas(database: Database, store: StoreId) -> set[PersonaId]:
    """Return who agreed to be suggested as a peer."""
    return set(PersonasRepository(database, store).iterate_agreeing())


def set_peer_choice(database: Database, store: StoreId, persona: PersonaId, agrees: bool | None) -> None:
    """Keep whether a learner agrees to be suggested as a peer; None takes the choice back."""
    PersonasRepository(database, store).set_peer_choice(persona, agrees)
