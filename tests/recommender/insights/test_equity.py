"""Equity: groups beside everybody."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from lrs.auth.stores import Store
from lrs.personas import find_personas
from lrs.storage.database import Database
from recommender.insights.answers import Answer
from recommender.storage.impressions import Impression, insert_impressions
from recommender.storage.insights import DAY_US

NAMES = [f"p{number:02}" for number in range(40)]
Shown = Mapping[str, tuple[str, ...]]


@pytest.fixture
def equity(
    in_team: Callable[..., dict[str, Any]],
    post: Callable[..., None],
    sync: Callable[..., Any],
    asking: Callable[..., Answer],
    database: Database,
    store: Store,
    identifier: Callable[[str], str],
    url: Callable[[str], str],
) -> Callable[[Mapping[str, str], Shown], Answer]:
    """Tell equity by role of people with these roles, who completed "a", after they were shown some nuggets."""

    def tell(roles: Mapping[str, str], shown: Shown) -> Answer:
        post([in_team(1, name, "completed", "a", "data", role) for name, role in roles.items()])
        sync()
        personas = find_personas(database, store.id, [identifier(name) for name in roles])
        today = asking("equity").until_day
        impressions = [
            Impression(
                personas[identifier(name)],
                (today - 2) * DAY_US,
                "nuggets",
                1,
                tuple(url(item) for item in items),
            )
            for name, items in shown.items()
        ]
        insert_impressions(database, store.id, impressions, 90)
        return asking("equity", by=("role",))

    return tell


def test_a_group_that_is_shown_half_as_much_has_a_ratio_below_one(
    equity: Callable[[Mapping[str, str], Shown], Answer],
) -> None:
    roles = {name: "clerk" if number % 2 else "engineer" for number, name in enumerate(NAMES)}
    shown = {name: ("a",) if role == "clerk" else ("a", "b", "c") for name, role in roles.items()}
    answer = equity(roles, shown)
    ratios = {row.labels[0]: row.cells["shown"].value for row in answer.rows}
    assert ratios == {"clerk": 0.5, "engineer": 1.5}
    assert answer.total is not None
    assert answer.total.cells["shown"].value == 2.0
    assert answer.total.cells["started"].value == 0.5
    assert answer.floor == 10


def test_a_large_group_of_which_few_were_shown_anything_hides(
    equity: Callable[[Mapping[str, str], Shown], Answer],
) -> None:
    answer = equity(dict.fromkeys(NAMES, "clerk"), dict.fromkeys(NAMES[:3], ("a",)))
    assert answer.rows == () or all(cell.is_few for row in answer.rows for cell in row.cells.values())
    assert answer.total is not None
    assert all(cell.is_few for cell in answer.total.cells.values())
