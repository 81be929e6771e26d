"""No answer, and no difference of two, tells of 1 to 4 people: random organisations, every figure, split and filter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pytest
from bson import ObjectId
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lrs.auth.stores import Store
from lrs.personas import Agreeing
from lrs.storage.database import Database
from recommender.catalogue.nuggets import Nugget
from recommender.catalogue.roles import Role
from recommender.config import RecommenderSettings
from recommender.insights import asking
from recommender.insights.answers import FEW, Answer, Cell, Question
from recommender.insights.asking import COUNTED, Insights, answer
from recommender.insights.counting import Source
from recommender.insights.figures import FIGURES, TEAM_FLOOR
from recommender.insights.floors import Tallies, Tally, floor_of, of_things, pass_floors, told_cell
from recommender.insights.organisation import ACT, Names, Organisation
from recommender.storage.user_features import UserFeatures

TODAY = 20_000
TEAMS, ROLES, SKILLS = ("sales", "legal", "data", ""), ("engineer", "clerk", ""), ("sql", "law", "talk")
FILTERS: tuple[Mapping[str, str], ...] = (
    {},
    {"team": "sales"},
    {"team": "legal", "role": "clerk"},
    {"role": "clerk"},
    {"modality": "social"},
    {"skill": "sql"},
    {"team": "nobody"},
)
VERBS = ("completed", "answered", "viewed")
ITEMS = tuple(f"https://acme.example/{number}" for number in range(6))
NAMES = [ObjectId() for _ in range(40)]


@st.composite
def organisations(draw: st.DrawFn) -> tuple[Organisation, Agreeing]:
    """Draw up to 40 people with teams and roles, and what they did within 400 days."""
    size = draw(st.integers(0, len(NAMES)))
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    count = draw(st.sampled_from([0, 20, 200, 600])) if size else 0
    acts = np.zeros(count, ACT)
    acts["day"] = TODAY - np.sort(random.integers(0, draw(st.sampled_from([30, 400])), count))[::-1]
    acts["person"] = (random.random(count) ** 2 * size).astype(int)
    acts["peer"] = np.where(random.random(count) < 0.3, random.integers(0, max(size, 1), count), -1)
    acts["item"] = random.integers(-1, len(ITEMS), count)
    acts["verb"], acts["modality"] = random.integers(0, 3, count), random.integers(0, 3, count)
    acts["flags"], acts["acts"] = random.integers(0, 64, count), random.integers(1, 4, count)
    people = {
        name: UserFeatures(
            team=str(random.choice(TEAMS, p=[0.6, 0.2, 0.1, 0.1])),
            role=str(random.choice(ROLES)),
            skills=tuple(random.choice(SKILLS, random.integers(0, 2), replace=False).tolist()),
            goals=tuple(random.choice(SKILLS, random.integers(0, 2), replace=False).tolist()),
            languages=("en",),
        )
        for name in NAMES[:size]
    }
    nuggets = {
        one: Nugget(one, {"en": one}, skills=(SKILLS[at % 3],), level="beginner")
        for at, one in enumerate(ITEMS)
    }
    roles = {"engineer": Role("engineer", {"sql": 3, "talk": 1}), "clerk": Role("clerk", {"law": 2})}
    entered = frozenset(NAMES[: draw(st.sampled_from([0, size]))])
    days = {int(day): acts[acts["day"] == day] for day in np.unique(acts["day"])}
    named = [Names(), Names(), Names()]
    for names, values in zip(named, (NAMES[:size], ITEMS, VERBS), strict=True):
        names.positions(values)
    refusing = frozenset(NAMES[: draw(st.integers(0, 3))])
    made = Organisation(days, *named, people, entered, nuggets, roles, size, len(ITEMS))
    return made, Agreeing(refusing, True)


def _cells(found: Answer) -> Iterator[Cell]:
    for row in (*found.rows, found.total, found.before):
        yield from (cell for name, cell in row.cells.items() if name != "offered") if row else ()


def _is_safe(cell: Cell) -> bool:
    """Numbers of people and acts are multiples of five, none of which is few, and shares are made of them."""
    if cell.is_few:
        return cell == FEW
    numbers = [one for one in (cell.count, cell.of) if one is not None]
    is_share = cell.count is not None and bool(cell.of)
    return all(one % 5 == 0 and one >= 0 for one in numbers) and (
        not is_share or cell.value == min(1.0, cell.count / cell.of)
    )


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(organisations())
def test_no_cell_and_no_difference_tells_of_few_people(
    database: Database, store: Store, drawn: tuple[Organisation, Agreeing]
) -> None:
    organisation, agreeing = drawn
    insights = Insights(database, RecommenderSettings())
    source = Source(database, store.id, insights.settings)
    for name in COUNTED - asking.ABOUT_NUGGETS:
        figure, count = FIGURES[name], insights.counting(store.id, name, 180)
        for by in figure.by:
            for filters in FILTERS:
                if not filters.keys() <= set(asking.filters_of(figure)):
                    continue
                found = answer(
                    source, organisation, agreeing, figure, Question(90, TODAY, (by,), filters), count
                )
                assert found.floor == (10 if "team" in filters else FIGURES[name].floor)
                assert all(map(_is_safe, _cells(found)))


PEOPLE = st.integers(0, 60)


@given(
    st.dictionaries(st.tuples(st.sampled_from("abcdef")), PEOPLE, min_size=1), st.sampled_from([5, 10, 50])
)
def test_hidden_cells_are_not_told_by_the_total(sizes: dict[tuple[str], int], floor: int) -> None:
    tallies: Tallies = {
        (): {"x": Tally(sum(sizes.values()))},
        **{one: {"x": Tally(n)} for one, n in sizes.items()},
    }
    rows, _ = pass_floors(tallies, ("team",), floor)
    shown = [row.labels for row in rows if not row.cells["x"].is_few]
    hidden = sum(sizes.values()) - sum(sizes[one] for one in shown)
    assert hidden == 0 or hidden >= floor or not shown
    assert all(sizes[one] >= floor for one in shown)


def test_a_cell_hides_alone_in_no_line_of_two_attributes() -> None:
    sizes = {("2026-10", "x"): 20, ("2026-10", "y"): 2, ("2026-11", "x"): 30, ("2026-11", "y"): 40}
    tallies: Tallies = {labels: {"n": Tally(people)} for labels, people in sizes.items()}
    rows, total = pass_floors(tallies, ("month", "modality"), 5)
    few = {row.labels for row in rows if row.cells["n"].is_few}
    assert total is None
    assert few == set(sizes)  # of each month, and of each modality, at least two


@pytest.mark.parametrize(
    ("tally", "cell"),
    [
        (Tally(7), Cell(5.0, 5)),
        (Tally(8), Cell(10.0, 10)),
        (Tally(12, 24, 100, 210), Cell(100 / 210, 100, 210)),
        (Tally(9, 20, value=13.37, low=1.234, high=20.0), Cell(13.0, None, 20, 1.2, 20.0)),
    ],
)
def test_numbers_are_told_in_steps_of_five(tally: Tally, cell: Cell) -> None:
    found = told_cell(tally)
    assert (found.value, found.count, found.of) == (cell.value, cell.count, cell.of)
    assert found.low is None or found.high is None or found.low <= found.high


@pytest.mark.parametrize(
    ("figure", "store", "team", "floor"), [(5, 5, False, 5), (5, 3, True, 10), (10, 70, True, 50)]
)
def test_a_floor_is_the_highest_that_anything_asks_for(
    figure: int, store: int, team: bool, floor: int
) -> None:
    assert floor_of(figure, store, is_one_team=team, team=TEAM_FLOOR) == floor


def test_a_filter_that_leaves_out_few_people_is_not_answered() -> None:
    people = {name: UserFeatures(team="sales" if at < 30 else "legal") for at, name in enumerate(NAMES[:32])}
    names = Names()
    names.positions(NAMES[:32])
    organisation = Organisation({}, names, Names(), Names(), people, frozenset(NAMES[:32]), {}, {}, 32)
    assert asking._tells_others(organisation, Agreeing(), {"team": "sales"}, 5)
    assert not asking._tells_others(organisation, Agreeing(), {}, 5)


def test_the_first_person_of_a_group_changes_no_other_cell() -> None:
    def told(first: int) -> Mapping[tuple[str, ...], bool]:
        sizes = {("a",): first, ("b",): 9, ("c",): 30}
        rows, _ = pass_floors({one: {"x": Tally(size)} for one, size in sizes.items()}, ("team",), 5)
        return {row.labels: row.cells["x"].is_few for row in rows}

    assert told(0) == told(1) == {("c",): False}


def test_the_language_of_a_few_people_is_not_named_because_nothing_is_offered_in_it() -> None:
    offered = of_things(0, 20)
    tallies: Tallies = {
        ("en",): {"wanted": Tally(30, 40), "offered": of_things(20, 20)},
        ("eu",): {"wanted": Tally(2, 40), "offered": offered},
        ("fr",): {"wanted": Tally(9, 40), "offered": offered},
        ("ca",): {"wanted": Tally(8, 40), "offered": offered},
    }
    rows, _ = pass_floors(tallies, ("skill",), 5)
    assert [row.labels for row in rows] == [("en",), ("fr",)]
