"""Questions on a learner's page: those that wait and that the learner could answer, and the learner's own."""

from __future__ import annotations

from dataclasses import dataclass

from pages.visitors import Visitor
from recommender.serving.nuggets.scored import ScoredCatalogue
from recommender.serving.state.learners import Learner


@dataclass(frozen=True, slots=True)
class Question:
    """A question that nobody answered: its title, where to open it, since when (us), and the skill it is about."""

    title: str
    address: str
    since: int
    skill: str
    is_own: bool


def find_questions(visitor: Visitor, learner: Learner, scored: ScoredCatalogue) -> tuple[Question, ...]:
    """Return the learner's own questions that wait, then those on skills that the learner has."""
    return ()
