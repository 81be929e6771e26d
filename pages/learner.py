"""The learner's first page, and what is done on it: acts on nuggets, goals, and skills known."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from lrs.resources.paths import link
from lrs.resources.requests import note_people
from pages import goals
from pages.acts import ACTS, act_on, is_in_force, undo
from pages.cards import titled
from pages.home import find_home, find_way
from pages.rendering import page
from pages.texts import text
from pages.visitors import Visitor, form, require
from recommender.api.requests import serving
from recommender.errors import NotInCatalogueError
from recommender.serving.nuggets.recommend import find_scored
from recommender.vocabulary.extensions import LONGEST_TEXT
from schemas.catalogue import MODALITIES
from schemas.errors import InvalidInputError

READ, STORE, CHOOSE = "recommendations/read/mine", "statements/write", "recommendations/write"
LONGEST_VALUE, WHOLE_PATH = 8_000, 30

blueprint = Blueprint("learner", __name__)
_STORED = "a Statement itself says who stored it and when"
AUDITED = (("/home", "GET"), ("/home/goals", "POST"), ("/home/skills", "POST"))
UNAUDITED = {
    ("/home/acts", "POST"): _STORED,
    ("/home/goals", "GET"): "learners read their own goals",
}


@dataclass(frozen=True, slots=True)
class Told:
    """What the visitor just did with a nugget: the act, the nugget and its title; it can be taken back."""

    act: str
    activity: str
    title: str
    title_language: str


@blueprint.get("/home")
def get_home() -> Response:
    """Show what is next for a learner, and why."""
    visitor = require(READ)
    modality = request.args.get("modality", "")
    modality = modality if modality in MODALITIES else ""
    home = find_home(visitor, modality)
    return page(
        "learner/home.html",
        title=text("learner.title"),
        home=home,
        modality=modality,
        modalities=MODALITIES,
        told=_told(visitor),
        may_act=visitor.allows(STORE),
        may_choose=visitor.allows(CHOOSE),
    )


@blueprint.post("/home/acts")
@form
def post_act() -> Response:
    """Store what a learner did with a nugget, or take it back, and show the page anew."""
    visitor = require(STORE)
    act, activity = field("act"), field("activity")
    if act == "undo":
        undo(visitor.credential, field("of"), activity)
        return back({})
    act_on(visitor.credential, act, activity)
    return back({"did": act, "about": activity})


@blueprint.get("/home/goals")
def get_goals() -> Response:
    """Show the goals of a learner and how far each is reached, to choose others."""
    return _goals_page(require(READ))


def _goals_page(visitor: Visitor, status: int = 200, **values: object) -> Response:
    store = visitor.credential.store
    scored = find_scored(serving(), store, visitor.credential.learner or "")
    return page(
        "learner/goals.html",
        status=status,
        title=text("learner.goals_title"),
        goals=goals.find_goals(scored),
        offered=goals.offered_goals(scored),
        path=find_way(visitor, scored, WHOLE_PATH),
        may_choose=visitor.allows(CHOOSE),
        **{"problem": "", "typed": "", **values},
    )


@blueprint.post("/home/goals")
@form
def post_goal() -> Response:
    """Choose a goal, or drop one."""
    visitor = require(CHOOSE)
    note_people(visitor.credential.learner)
    change = goals.drop_goal if field("do") == "drop" else goals.add_goal
    try:
        change(visitor.credential, field("name"))
    except (NotInCatalogueError, InvalidInputError) as error:
        return _goals_page(visitor, 400, problem=error.message, typed=field("name")[:LONGEST_TEXT])
    return redirect(link("/home/goals"), 303)


@blueprint.post("/home/skills")
@form
def post_skill() -> Response:
    """Keep that the learner knows a skill, or does not."""
    visitor = require(CHOOSE)
    note_people(visitor.credential.learner)
    change = goals.drop_skill if field("do") == "drop" else goals.add_skill
    change(visitor.credential, field("name"))
    return redirect(link("/home/goals"), 303)


def field(name: str) -> str:
    """Return a value of the form, empty if there is none; raise InvalidInputError for a very long one."""
    value = request.form.get(name, "")
    if len(value) > LONGEST_VALUE:
        raise InvalidInputError(f"{name!r} has {len(value)} characters, more than {LONGEST_VALUE}", path=name)
    return value


def back(query: dict[str, str]) -> Response:
    """Lead back to the first page, in the same view of it."""
    modality = field("modality")
    kept = {"modality": modality} if modality in MODALITIES else {}
    named = urlencode({**kept, **query})
    return redirect(link(f"/home?{named}#told" if query else f"/home?{named}".rstrip("?")), 303)


def _told(visitor: Visitor) -> Told | None:
    """Return what the address says was done just now, if it was."""
    act, activity = request.args.get("did", ""), request.args.get("about", "")
    if act not in ACTS:
        return None
    store = visitor.credential.store.id
    learner = serving().learners.find(store, visitor.credential.learner or "")
    nugget = serving().catalogue.find(store, serving().models.find(store, learner.persona)).nugget(activity)
    if nugget is None or not is_in_force(learner, act, activity):
        return None
    return Told(act, activity, *titled(nugget))
