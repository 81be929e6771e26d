"""Equity: groups beside everybody."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lrs.auth.stores import Store
from lrs.personas import find_personas
from lrs.storage.database import Database
from recommender.insights.answers import Answer
from recommender.storage.impressions import Impression, insert_impressions
from recommender.storage.insights import DAY_US


def test_a_group_that_is_shown_half_as_much_has_a_ratio_below_one(
    in_team: Callable[..., dict[str, Any]],
    post: Callable[..., None],
    sync: Callable[..., Any],
    asking: Callable[..., Answer],
    database: Database,
    store: Store,
    identifier: Callable[[str], str],
    url: Callable[[str], str],
) -> None:
    names = [f"p{number:02}" for number in range(40)]
    role = {name: "clerk" if number % 2 else "engineer" for number, name in enumerate(names)}
    post([in_team(1, name, "completed", "a", "data", role[name]) for name in names])
    sync()
    personas = find_personas(database, store.id, [identifier(name) for name in names])
    today = asking("equity").until_day
    shown = [
        Impression(personas[identifier(name)], (today - 2) * DAY_US, "nuggets", 1, items)
        for name in names
        for items in [(url("a"),) if role[name] == "clerk" else (url("a"), url("b"), url("c"))]
    ]
    insert_impressions(database, store.id, shown, 90)
    answer = asking("equity", by=("role",))
    ratios = {row.labels[0]: row.cells["shown"].value for row in answer.rows}
    assert ratios == {"clerk": 0.5, "engineer": 1.5}
    assert answer.total is not None
    assert answer.total.cells["shown"].value == 2.0
    assert answer.total.cells["started"].value == 0.5
    assert answer.floor == 10


def test_a_large_group_of_which_few_were_shown_anything_hides(
    in_team: Callable[..., dict[str, Any]],
    post: Callable[..., None],
    sync: Callable[..., Any],
    asking: Callable[..., Answer],
    database: Database,
    store: Store,
    identifier: Callable[[str], str],
    url: Callable[[str], str],
) -> None:
    names = [f"p{number:02}" for number in range(40)]
    post([in_team(1, name, "completed", "a", "data", "clerk") for name in names])
    sync()
    personas = find_personas(database, store.id, [identifier(name) for name in names])
    today = asking("equity").until_day
    shown = [
        Impression(personas[identifier(name)], (today - 2) * DAY_US, "nuggets", 1, (url("a"),))
        for name in names[:3]
    ]
    insert_impressions(database, store.id, shown, 90)
    answer = asking("equity", by=("role",))
    assert answer.rows == () or all(cell.is_few for row in answer.rows for cell in row.cells.values())
    assert answer.total is not None
    assert all(cell.is_few for cell in answer.total.cells.values())
