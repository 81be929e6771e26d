"""What happens to Statements that speak of erased people when they are sent again: refused, or with a pseudonym."""

from __future__ import annotations

from collections.abc import Mapping

from lrs.activities import activities_in
from lrs.errors import ErasedPersonError
from lrs.statements.lifecycle import SentStatement
from lrs.statements.pseudonyms import Rewriting, identifiers_anywhere
from lrs.storage.database import StoreId
from lrs.storage.erased import ErasedPeople, Kind, SentAgain
from schemas.errors import InvalidInputError
from schemas.identifiers import is_pseudonym
from schemas.json_text import parse_json, require_few_values


def admit(batch: list[SentStatement], store: StoreId, people: ErasedPeople) -> list[SentStatement]:
    """Return the Statements to store: as they are, or with pseudonyms; raise ErasedPersonError for one refused.

    It costs a look at the clock where nobody was erased. What is said of posts of erased people is left out.
    """
    key = people.key_of(store)
    if key is None:
        return batch
    erased = [people.find(store, _named(item)) for item in batch]
    return [
        _admitted(item, found, key.sent_again, place) if found else item
        for place, (item, found) in enumerate(zip(batch, erased, strict=True))
    ]


def may_name_erased(text: bytes, store: StoreId, people: ErasedPeople) -> bool:
    """Return whether a text that is no valid Statement may name somebody who was erased; one that is no JSON may."""
    if people.key_of(store) is None:
        return False
    try:
        require_few_values(text)
        named = dict.fromkeys(identifiers_anywhere(parse_json(text)))
    except InvalidInputError:
        return True
    return bool(people.find(store, [("identifier", one) for one in named]))


def _named(item: SentStatement) -> list[tuple[Kind, str]]:
    identifiers = dict.fromkeys(identifiers_anywhere(item.payload))
    activities = dict.fromkeys(one["id"] for one in activities_in(item.payload))
    named: list[tuple[Kind, str]] = [("identifier", one) for one in identifiers]
    named += [("activity", one) for one in activities]
    return [*named, ("statement", item.statement_id or "")]


def _admitted(item: SentStatement, erased: Mapping[str, str], policy: SentAgain, place: int) -> SentStatement:
    posts = {one["id"] for one in activities_in(item.payload)} & erased.keys()
    pseudonyms = {name.lower(): pseudonym for name, pseudonym in erased.items() if pseudonym}
    if erased.keys() - posts and (policy == "refuse" or not (pseudonyms or _has_pseudonym(item))):
        raise ErasedPersonError(
            f"Statement {place} was erased here, or names a person whose data was erased; leave it out. `learnerprise "
            "privacy sent-again` says what a store does with such data.",
            path=f"[{place}]",
        )
    text = Rewriting(lambda one: pseudonyms.get(one.lower(), ""), activities=posts).statement(item.text)
    changed = SentStatement(parse_json(text), text)
    return changed.packed() if item.parsed is None else changed


def _has_pseudonym(item: SentStatement) -> bool:
    """Return whether a Statement that was erased comes back without the person."""
    return any(map(is_pseudonym, identifiers_anywhere(item.payload)))
