"""The weekly digest of a learner, off until the learner wants it: the three best nuggets and one peer.

It comes as an Atom feed under a private address, or as mail by the command `learnerprise digest`.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from hashlib import sha256

from bson import ObjectId
from bson.errors import InvalidId
from flask import Blueprint, g, render_template, request
from werkzeug.wrappers import Response

from lrs.auth.credentials import Credential
from lrs.auth.sessions import page_key
from lrs.auth.stores import Store, require_open, store_by_id
from lrs.errors import NotFoundError
from lrs.personas import Persona, PersonaId, describe_personas
from lrs.resources.paths import link
from lrs.resources.requests import database, note_people, note_personas
from lrs.storage.database import StoreId
from lrs.storage.stored_time import now_us
from pages.cards import Card
from pages.home import find_next
from pages.texts import language
from recommender.api.requests import serving
from recommender.messages import LANGUAGES
from recommender.serving.nuggets.recommend import DAY_US, find_scored
from recommender.serving.peers.recommend import recommend_peers
from recommender.storage.own_settings import find_owner_of_feed, find_settings
from schemas.identifiers import agent_of
from schemas.peers import PeerQuery
from schemas.timestamps import format_timestamp

NUGGETS, SECRET_BYTES, DAYS, MONDAY = 3, 24, 7, 3
GONE = "There is no feed under this address, or its owner ended it; look for the new address on the page of your data."

blueprint = Blueprint("digest", __name__)
PATH = "/feed/<store>/<secret>.atom"
AUDITED = ((PATH, "GET"),)
UNAUDITED: dict[tuple[str, str], str] = {}


@dataclass(frozen=True, slots=True)
class Digest:
    """What a learner is told this week: nuggets with reasons, and a peer (the persona in `named`) with reasons."""

    cards: tuple[Card, ...]
    peer: str
    reasons: tuple[str, ...]
    named: tuple[PersonaId, ...]
    monday_us: int


@blueprint.get(PATH)
def get_feed(store: str, secret: str) -> Response:
    """Answer the digest of the learner whose feed this is, as Atom."""
    g.logged_path = PATH
    found, person = _owner(store, secret)
    learner = person.identifiers[0]
    key = page_key(database(), found.id, learner)
    g.credential, g.key = Credential(key, "", found, frozenset(), learner), key
    settings = find_settings(database(), found.id, person.ids)
    g.language = settings.language if settings.language in LANGUAGES else language()
    digest = find_digest(found, person)
    note_people(learner)
    note_personas(digest.named)
    body = render_template(
        "learner/digest.xml",
        digest=digest,
        language=g.language,
        address=address_of(found.id, secret),
        feed_id=digest_of(secret)[:16],
        home=_outside("/home"),
        people=_outside("/peers"),
        stamp=format_timestamp,
    )
    response = Response(body, content_type="application/atom+xml; charset=utf-8")
    response.headers["Cache-Control"] = "private, max-age=3600"
    return response


def find_digest(store: Store, person: Persona) -> Digest:
    """Return what a learner is told this week."""
    identifier = person.identifiers[0]
    scored = find_scored(serving(), store, identifier)
    cards, _ = find_next(store, scored, limit=NUGGETS)
    query = PeerQuery(agent_of(identifier), identifier, 1, speaks=language())
    peers = recommend_peers(serving(), store, query, scored=scored).recommendations
    peer = next((one for one in peers if one.agent.get("name")), None)
    name, reasons = (str(peer.agent["name"]), peer.reasons) if peer else ("", ())
    named = (peer.persona,) if peer else ()
    week = (now_us() // DAY_US + MONDAY) // DAYS
    return Digest(cards, name, reasons, named, (week * DAYS - MONDAY) * DAY_US)


def new_secret() -> str:
    """Return the secret part of the address of a new feed."""
    return secrets.token_urlsafe(SECRET_BYTES)


def digest_of(secret: str) -> str:
    """Return what is kept of a secret."""
    return sha256(secret.encode()).hexdigest()


def address_of(store: StoreId, secret: str) -> str:
    """Return the address of a feed."""
    return _outside(f"/feed/{store}/{secret}.atom")


def _outside(path: str) -> str:
    """Return the whole address of a path of this service."""
    return f"{request.host_url.rstrip('/')}{link(path)}"


def _owner(store: str, secret: str) -> tuple[Store, Persona]:
    """Return whose feed this is; raise NotFoundError, the same for every wrong address."""
    try:
        store_id, feed = ObjectId(store), digest_of(secret)
    except InvalidId as error:
        raise NotFoundError(GONE) from error
    persona: PersonaId | None = find_owner_of_feed(database(), store_id, feed)
    person = describe_personas(database(), store_id, [persona]).get(persona) if persona else None
    if person is None:
        raise NotFoundError(GONE)
    found = store_by_id(database(), store_id)
    require_open(found)
    return found, person
