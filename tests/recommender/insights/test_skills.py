"""Skills gap, what nothing teaches and readiness beside a slow count."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from bson import ObjectId

from lrs.auth.stores import Store
from lrs.personas import set_choices
from lrs.storage.database import Database
from recommender.config import RecommenderSettings
from recommender.insights.answers import Answer
from recommender.insights.counting import Asked, Source
from recommender.insights.figures import FIGURES
from recommender.insights.networks import who_helps_whom
from recommender.insights.organisation import ACT, MOST_KEPT, Names, Organisation
from recommender.insights.rollups import LIKING
from recommender.insights.skills import had_before
from recommender.storage.entries import change_entries, find_edition
from recommender.storage.user_features import UserFeatures

Make = Callable[..., dict[str, Any]]
Post = Callable[[list[dict[str, Any]]], None]
WANTED = {"sql": 2, "law": 3}


@pytest.fixture
def clerks(
    in_team: Make, post: Post, database: Database, store: Store, url: Callable[[str], str]
) -> dict[str, dict[str, int]]:
    """Twenty clerks, of whom each third one completed the nugget on SQL, some long ago; return their levels."""
    edition = find_edition(database, store.id, "roles")
    role = {"clerk": {"name": "clerk", "skills": WANTED}}
    assert change_entries(database, store.id, "roles", edition, role)
    nugget = {url("sql"): {"title": {"en": "SQL"}, "skills": ["sql"], "level": "intermediate"}}
    assert change_entries(database, store.id, "nuggets", edition + 1, nugget)
    statements = []
    for number in range(20):
        name, day = f"p{number:02}", 120 if number % 4 == 0 else 3
        verb = "completed" if number % 3 == 0 else "launched"
        statements.append(in_team(day, name, verb, "sql", "sales", "clerk"))
    post(statements)
    return {f"p{number:02}": {"sql": 2} if number % 3 == 0 else {} for number in range(20)}


def test_the_gap_is_what_a_role_wants_and_people_lack(
    clerks: dict[str, dict[str, int]], asking: Callable[..., Answer]
) -> None:
    answer = asking("skills-gap")
    assert answer.label_columns == ("role", "skill")
    cells = {row.labels: row.cells["gap"] for row in answer.rows}
    for skill, aim in WANTED.items():
        missing = sum(aim - levels.get(skill, 0) for levels in clerks.values())
        assert cells["clerk", skill].count == 5 * round(missing / 5)
        assert cells["clerk", skill].of == 20 * aim
    before = {row.labels: row.cells["gap_before"] for row in answer.rows}
    assert before["clerk", "sql"].count == 35  # 36: two of twenty had completed it by then


def test_what_is_wanted_and_not_taught_is_told_by_skill_and_level(
    clerks: dict[str, dict[str, int]], asking: Callable[..., Answer]
) -> None:
    answer = asking("wanted-not-taught")
    assert {row.labels: row.cells["wanting"].count for row in answer.rows} == {("law", "3"): 20}


def test_only_who_agreed_is_ready(
    clerks: dict[str, dict[str, int]],
    asking: Callable[..., Answer],
    database: Database,
    store: Store,
    identifier: Callable[[str], str],
) -> None:
    edition = find_edition(database, store.id, "roles")
    role = {"clerk": {"name": "clerk", "skills": {"sql": 2}}}
    assert change_entries(database, store.id, "roles", edition, role)
    assert asking("readiness").rows == ()
    able = [name for name, levels in clerks.items() if levels]
    for name in clerks:
        set_choices(database, store.id, identifier(name), {"roles": True})
    (row,) = asking("readiness").rows
    assert (row.labels, row.cells["ready"].count) == (("clerk",), 5 * round(len(able) / 5))


def test_goals_that_people_type_and_teams_of_their_own_do_not_fill_the_memory(
    database: Database, store: Store
) -> None:
    names, count = Names(), 10_000
    people = [ObjectId() for _ in range(count)]
    names.positions(people)
    features = {one: UserFeatures(goals=(str(one),), skills=(str(one),), team=str(one)) for one in people}
    acts = np.zeros(count, ACT)
    acts["person"], acts["peer"], acts["item"] = np.arange(count), np.arange(count)[::-1], -1
    acts["flags"], verbs = LIKING, Names()
    verbs.positions(["answered"])
    organisation = Organisation({9: acts}, names, Names(), verbs, features, frozenset(), {}, {}, count)
    everybody = np.ones(count, dtype=bool)
    source = Source(database, store.id, RecommenderSettings())
    figure = FIGURES["who-helps-whom"]
    asked = Asked(source, organisation, figure, ("teams",), {}, 0, 10, everybody, everybody)
    tracemalloc.start()
    had = had_before(organisation, 10)
    edges = who_helps_whom(asked)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert had.of_one(7) == {str(people[7]): 3}
    assert had.of(np.array([6, 7, 8]), str(people[7])).tolist() == [0, 3, 0]
    assert len(edges) == count + 1
    assert peak < 50_000_000


def test_what_was_kept_of_other_days_makes_room() -> None:
    organisation = Organisation({}, Names(), Names(), Names(), {}, frozenset(), {}, {})
    for day in range(3 * MOST_KEPT):
        assert organisation.keep(("day", day), partial(str, day)) == str(day)
    assert len(organisation.kept) == MOST_KEPT
