"""The questions that wait, one by one: for the pages that lead to the places where they can be answered."""

from __future__ import annotations

from dataclasses import dataclass

from lrs.auth.stores import Store
from recommender.insights.answers import Question
from recommender.insights.asking import Insights
from recommender.insights.figures import FIGURES, QUARTER
from recommender.insights.months import today
from recommender.insights.open_questions import AskedQuestion, waiting
from recommender.storage.insights import day_of


@dataclass(frozen=True, slots=True)
class Place:
    """Where a question waits: its address, since when (us), and those of its topics that enough people deal with.

    Neither the words of the question nor the asker are told: both stand in the place itself.
    """

    address: str
    since: int
    topics: tuple[str, ...]


def find_waiting(insights: Insights, store: Store, days: int = QUARTER) -> list[AskedQuestion]:
    """Return the questions of the last days that nobody answered, also those asked just now, the oldest first."""
    held = insights.outside.find(store.id, "questions", days)
    since = today() + 1 - days
    return [one for one in waiting(held.found, insights.agreeing.find(store.id)) if day_of(one.at) >= since]


def find_places(insights: Insights, store: Store, days: int = QUARTER) -> list[Place]:
    """Return the places where questions wait, for people who look after communities."""
    told = told_topics(insights, store, days)
    return [
        Place(one.address, one.at, tuple(skill for skill in one.skills if skill in told))
        for one in find_waiting(insights, store, days)
    ]


def told_topics(insights: Insights, store: Store, days: int = QUARTER) -> frozenset[str]:
    """Return the skills on which enough people who are counted were active for their number to be told."""
    found = insights.find(store, FIGURES["reach"], Question(days, by=("skill",)))
    return frozenset(row.labels[0] for row in found.rows if not row.cells["active"].is_few)
