"""What is happening now shows in the lists of others: over HTTP, with two processes, without any training."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
import requests

from lrs.auth.stores import Store
from lrs.storage.database import Database
from recommender.config import Settings
from recommender.training.jobs import retrain
from schemas.timestamps import format_timestamp

Body = dict[str, Any]
Act = Callable[..., Body]
Send = Callable[[list[Body]], None]
HOUR_US = 3_600_000_000
DAY_US = 24 * HOUR_US
PATIENCE_S = 60
SURE = 5
"""So many nuggets of a learner's own interest are left; what follows them is hardly better than anything new."""
ASKED = 6
"""Each request is a connection of its own, so that both processes are asked."""


@pytest.fixture
def lists(server_url: str, client: Any, params: Callable[..., Body]) -> Callable[..., list[list[str]]]:
    """Ask several times for a person's first ten nuggets, by new connections."""

    def ask(name: str) -> list[list[str]]:
        found = []
        for _ in range(ASKED):
            query, headers = params(name, limit="10"), {"Connection": "close"}
            address = f"{server_url}/recommendations/nuggets"
            answer = requests.get(address, query, auth=client.auth, headers=headers, timeout=60)
            assert answer.status_code == 200, answer.text
            shown = (one["activity"]["id"] for one in answer.json()["recommendations"])
            found.append([one.rsplit("/", 1)[-1] for one in shown])
        return found

    return ask


@pytest.fixture
def lately(act: Act) -> Act:
    """Make a Statement of a member of a team, some time (us) ago."""

    def make(name: str, verb: str, item: Any, ago_us: int, team: str = "") -> Body:
        told = {"objectType": "Group", "mbox": f"mailto:{team}@teams.example", "name": team}
        stamp = format_timestamp(time.time_ns() // 1000 - ago_us)
        return {**act(name, verb, item), "timestamp": stamp, "context": {"team": told} if team else {}}

    return make


@pytest.fixture(params=["with a model", "without one"])
def usual(
    request: pytest.FixtureRequest, post: Send, lately: Act, interests: Any, database: Database, store: Store
) -> dict[str, list[str]]:
    """Learners of two teams who took the same nuggets within the last weeks; popular ones are known to all."""
    taken: dict[str, list[str]] = interests(100)
    statements = [
        lately(name, "completed", item, 21 * DAY_US - number * 2 * DAY_US, "red" if learner % 2 else "blue")
        for learner, (name, items) in enumerate(sorted(taken.items()))
        for number, item in enumerate(items)
    ]
    post(statements)
    if request.param == "with a model":
        retrain(database, store, Settings(), lambda line: None, force=True)
    return taken


def _until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline


@pytest.fixture
def hot(usual: dict[str, list[str]], lists: Any, state: Send, lately: Act) -> list[str]:
    """Let twenty members of the red team use a new nugget an hour ago; return some of their colleagues."""
    _until(lambda: len(lists("learner001")[0]) == 10)
    names = sorted(usual)
    state([lately(name, "completed", "hot", HOUR_US, "red") for name in names[1:41:2]])
    return names[41:51:2]


def test_a_nugget_born_an_hour_ago_that_twenty_used_is_offered_to_their_colleagues(
    hot: list[str], lists: Any
) -> None:
    for name in hot:
        _until(lambda name=name: all("hot" in one for one in lists(name)))


@pytest.mark.parametrize("usual", ["without one"], indirect=True)
def test_the_reason_says_how_many_colleagues_used_it(hot: list[str], client: Any, params: Any) -> None:
    def reasons() -> list[str]:
        found = client.get("/recommendations/nuggets", params=params(hot[0])).json()["recommendations"]
        return [
            reason for one in found if one["activity"]["id"].endswith("/hot") for reason in one["reasons"]
        ]

    _until(lambda: "Used by 20 people in your team in the last 7 days" in reasons())


def test_a_burst_of_one_robot_moves_no_list(
    usual: dict[str, list[str]], lists: Any, post: Send, sync: Callable[..., Any], lately: Act
) -> None:
    name = min(usual)
    _until(lambda: len({tuple(one) for one in lists(name)}) == 1)  # every process has read what was posted
    before = lists(name)[0][:SURE]
    nuggets = [f"robot{number}" for number in range(100)]
    post([lately("robot", "completed", item, 0) for item in nuggets for _ in range(10)])
    sync()
    time.sleep(2)  # nothing is to be seen after the time in which everything else is
    for shown in lists(name):
        assert not set(shown[:SURE]) & set(nuggets)
        assert set(before) <= set(shown[: SURE + 1])
