"""Questions on a learner's page: the learner's own that wait, and those that the learner could answer."""

from __future__ import annotations

from dataclasses import dataclass

from lrs.auth.stores import Store
from pages.cards import titled
from pages.texts import language
from recommender.api.insights import insights
from recommender.catalogue.nuggets import Nugget
from recommender.insights.open_questions import AskedQuestion
from recommender.insights.waiting import find_waiting
from recommender.serving.nuggets.candidates import find_done
from recommender.serving.nuggets.scored import ScoredCatalogue
from recommender.serving.nuggets.skill_gaps import find_levels
from recommender.serving.peers.contacts import is_web_address

MOST_OWN, MOST_OTHERS = 3, 3


@dataclass(frozen=True, slots=True)
class Question:
    """A question that nobody answered: its title, where it stands, since when (us), and a skill that it is about."""

    title: str
    title_language: str
    address: str
    since: int
    skill: str
    is_own: bool


def find_questions(store: Store, scored: ScoredCatalogue) -> tuple[Question, ...]:
    """Return the learner's own questions that wait, then those on skills that the learner has; nobody is named."""
    learner, snapshot = scored.learner, scored.snapshot
    own_ids = learner.person.ids if learner.person else ()
    had = find_levels(learner.features, find_done(snapshot, scored.candidates))
    own, others = [], []
    for one in find_waiting(insights(), store):
        if one.asker in own_ids:
            own.append(_question(scored, one, "", is_own=True))
        elif skill := next((skill for skill in one.skills if skill in had), ""):
            others.append(_question(scored, one, skill, is_own=False))
    return (*own[:MOST_OWN], *others[:MOST_OTHERS])


def _question(scored: ScoredCatalogue, one: AskedQuestion, skill: str, *, is_own: bool) -> Question:
    title, spoken = titled(Nugget(one.post, titles=one.titles))
    address = one.address if is_web_address(one.address) else ""
    name = scored.snapshot.labels.find(skill, language()) if skill else ""
    return Question(title, spoken, address, one.at, name, is_own)
