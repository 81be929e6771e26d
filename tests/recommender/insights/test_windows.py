"""Two answers that differ by what a few people did differ by one step at the most, whatever windows are compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from itertools import combinations

import numpy as np
import pytest
from bson import ObjectId
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lrs.auth.stores import Store
from lrs.personas import Agreeing
from lrs.storage.database import Database
from recommender.catalogue.nuggets import Nugget
from recommender.config import RecommenderSettings
from recommender.insights.answers import Answer, Question
from recommender.insights.asking import COUNTS, answer
from recommender.insights.counting import Source
from recommender.insights.figures import FIGURES, YEAR
from recommender.insights.floors import step_of
from recommender.insights.organisation import ACT, Names, Organisation
from recommender.storage.user_features import UserFeatures
from schemas.catalogue import MODALITIES
from schemas.floors import FLOOR

TODAY = 20_000
BUSY = (TODAY - 20, TODAY - 14)
"""The days on which the many act; all windows below hold them."""
WINDOWS = (
    *(Question(days, TODAY - ago) for days, ago in ((7, 14), (30, 0), (30, 3), (90, 0), (90, 9), (365, 0))),
    *(Question(None, TODAY - ago, (), {}, TODAY - since) for ago, since in ((5, 33), (14, 21), (0, 365))),
)
SPLITS = {
    "reach": (("team",), ("role",), ("modality",), ("skill",), ("team", "modality"), ("role", "modality")),
    "taking-part": (("team",), ("role",), ("team", "modality")),
    "who-helps-whom": (("teams",),),
    "bridges": (("team",),),
    "connectedness": (("team",), ("role",)),
    "formats-and-languages": (("language",), ("format",)),
}
"""Figures that count what was done in the window alone."""
PEOPLE = [ObjectId() for _ in range(44)]
TEAMS, ROLES = ("sales", "legal", "data"), ("engineer", "clerk")
ITEMS = tuple(f"https://acme.example/{number}" for number in range(4))
VERBS = ("completed", "answered", "viewed")


@st.composite
def organisations(draw: st.DrawFn) -> Organisation:
    """Draw many people who act in one week, and one to four who do much at any time."""
    many, few = draw(st.integers(6, 40)), draw(st.integers(1, 4))
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    busy, rare = draw(st.sampled_from([20, 100, 300])), draw(st.sampled_from([5, 40, 200]))
    acts = np.zeros(busy + rare, ACT)
    acts["day"][:busy] = random.integers(BUSY[0], BUSY[1] + 1, busy)
    acts["day"][busy:] = random.integers(TODAY - YEAR - 20, TODAY + 1, rare)
    acts["person"][:busy] = random.integers(0, many, busy)
    acts["person"][busy:] = random.integers(many, many + few, rare)
    acts["peer"] = np.where(random.random(len(acts)) < 0.4, random.integers(0, many, len(acts)), -1)
    acts["peer"][(acts["peer"] == acts["person"]) | (acts["person"] >= many)] = -1
    acts["item"] = random.integers(0, len(ITEMS), len(acts))
    acts["verb"], acts["modality"] = random.integers(0, 3, len(acts)), random.integers(0, 3, len(acts))
    acts["flags"], acts["acts"] = random.choice([1, 3, 7], len(acts)), random.integers(1, 6, len(acts))
    acts = acts[np.argsort(acts["day"], kind="stable")]
    size = many + few
    people = {
        name: UserFeatures(
            team=str(random.choice(TEAMS, p=[0.6, 0.3, 0.1])),
            role=str(random.choice(ROLES)),
            languages=("en",),
        )
        for name in PEOPLE[:size]
    }
    nuggets = {one: Nugget(one, {"en": one}, skills=("sql",), format="video") for one in ITEMS}
    named = (Names(), Names(), Names())
    for names, values in zip(named, (PEOPLE[:size], ITEMS, VERBS), strict=True):
        names.positions(values)
    days = {int(day): acts[acts["day"] == day] for day in np.unique(acts["day"])}
    entered = frozenset(PEOPLE[:size])
    return Organisation(days, *named, people, entered, nuggets, {}, size, len(ITEMS))


def told(found: Answer) -> dict[tuple[str, ...], Mapping[str, tuple[int | None, int | None]]]:
    """Return the numbers that an answer tells, by labels and column."""
    rows = [*found.rows, *([found.total] if found.total else [])]
    return {
        row.labels: {
            name: (cell.count, cell.of) for name, cell in row.cells.items() if not cell.is_few and cell.count
        }
        for row in rows
    }


def differences(answers: list[Answer]) -> Iterator[tuple[str, int]]:
    """Yield by how much the numbers of each two answers differ, with the column."""
    for one, other in combinations(map(told, answers), 2):
        for labels in one.keys() & other.keys():
            for column in one[labels].keys() & other[labels].keys():
                pairs = zip(one[labels][column], other[labels][column], strict=True)
                yield from ((column, abs(a - b)) for a, b in pairs if a is not None and b is not None)


@pytest.fixture
def ask(database: Database, store: Store) -> Callable[..., list[Answer]]:
    """Ask a figure of an organisation in all windows."""
    source = Source(database, store.id, RecommenderSettings())

    def send(organisation: Organisation, name: str, by: tuple[str, ...]) -> list[Answer]:
        figure, everybody = FIGURES[name], Agreeing(frozenset(), True)
        questions = [Question(*question.days(0, TODAY), by) for question in WINDOWS]
        return [answer(source, organisation, everybody, figure, one, COUNTS[name]) for one in questions]

    return send


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(organisations())
def test_what_a_few_people_did_is_not_the_difference_of_two_windows(
    ask: Callable[..., list[Answer]], organisation: Organisation
) -> None:
    for name, splits in SPLITS.items():
        for by in splits:
            for column, difference in differences(ask(organisation, name, by)):
                assert difference <= FLOOR, (name, by, column)


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(organisations())
def test_the_acts_of_four_people_are_less_than_a_step(
    ask: Callable[..., list[Answer]], organisation: Organisation
) -> None:
    for found in ask(organisation, "modalities", ("team",)):
        acts = organisation.acts(found.since_day, found.until_day)
        for labels, numbers in told(found).items():
            for code, name in enumerate(MODALITIES):
                did: Counter[int] = Counter()
                for act in acts[acts["modality"] == code]:
                    if labels in ((), (organisation.features[PEOPLE[act["person"]]].team,)):
                        did[int(act["person"])] += int(act["acts"])
                count, _ = numbers.get(f"acts_{name}", (0, None))
                step = step_of(max(did.values(), default=1))
                assert (count or 0) % step == 0
                assert sum(number for _, number in did.most_common(4)) < step


@pytest.mark.parametrize(
    ("most", "step"), [(1, 5), (2, 10), (3, 20), (5, 50), (10, 50), (11, 100), (40, 200), (250, 2000)]
)
def test_a_step_holds_five_times_the_most_that_one_person_did(most: int, step: int) -> None:
    assert step_of(most) == step
