"""Personas: one learner behind one or more identifiers. Statements are never rewritten for it.

A mail address and its hash are one person by themselves, whichever came first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from types import MappingProxyType
from typing import Any

from lrs.auth.stores import store_by_id
from lrs.storage.database import Database, StoreId
from lrs.storage.erased import ErasedPeople, require_not_erased
from lrs.storage.persona_links import PersonaChange, PersonaLinks
from lrs.storage.personas import Choice, Persona, PersonaId, PersonasRepository
from lrs.storage.stored_time import now_us
from schemas.consents import CONSENTS, Kind
from schemas.people import same_by_rules

__all__ = [
    "Agreeing",
    "Choice",
    "Persona",
    "PersonaChange",
    "PersonaId",
    "correct_names",
    "describe_personas",
    "enter_names",
    "find_agreeing",
    "find_leads",
    "find_or_create_personas",
    "find_person",
    "find_persona",
    "find_personas",
    "pending_changes",
    "personas_that_chose",
    "require_present",
    "set_choices",
    "settle_changes",
    "without_erased",
]

LONGEST_NAME = 200
BY_RULE = "rule"
CHANGES_AT_ONCE = 200
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
        _join_by_rules(database, store, list(missing))
        known |= repository.find_all(list(missing))
    repository.join({name: persona for name, persona in known.items() if name not in persona.identifiers})
    seen = {one: name for one, name in identifiers.items() if name and known[one].seen_name != name}
    trusted = {one: name for one, name in trusted_names.items() if known[one].trusted_name != name}
    repository.rename(seen, trusted)
    return {identifier: known[identifier].id for identifier in identifiers}


def _join_by_rules(database: Database, store: StoreId, identifiers: Sequence[str]) -> None:
    """Join people who have just come with those who are the same by the store's rules about mail addresses."""
    if rules := store_by_id(database, store).mail_rules:
        same = {one: same_by_rules(one, rules) for one in identifiers}
        groups = [(one, *others) for one, others in same.items() if others]
        if present := without_erased(database, store, groups):
            PersonaLinks(database, store).join(present, BY_RULE)


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


def without_erased(
    database: Database, store: StoreId, groups: Sequence[Sequence[str]]
) -> list[Sequence[str]]:
    """Return the groups of identifiers in which nobody was erased, where the store takes nothing of them again."""
    named = {one for group in groups for one in group}
    erased = ErasedPeople(database).find(store, [("identifier", one) for one in named])
    return [group for group in groups if erased.keys().isdisjoint(group)]


def find_personas(database: Database, store: StoreId, identifiers: Sequence[str]) -> dict[str, PersonaId]:
    """Return the persona of each of these identifiers that has one."""
    found = PersonasRepository(database, store).find_all(identifiers)
    return {identifier: found[identifier].id for identifier in identifiers if identifier in found}


def pending_changes(database: Database, store: StoreId) -> list[PersonaChange]:
    """Return some of the changes of who is who after which nothing was read again yet."""
    return PersonaLinks(database, store).pending(CHANGES_AT_ONCE)


def settle_changes(database: Database, store: StoreId, changes: Sequence[PersonaChange]) -> None:
    """Note that all that is kept by persona was read again after these changes."""
    PersonaLinks(database, store).settle(changes)


def find_leads(
    database: Database, store: StoreId, personas: Sequence[PersonaId]
) -> dict[PersonaId, PersonaId]:
    """Return, of those of these ids that were joined to a person, the id of that person."""
    return PersonasRepository(database, store).find_joined(personas)


def describe_personas(
    database: Database, store: StoreId, personas: Sequence[PersonaId]
) -> dict[PersonaId, Persona]:
    """Return name, identifiers and choices of each persona that exists."""
    return PersonasRepository(database, store).describe(personas)


def personas_that_chose(database: Database, store: StoreId, kind: Kind, *, agrees: bool) -> set[PersonaId]:
    """Return who agreed to a kind of consent, or who refused it."""
    return {lead for lead, *_ in PersonasRepository(database, store).iterate_choosing(kind, agrees=agrees)}


@dataclass(frozen=True, slots=True)
class Agreeing:
    """Who agrees to a kind of consent: those `named`, or (`others`) all but those named."""

    named: frozenset[PersonaId] = frozenset()
    others: bool = True

    def __contains__(self, persona: object) -> bool:
        """Return whether a learner agrees."""
        return (persona in self.named) is not self.others

    def without(self, persona: PersonaId | None) -> Agreeing:
        """Return the same people but one."""
        one = frozenset({persona} if persona else ())
        return replace(self, named=self.named | one if self.others else self.named - one)

    def condition(self) -> Mapping[str, Any]:
        """Return what the database matches the personas of those who agree by."""
        return {"$nin" if self.others else "$in": sorted(self.named)}


def find_agreeing(database: Database, store: StoreId, kind: Kind) -> Agreeing:
    """Return who agrees to a kind of consent at this moment."""
    policy = store_by_id(database, store).policy(kind)
    if policy == "off":
        return Agreeing(others=False)
    refusing = policy == "opt_out"
    named = PersonasRepository(database, store).iterate_choosing(kind, agrees=not refusing)
    return Agreeing(
        frozenset(chain.from_iterable(named)), refusing
    )  # rows may still have ids of those joined


def set_choices(
    database: Database, store: StoreId, identifier: str, choices: Mapping[Kind, bool | None]
) -> Persona:
    """Keep a learner's own choices about these kinds of consent; None takes one back. Return the learner.

    The newest choice of a person counts, whichever identifier it was made by. Raise ErasedPersonError (403) for one
    who was erased.
    """
    require_present(database, store, [identifier])
    repository = PersonasRepository(database, store)
    while True:
        find_or_create_personas(database, store, {identifier: None})
        person = repository.find_all([identifier])[identifier]
        made = {kind: _with_choice(person, kind, identifier, agrees) for kind, agrees in choices.items()}
        if repository.write_choices(
            person, made
        ):  # else the person was joined or parted, or chose, meanwhile
            return replace(person, choices={**person.choices, **made})


def _with_choice(person: Persona, kind: Kind, identifier: str, agrees: bool | None) -> tuple[Choice, ...]:
    """Return the choices of a kind with a new one; one for each identifier, so that joined people can part again."""
    if agrees is None:
        return ()
    kept = [one for one in person.choices.get(kind, ()) if one.identifier != identifier]
    return (*kept, Choice(identifier, agrees, CONSENTS[kind].version, now_us()))
