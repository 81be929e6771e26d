"""Who asked for help with a nugget: each by the own act, which names the person until it is taken back."""

from __future__ import annotations

from dataclasses import dataclass
from heapq import nlargest

from lrs.personas import Persona, PersonaId, describe_personas, find_leads
from lrs.storage.stored_time import now_us
from pages.acts import HELP, HELP_US, help_wanted_by
from pages.cards import Card, card_of
from pages.visitors import Visitor
from recommender.api.requests import serving
from recommender.serving.state.catalogue import CatalogueSnapshot
from recommender.storage.acts_in_time import iterate_acts

MOST_ACTS, MOST_ASKING = 200, 12


@dataclass(frozen=True, slots=True)
class Asker:
    """Somebody who asked for help with a nugget since a time (us); the name is empty where none is known."""

    key: PersonaId
    name: str
    card: Card
    since: int


def find_askers(visitor: Visitor) -> list[Asker]:
    """Return those who wait for help, the newest first.

    What each did is read as it is now: nobody is named who took the request back a second ago.
    """
    store, database, now = visitor.store, serving().database, now_us()
    rows = nlargest(
        MOST_ACTS, iterate_acts(database, store, (HELP,), now - HELP_US, now), key=lambda row: row.at
    )
    personas = list(dict.fromkeys(row.learner for row in rows))
    leads = find_leads(database, store, personas)
    people = describe_personas(database, store, list(dict.fromkeys(leads.get(one, one) for one in personas)))
    snapshot = serving().catalogue.find(store, serving().models.find(store, None))
    found: list[Asker] = []
    for person in people.values():
        if len(found) < MOST_ASKING:
            found += _asking(visitor, person, snapshot)
    return sorted(found, key=lambda one: -one.since)[:MOST_ASKING]


def _asking(visitor: Visitor, person: Persona, snapshot: CatalogueSnapshot) -> list[Asker]:
    """Return what a person needs help with; nothing that is private or not in the catalogue."""
    learner = serving().learners.find(visitor.store, person.identifiers[0])
    known = [(row, snapshot.columns.index.get(row.item or "")) for row in help_wanted_by(learner)]
    return [
        Asker(person.id, person.name or "", card_of(snapshot.columns.nuggets[position]), row.at)
        for row, position in known
        if position is not None and not snapshot.is_private(position)
    ]
