"""What a link of a course leads a learner to: one nugget, or the way to a role."""

from __future__ import annotations

from flask import Blueprint, request
from werkzeug.wrappers import Response

from lrs.errors import NotFoundError
from lrs.resources.requests import note_people
from lrs.storage.stored_time import now_us
from pages.cards import card_of, duration
from pages.learner import READ, STORE
from pages.rendering import page
from pages.texts import text
from pages.visitors import require
from recommender.api.requests import serving
from recommender.serving.nuggets.recommend import find_scored
from recommender.serving.paths.recommend import find_path
from recommender.vocabulary.extensions import plain_text
from schemas.breaches import shown
from schemas.identifiers import agent_of
from schemas.recommendations import PathQuery

blueprint = Blueprint("linked", __name__)
AUDITED = (("/home/path", "GET"),)
UNAUDITED = {("/home/nugget", "GET"): "it is about a nugget"}


@blueprint.get("/home/nugget")
def get_nugget() -> Response:
    """Show one nugget, to open it and to say what became of it."""
    visitor = require(READ)
    activity = request.args.get("activity", "")
    scored = find_scored(serving(), visitor.credential.store, visitor.credential.learner or "")
    nugget = scored.snapshot.nugget(activity)
    if nugget is None or not nugget.is_open(now_us()):
        raise NotFoundError(
            f"There is no nugget {shown(activity)} in the catalogue now; ask whoever set the link for another one."
        )
    return page(
        "lti/linked.html",
        title=text("learner.title"),
        message="",
        time="",
        cards=(card_of(nugget),),
        may_act=visitor.allows(STORE),
    )


@blueprint.get("/home/path")
def get_path() -> Response:
    """Show the way of a learner to a role, first things first."""
    visitor = require(READ)
    store, learner = visitor.credential.store, visitor.credential.learner or ""
    role = plain_text(request.args.get("role", ""))
    note_people(learner)
    scored = find_scored(serving(), store, learner)
    query = PathQuery(agent_of(learner), learner, "role", role, speaks=visitor.language)
    answer = find_path(serving(), store, query, scored=scored)
    found = ((one, scored.snapshot.nugget(one.activity)) for one in answer.steps)
    minutes = round(answer.hours * 60)
    return page(
        "lti/linked.html",
        title=text("lti.path_to", name=scored.snapshot.roles[role].name),
        message=answer.message,
        time=duration(minutes) if minutes else "",
        cards=[card_of(nugget, one.reasons) for one, nugget in found if nugget],
        may_act=visitor.allows(STORE),
    )
