"""People on a learner's pages: those suggested, with how each wants to be reached, and introductions."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from hmac import compare_digest, digest

from bson import ObjectId
from bson.errors import InvalidId

from lrs.personas import Persona, PersonaId, describe_personas, find_person
from pages.visitors import Visitor
from recommender.api.requests import serving
from recommender.errors import NotSuggestedError
from recommender.serving.nuggets.scored import ScoredCatalogue
from recommender.serving.peers.contacts import open_contact
from recommender.serving.peers.introducing import Introductions, list_introductions
from recommender.serving.peers.recommend import recommend_peers
from recommender.storage.own_settings import OwnSettings, find_settings
from schemas.identifiers import agent_of
from schemas.peers import PeerQuery

PROOF_DIGITS = 32
MAILBOX = "mbox|mailto:"


@dataclass(frozen=True, slots=True)
class Peer:
    """Somebody suggested; `name` is empty for one who does not show it, `contact` for one who is not open to that.

    `proof` shows that the visitor was suggested this person, so that nobody can try out others.
    """

    key: PersonaId
    name: str
    contact: str
    reasons: tuple[str, ...]
    proof: str


def find_peers(
    visitor: Visitor, scored: ScoredCatalogue, between: Introductions, limit: int
) -> tuple[Peer, ...]:
    """Return the people suggested to a learner, without those met or not wanted now; note that they are shown."""
    store, identifier = visitor.credential.store, visitor.credential.learner or ""
    met = {*between.resting, *(one.key for one in between.asked_of_me)}
    query = PeerQuery(agent_of(identifier), identifier, limit + min(len(met), limit), speaks=visitor.language)
    answer = recommend_peers(serving(), store, query, scored=scored)
    left = [one for one in answer.recommendations if one.persona not in met][:limit]
    shown = [str(one.persona) for one in left]
    serving().impressions.note(store.id, answer.persona, answer.model, shown, "peers")
    people = describe_personas(serving().database, store.id, [one.persona for one in left])
    return tuple(_peer(visitor, people[one.persona], one.reasons) for one in left if one.persona in people)


def find_between(visitor: Visitor, person: Persona | None) -> Introductions:
    """Return what is between the visitor and others."""
    if person is None:
        return Introductions()
    return list_introductions(serving().database, visitor.credential.store, person)


def find_own_settings(visitor: Visitor) -> OwnSettings:
    """Return what the visitor has set."""
    person = own_person(visitor)
    return find_settings(serving().database, visitor.store, person.ids) if person else OwnSettings()


def own_address(visitor: Visitor) -> str:
    """Return a mail address that is certainly the visitor's: known as an identifier, or confirmed; empty for none."""
    person = own_person(visitor)
    names = (visitor.credential.learner or "", *(person.identifiers if person else ()))
    known = (one.removeprefix(MAILBOX) for one in names if one.startswith(MAILBOX))
    return next(known, "") or find_own_settings(visitor).mail


def own_person(visitor: Visitor) -> Persona | None:
    """Return names, identifiers and choices of the visitor; None for one never seen."""
    return find_person(serving().database, visitor.store, visitor.credential.learner or "")


def proof_of(visitor: Visitor, persona: PersonaId) -> str:
    """Return what a form shows of a person that this page named to this visitor."""
    return digest(visitor.csrf.encode(), f"person|{persona}".encode(), sha256).hex()[:PROOF_DIGITS]


def read_person(visitor: Visitor, key: str, proof: str) -> PersonaId:
    """Return whom a form is about; raise NotSuggestedError unless a page named that person to the visitor."""
    try:
        persona = ObjectId(key)
    except (InvalidId, TypeError) as error:
        raise _unknown() from error
    if not compare_digest(proof_of(visitor, persona).encode(), proof.encode()):
        raise _unknown()
    return persona


def _peer(visitor: Visitor, person: Persona, reasons: tuple[str, ...]) -> Peer:
    store = visitor.credential.store
    shows = store.permits("name", person.choice("name"))
    settings = find_settings(serving().database, store.id, person.ids)
    name = (person.name or "") if shows else ""
    return Peer(person.id, name, open_contact(store, person, settings), reasons, proof_of(visitor, person.id))


def _unknown() -> NotSuggestedError:
    return NotSuggestedError(
        "This page is too old; load it again and choose the person again.", path="person"
    )
