"""Personas: one learner behind one or more identifiers. Statements are never rewritten for it.

A mail address and its hash are one person by themselves, whichever came first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from lrs.storage.database import Database, StoreId
from lrs.storage.erased import ErasedPeople, require_not_erased
from lrs.storage.personas import Persona, PersonaId, PersonasRepository

__all__ = [
    "Persona",
    "PersonaId",
    "agreeing_personas",
    "correct_names",
    "describe_personas",
    "enter_names",
    "find_or_create_personas",
    "find_person",
    "find_persona",
    "find_personas",
    "require_present",
    "set_peer_choice",
]

LONGEST_NAME = 200
NO_NAMES: Mapping[str, str] = MappingProxyType({})


def find_or_create_personas(
    database: Database,
    store: StoreId,
    identifiers: Mapping[str, str | None],
    trusted_names: Mapping[str, str] = NO_NAMES,
) -> dict[str, PersonaId]:
    """Return the persona of each identifier, making those that are new; the values are names last seen.

    `trusted_names` are those last seen from credentials that are trusted with names. Long names are kept cut.
    """
    if not identifiers:
        return {}
    identifiers = {one: name and name[:LONGEST_NAME] for one, name in identifiers.items()}
    trusted_names = {one: name[:LONGEST_NAME] for one, name in trusted_names.items()}
    repository = PersonasRepository(database, store)
    known = repository.find_all(list(identifiers))
    missing = {name: shown for name, shown in identifiers.items() if name not in known}
    if missing:
        repository.insert_missing(missing)
        known |= repository.find_all(list(missing))
    repository.join({name: persona.id for name, persona in known.items() if name not in persona.identifiers})
    seen = {one: name for one, name in identifiers.items() if name and known[one].seen_name != name}
    trusted = {one: name for one, name in trusted_names.items() if known[one].trusted_name != name}
    repository.rename(seen, trusted)
    return {identifier: known[identifier].id for identifier in identifiers}


def correct_names(
    database: Database, store: StoreId, names: Mapping[PersonaId, tuple[str | None, str | None]]
) -> None:
    """Keep other names last seen of learners, and last seen from trusted credentials; None where there is none."""
    PersonasRepository(database, store).correct_names(names)


def enter_names(database: Database, store: StoreId, names: Mapping[PersonaId, str | None]) -> None:
    """Keep the names that people entered of learners; None takes one back."""
    PersonasRepository(database, store).enter_names(names)


def find_persona(database: Database, store: StoreId, identifier: str) -> PersonaId | None:
    """Return the persona of an identifier, or None for somebody never seen."""
    found = find_person(database, store, identifier)
    return found.id if found else None


def find_person(database: Database, store: StoreId, identifier: str) -> Persona | None:
    """Return name, identifiers and choices of the persona of an identifier, or None for somebody never seen."""
    return PersonasRepository(database, store).find_all([identifier]).get(identifier)


def require_present(database: Database, store: StoreId, identifiers: Sequence[str]) -> None:
    """Raise ErasedPersonError (403) if one of these people was erased, and the store takes nothing of them again."""
    require_not_erased(ErasedPeople(database), store, identifiers)


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
