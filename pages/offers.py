"""An offer to get to know somebody: whoever looks after communities makes it, the learner's first page tells it."""

from __future__ import annotations

from lrs.personas import Persona, PersonaId, describe_personas
from lrs.storage.stored_time import now_us
from pages.people import own_person
from pages.visitors import Visitor
from recommender.api.requests import serving
from recommender.errors import NotSuggestedError
from recommender.serving.peers.introducing import RESTS_US, WAITS_US
from recommender.storage.own_settings import OwnSettings, find_settings, write_settings


def offer_peer(visitor: Visitor, persona: PersonaId) -> None:
    """Offer a learner to get to know somebody, once in a while.

    Raise NotSuggestedError for one who does not agree any more to be seen by those who look after communities.
    """
    store = visitor.credential.store
    person = describe_personas(serving().database, store.id, [persona]).get(persona)
    if person is None or not store.permits("managers", person.choice("managers")):
        raise NotSuggestedError(
            "This person does not agree any more to be seen here. Nothing was sent.", path="person"
        )
    if not offered_at(find_settings(serving().database, store.id, person.ids)):
        write_settings(serving().database, store.id, person.ids, offered=now_us(), offer_closed=0)


def offered_at(settings: OwnSettings) -> int:
    """Return when (us) the last offer was made; 0 where another one may be made."""
    return settings.offered if settings.offered + RESTS_US > now_us() else 0


def is_offered(visitor: Visitor, person: Persona | None) -> bool:
    """Return whether an offer waits for an answer of the learner."""
    if person is None:
        return False
    kept = find_settings(serving().database, visitor.store, person.ids)
    return not kept.offer_closed and kept.offered + WAITS_US > now_us()


def close_offer(visitor: Visitor) -> None:
    """Keep that the learner answered an offer, by getting to know somebody or not; whoever made it is not told."""
    person = own_person(visitor)
    if is_offered(visitor, person) and person is not None:
        write_settings(serving().database, visitor.store, person.ids, offer_closed=now_us())
