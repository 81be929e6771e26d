from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from bson import ObjectId

from lrs.personas import Agreeing
from recommender.catalogue.nuggets import Nugget
from recommender.catalogue.roles import Role
from recommender.config import RecommenderSettings
from recommender.insights import counting, pairs, skills
from recommender.insights.answers import Answer, Question
from recommender.insights.asking import COUNTS, answer
from recommender.insights.counting import Source, distinct
from recommender.insights.figures import FIGURES
from recommender.insights.organisation import ACT, Names, Organisation
from recommender.insights.rollups import COMPLETED, FAILED, LIKING, NO_PROGRESS, PRIVATE, TAKING
from recommender.storage.user_features import UserFeatures

TODAY, PEOPLE, ITEMS = 20_000, 60, 12
VERBS = ("completed", "initialized", "viewed", "abandoned")
QUESTIONS = (
    Question(until_day=TODAY),
    Question(365, TODAY, filters={"modality": "formal"}),
    Question(7, TODAY - 3, filters={"skill": "skill 1", "team": "team 1"}),
)


def organisation(days: Mapping[int, Any]) -> Organisation:
    people = [ObjectId() for _ in range(PEOPLE)]
    features = {one: UserFeatures(team=f"team {at % 3}", role="cook") for at, one in enumerate(people)}
    nuggets = {
        f"nugget {at}": Nugget(
            f"nugget {at}",
            titles={"en": "x"},
            format="video",
            skills=(f"skill {at % 3}", f"skill {at % 4}"),
        )
        for at in range(ITEMS)
    }
    names = [Names(list(some), {one: at for at, one in enumerate(some)}) for some in (people, nuggets, VERBS)]
    roles = {"cook": Role("cook", {"skill 1": 2, "skill 3": 3})}
    return Organisation(days, *names, features, frozenset(), nuggets, roles, PEOPLE, ITEMS)


def draw(random: np.random.Generator, day: int) -> Any:
    acts = np.zeros(30, ACT)
    acts["day"], acts["person"] = day, random.integers(0, PEOPLE, 30)
    acts["item"], acts["peer"] = random.integers(-1, ITEMS, 30), -1
    acts["verb"], acts["modality"] = random.integers(0, len(VERBS), 30), random.integers(0, 3, 30)
    flags = (LIKING, LIKING | TAKING, LIKING | TAKING | COMPLETED, FAILED, LIKING | PRIVATE)
    acts["flags"] = random.choice(flags, 30)
    acts["progress"], acts["acts"] = random.choice((NO_PROGRESS, 0, 35, 90, 100), 30), 1
    return acts


def ask(found: Organisation, name: str, question: Question) -> Answer:
    source = Source(None, ObjectId(), RecommenderSettings(), 1)  # type: ignore[arg-type]
    return answer(source, found, Agreeing(), FIGURES[name], question, COUNTS[name])


@pytest.mark.parametrize("question", QUESTIONS, ids=["usual", "modality", "team"])
@pytest.mark.parametrize(
    "name",
    ["rising-topics", "stuck", "drop-off", "reach", "completion", "formats-and-languages", "skills-gap"],
)
def test_very_many_people_and_nuggets_and_what_was_kept_give_the_same(
    name: str, question: Question, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = np.random.default_rng(3)
    days = {day: draw(random, day) for day in range(TODAY - 400, TODAY + 1)}
    by = {"reach": ("skill", "modality"), "completion": ("skill",), "formats-and-languages": ("format",)}
    filters = {} if name in ("formats-and-languages", "skills-gap") else question.filters
    question = Question(question.window_days, question.until_day, by.get(name, ()), filters)
    found = organisation(days)
    ask(found, name, question)
    days[TODAY] = draw(random, TODAY)  # a day that changes after answers were kept
    found.kept.clear()
    changed = ask(found, name, question)
    found.kept.clear(), found.lasting.clear()
    for module in (counting, pairs, skills):
        monkeypatch.setattr(module, "MOST_CELLS", 0)
    assert ask(found, name, question) == changed


def test_people_in_several_groups_count_once_in_each() -> None:
    groups, people = np.array([0, 0, 2, 2, 2]), np.array([7, 7, 7, 1, 1])
    assert distinct(groups, people, 4) == [1, 0, 2, 0]
    assert distinct(groups[:0], people[:0], 2) == [0, 0]
