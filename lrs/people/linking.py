"""Joins the identifiers of people who are one, and parts them again. Statements are never rewritten for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from lrs.auth.credentials import Credential
from lrs.auth.stores import Store
from lrs.errors import ForbiddenError, NotFoundError, RequestRefusedError, ServiceUnavailableError
from lrs.personas import (
    BY_RULE,
    Persona,
    find_or_create_personas,
    find_person,
    find_personas,
    require_present,
    without_erased,
)
from lrs.storage.chunks import in_chunks
from lrs.storage.database import Database
from lrs.storage.persona_links import PersonaLinks
from lrs.storage.personas import iterate_identifiers, keys_of
from schemas.people import MailRule, same_by_rules

AT_ONCE = 500
"""So many groups of identifiers are joined in one transaction."""

Group = Sequence[str]
Progress = Callable[[int, str], None]


@dataclass(frozen=True, slots=True)
class Joined:
    """How many people went into others, and how many groups were left out: somebody in them was erased."""

    joined: int = 0
    left_out: int = 0


def show_person(database: Database, store: Store, identifier: str) -> Persona:
    """Return a person; raise NotFoundError for one never seen."""
    found = find_person(database, store.id, identifier)
    if found is None:
        raise NotFoundError(f"The store {store.name!r} has never seen {identifier!r}.")
    return found


def join_people(
    database: Database, store: Store, identifiers: Sequence[str], by: str, *, again: bool = True
) -> Persona:
    """Make one person of several identifiers, new ones too; raise RequestRefusedError.

    People who were parted stay apart unless they are joined `again`, as administrators do. Raise ErasedPersonError
    (403) if one of them was erased, ServiceUnavailableError if somebody parts them at the same moment.
    """
    if len(set(identifiers)) < 2:
        raise RequestRefusedError("A person is joined of two identifiers at least; send another one.")
    require_present(database, store.id, identifiers)
    find_or_create_personas(database, store.id, dict.fromkeys(identifiers))
    PersonaLinks(database, store.id).join([identifiers], by, again=again)
    found = show_person(database, store, identifiers[0])
    if not all(one in found.identifiers for one in identifiers):
        if again:
            raise ServiceUnavailableError(
                "Somebody parted these people at the same moment; join them again if they are one."
            )
        raise RequestRefusedError(
            "These people were parted before; only an administrator can join them again (POST /people/join)."
        )
    return found


def part_person(database: Database, store: Store, identifier: str) -> Persona:
    """Make a person of its own of an identifier and what it came with; return that person.

    Raises NotFoundError for one never seen, RequestRefusedError for one that is joined with nobody.
    """
    show_person(database, store, identifier)
    PersonaLinks(database, store.id).part(identifier)
    return show_person(database, store, identifier)


def join_many(
    database: Database, store: Store, groups: Iterable[Group], by: str, progress: Progress = lambda n, s: None
) -> Joined:
    """Join the identifiers of each group, some hundred groups at a time; leave out groups with somebody erased.

    Started again after an interruption, it goes on: those joined before stay so.
    """
    joined = left_out = done = 0
    links = PersonaLinks(database, store.id)
    for some in in_chunks(groups, AT_ONCE):
        present = without_erased(database, store.id, some)
        find_or_create_personas(database, store.id, dict.fromkeys(chain.from_iterable(present)))
        joined += links.join(present, by, again=by != BY_RULE)
        left_out += len(some) - len(present)
        done += len(some)
        progress(done, f"{joined} joined")
    return Joined(joined, left_out)


def apply_rules(database: Database, store: Store, progress: Progress = lambda n, s: None) -> Joined:
    """Join all people who are one by the store's rules about mail addresses."""
    return join_many(database, store, _same_by_rules(database, store), BY_RULE, progress)


def _same_by_rules(database: Database, store: Store) -> Iterator[Group]:
    """Yield the identifiers of people known that are the same by the rules; nobody is made by them."""
    for some in in_chunks(iterate_identifiers(database, store.id), AT_ONCE):
        same = {one: same_by_rules(one, store.mail_rules) for one in some}
        wanted = list(dict.fromkeys(chain.from_iterable(same.values())))
        known = find_personas(database, store.id, wanted)
        for one, others in same.items():
            if group := [other for other in others if other in known]:
                yield (one, *group)


def require_other(credential: Credential, identifiers: Iterable[str], database: Database) -> None:
    """Raise ForbiddenError if the holder of a credential would join or part the own person without a proof."""
    own = _own_keys(credential, database, credential.store.mail_rules)
    if not own.isdisjoint(key for one in identifiers for key in keys_of(one)):
        raise ForbiddenError("Your own identifiers are joined by a proof by mail, not by yourself.")


def require_others_rules(credential: Credential, rules: Sequence[MailRule], database: Database) -> None:
    """Raise ForbiddenError if the holder of a credential would join the own person by rules without a proof."""
    before, after = (_own_keys(credential, database, some) for some in (credential.store.mail_rules, rules))
    if not after <= before:
        raise ForbiddenError("Such a rule would join your own identifiers; let somebody else set it.")


def _own_keys(credential: Credential, database: Database, rules: Sequence[MailRule]) -> set[str]:
    """Return all that stands for the holder of a credential, also by rules; nothing for a tool."""
    own = credential.learner
    person = find_person(database, credential.store.id, own) if own else None
    waiting = list(filter(None, [own, *(person.identifiers if person else ())]))
    found: set[str] = set()
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += same_by_rules(one, rules)
    return {key for one in found for key in keys_of(one)}
