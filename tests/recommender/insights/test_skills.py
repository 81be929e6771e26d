"""Skills gap, what nothing teaches and readiness beside a slow count."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lrs.auth.stores import Store
from lrs.personas import set_choices
from lrs.storage.database import Database
from recommender.insights.answers import Answer
from recommender.storage.entries import change_entries, find_edition

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
