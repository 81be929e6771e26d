"""An organisation to count in, and people counted in it another way: slowly, from the Statements."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from lrs.auth.stores import Store
from lrs.statements.feed import iterate_statements
from lrs.storage.database import Database
from recommender.config import RecommenderSettings
from recommender.insights.answers import Answer, Question
from recommender.insights.asking import Insights, ask, open_insights
from schemas.json_text import parse_json
from schemas.timestamps import parse_timestamp

DAY_S = 86_400
VIDEO = "https://w3id.org/xapi/video/activity-type/video"
Statement = dict[str, Any]


@pytest.fixture
def insights(database: Database) -> Insights:
    """Read what is new at every question."""
    return open_insights(database, RecommenderSettings(refresh_ms=0))


@pytest.fixture
def asking(insights: Insights, store: Store, sync: Callable[..., Any]) -> Callable[..., Answer]:
    """Read the Statements and ask a figure."""

    def send(name: str, **question: Any) -> Answer:
        sync()
        return ask(insights, store, name, Question(**question))

    return send


@pytest.fixture
def days_ago(act: Callable[..., Statement]) -> Callable[..., Statement]:
    """Make a Statement: who did what to which nugget, so many days ago at noon (UTC)."""

    def make(days: int, name: str, verb: str, item: Any, **more: Any) -> Statement:
        noon = (time.time() // DAY_S - days) * DAY_S + (DAY_S // 2 if days else 1)
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(noon))
        return {**act(name, verb, item, 0, **more), "timestamp": stamp}

    return make


@pytest.fixture
def in_team(days_ago: Callable[..., Statement]) -> Callable[..., Statement]:
    """Make a Statement of somebody in a team with a role."""

    def make(days: int, name: str, verb: str, item: Any, team: str, role: str = "") -> Statement:
        statement = days_ago(days, name, verb, item)
        extensions = {"https://learnerprise.org/xapi/extensions/role": role} if role else {}
        context = {"team": {"objectType": "Group", "name": team, "mbox": f"mailto:{team}@acme.example"}}
        return {**statement, "context": {**context, "extensions": extensions}}

    return make


@dataclass(frozen=True)
class Slow:
    """Counts from the Statements themselves, one by one."""

    database: Database
    store: Store

    def statements(self, since_day: int = 0, until_day: int = 10**6) -> Iterator[Statement]:
        for item in iterate_statements(self.database, self.store.id):
            statement = parse_json(item.text)
            if not item.voided and since_day <= item.timestamp // (DAY_S * 10**6) < until_day:
                yield statement

    def day(self, statement: Statement) -> int:
        return parse_timestamp(statement["timestamp"]) // (DAY_S * 10**6)

    def active(self, since_day: int, until_day: int, names: Sequence[str] | None = None) -> set[str]:
        found = {
            one["actor"]["mbox"].split(":")[1].split("@")[0] for one in self.statements(since_day, until_day)
        }
        return found if names is None else found & set(names)


@pytest.fixture
def slow(database: Database, store: Store) -> Slow:
    return Slow(database, store)
