"""An organisation to count in, and people counted in it another way: slowly, from the Statements."""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from lrs.auth.credentials import Credential
from lrs.auth.stores import Store, create_store
from lrs.personas import find_personas, set_choices
from lrs.statements.feed import iterate_statements
from lrs.statements.service import StatementService
from lrs.storage.database import Database
from lrs.storage.stored_time import now_us, read_consistent_through
from recommender.config import RecommenderSettings
from recommender.insights.answers import Answer, Question
from recommender.insights.asking import BESIDE, COUNTS, Insights, ask
from recommender.insights.counting import Asked, Source, counted
from recommender.insights.figures import FIGURES
from recommender.insights.floors import Tallies
from recommender.insights.months import month_start, today
from recommender.interactions.sync import sync_interactions
from recommender.storage.entries import change_entries, find_edition
from recommender.storage.impressions import Impression, insert_impressions
from schemas.json_text import dump_json, parse_json
from schemas.timestamps import parse_timestamp
from schemas.versions import XAPI_1_0_3
from tests.recommender.insights.company import (
    BOTS,
    CONSIDERED,
    ENTERED,
    NUGGETS,
    PEOPLE,
    REFUSING,
    ROLES,
    Company,
)

DAY_S = 86_400
VIDEO = "https://w3id.org/xapi/video/activity-type/video"
Statement = dict[str, Any]


@pytest.fixture
def insights(database: Database) -> Insights:
    """Read what is new at every question."""
    return Insights(database, RecommenderSettings(refresh_ms=0))


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


@dataclass(frozen=True)
class Made:
    """A random organisation in its store, with what was shown to its people: kind, learner, time (us), targets."""

    store: Store
    shown: tuple[tuple[str, str, int, tuple[str, ...]], ...]


@pytest.fixture(scope="session", params=[1, 2])
def company(request: Any, service: StatementService, database: Database) -> Made:
    """A store with what a random organisation did and was shown; nothing is changed in it."""
    made = create_store(database, f"store-{uuid.uuid4().hex}")
    drawn = Company(random.Random(request.param), time.time() - 60)
    statements = list(drawn.statements())
    credential = Credential("key", "test", made, frozenset({"all"}))
    for start in range(0, len(statements), 500):
        service.writer.store_statements(dump_json(statements[start : start + 500]), credential, XAPI_1_0_3)
    sent = now_us()
    while read_consistent_through(database, made.id) <= sent:
        time.sleep(0.01)
    sync_interactions(database, made.id)
    names = {name: f"mbox|mailto:{name}@acme.example" for name in PEOPLE}
    found = find_personas(database, made.id, list(names.values()))
    personas = {name: found[one] for name, one in names.items() if one in found}
    entered = {
        name: {**ENTERED.get(name, {}), **({"role": "Bot"} if name in BOTS else {})} for name in personas
    }
    tables = {
        "nuggets": NUGGETS,
        "roles": {name: {"name": name, "skills": wanted} for name, wanted in ROLES.items()},
        "learners": {str(personas[name]): values for name, values in entered.items() if values},
    }
    for kind, entries in tables.items():
        assert change_entries(database, made.id, kind, find_edition(database, made.id, kind), entries)
    for name, identifier in names.items():
        choices = {"figures": False} if name in REFUSING else {}
        choices |= {"roles": True} if name in CONSIDERED else {}
        if choices:
            set_choices(database, made.id, identifier, choices)
    shown = tuple(drawn.shown(sorted(personas)))
    targets = {**{one: one for one in NUGGETS}, **{name: str(one) for name, one in personas.items()}}
    rows = [
        Impression(personas[who], at, kind, None, tuple(targets[one] for one in some))
        for kind, who, at, some in shown
    ]
    insert_impressions(database, made.id, rows, 90)
    return Made(made, shown)


@pytest.fixture(scope="session")
def told(database: Database, company: Made) -> Sequence[Statement]:
    """The Statements of the organisation that are not voided."""
    return list(Slow(database, company.store).statements())


@pytest.fixture
def count(insights: Insights, company: Made) -> Callable[..., tuple[Asked, Tallies]]:
    """Count a figure of the organisation, before the floors."""

    def send(name: str, *by: str, days: int | None = None) -> tuple[Asked, Tallies]:
        figure, until, store = FIGURES[name], today() + 1, company.store
        known = insights.organisations.find(store.id)
        people = counted(known, insights.agreeing.find(store.id), {})
        source = Source(insights.database, store.id, insights.settings)
        since = until - (days or figure.window_days)
        split = by or figure.by[:1]
        since = month_start(since) if split[0] == "month" else since
        asked = Asked(source, known, figure, split, {}, since, until, people, people)
        if name in COUNTS:
            return asked, COUNTS[name](asked)
        held = insights.outside.find(store.id, BESIDE[name].kind, 2 * (until - since))
        return asked, BESIDE[name].count(asked, held.found, held.now)

    return send
