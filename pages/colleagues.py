"""The page about people: who is suggested and why, how to be reached, and introductions."""

from __future__ import annotations

from flask import Blueprint, redirect
from werkzeug.wrappers import Response

from lrs.personas import Persona, find_or_create_personas
from lrs.resources.paths import link
from lrs.resources.requests import note_people, note_personas
from pages.learner import CHOOSE, READ, field
from pages.offers import close_offer
from pages.people import find_between, find_own_settings, find_peers, own_person, proof_of, read_person
from pages.rendering import page
from pages.texts import text
from pages.visitors import Visitor, form, require
from recommender.api.requests import serving
from recommender.serving.nuggets.recommend import find_scored
from recommender.serving.peers import introducing
from recommender.serving.peers.contacts import read_contact
from recommender.storage.own_settings import write_settings
from schemas.errors import InvalidInputError

SHOWN = 12
PATH = "/peers"

blueprint = Blueprint("colleagues", __name__)
AUDITED = ((PATH, "GET"), (f"{PATH}/introductions", "POST"), (f"{PATH}/contact", "POST"))
UNAUDITED = {(f"{PATH}/offer", "POST"): "learners answer an offer on their own page"}


@blueprint.get(PATH)
def get_people() -> Response:
    """Show the people suggested to a learner, and introductions."""
    return _page(require(READ))


@blueprint.post(f"{PATH}/introductions")
@form
def post_introduction() -> Response:
    """Ask for an introduction, answer one, end one, or put somebody off for a while."""
    visitor = require(CHOOSE)
    persona = read_person(visitor, field("person"), field("proof"))
    note_personas([persona])
    store, database, learner = visitor.credential.store, serving().database, present_person(visitor)
    match field("do"):
        case "ask":
            introducing.ask_to_meet(database, store, learner, persona)
            close_offer(visitor)
        case "agree" | "decline" as answer:
            introducing.answer(database, store, learner, persona, agrees=answer == "agree")
        case "end":
            introducing.end(database, store, learner, persona)
        case "rest":
            introducing.rest(database, store, learner, persona)
        case other:
            raise InvalidInputError(f"{other[:50]!r} is not possible here; load the page again", path="do")
    return redirect(link(PATH), 303)


@blueprint.post(f"{PATH}/offer")
@form
def post_offer() -> Response:
    """Put off the offer of somebody who looks after communities."""
    close_offer(require(CHOOSE))
    return redirect(link("/home"), 303)


@blueprint.post(f"{PATH}/contact")
@form
def post_contact() -> Response:
    """Keep how the learner wants to be reached; an address of another kind is refused and stays in the form."""
    visitor = require(CHOOSE)
    note_people(visitor.credential.learner)
    try:
        contact = read_contact(field("contact"))
    except InvalidInputError:
        return _page(visitor, 400, typed=field("contact"))
    write_settings(serving().database, visitor.store, present_person(visitor).ids, contact=contact)
    return redirect(link(f"{PATH}#contact"), 303)


def present_person(visitor: Visitor) -> Persona:
    """Return the visitor, known from now on; raise ErasedPersonError (403) for one who was erased."""
    found = own_person(visitor)
    if found is None:
        identifier = visitor.credential.learner or ""
        find_or_create_personas(serving().database, visitor.store, {identifier: None})
        found = own_person(visitor)
    assert found is not None
    return found


def _page(visitor: Visitor, status: int = 200, typed: str = "") -> Response:
    store = visitor.credential.store
    note_people(visitor.credential.learner)
    scored = find_scored(serving(), store, visitor.credential.learner or "")
    between = find_between(visitor, scored.learner.person)
    peers = find_peers(visitor, scored, between, SHOWN)
    note_personas(
        [*(one.key for one in peers), *(one.key for one in (*between.agreed, *between.asked_of_me))]
    )
    return page(
        "learner/people.html",
        status=status,
        title=text("learner.people_title"),
        peers=peers,
        between=between,
        proofs={one.key: proof_of(visitor, one.key) for one in _met(between)},
        settings=find_own_settings(visitor),
        typed=typed,
        problem="learner.contact_refused" if status != 200 else "",
        is_suggested=scored.learner.permits(store, "peer"),
        may_choose=visitor.allows(CHOOSE),
    )


def _met(between: introducing.Introductions) -> tuple[introducing.Acquaintance, ...]:
    return (*between.agreed, *between.asked_of_me, *between.waiting)
