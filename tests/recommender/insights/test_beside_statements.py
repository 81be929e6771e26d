"""Figures of communities and of the catalogue on random organisations, beside counts from the Statements."""

from __future__ import annotations

import calendar
import random
import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

import pytest

from lrs.auth.credentials import Credential
from lrs.auth.stores import Store, create_store
from lrs.personas import find_personas, set_choices
from lrs.statements.service import StatementService
from lrs.storage.database import Database
from lrs.storage.stored_time import now_us, read_consistent_through
from recommender.catalogue.editing import put_entry
from recommender.insights.answers import Question
from recommender.insights.asking import BESIDE, COUNTS, Insights, ask
from recommender.insights.counting import Asked, Source, counted
from recommender.insights.figures import FIGURES
from recommender.insights.floors import Tally
from recommender.insights.waiting import find_places, find_waiting
from recommender.interactions.sync import sync_interactions
from schemas.json_text import dump_json
from schemas.versions import XAPI_1_0_3

Statement = dict[str, Any]
Tallies = Mapping[tuple[str, ...], Mapping[str, Tally]]
VERBS = {
    "completed": "http://adlnet.gov/expapi/verbs/completed",
    "attempted": "http://adlnet.gov/expapi/verbs/attempted",
    "failed": "http://adlnet.gov/expapi/verbs/failed",
    "abandoned": "https://w3id.org/xapi/adl/verbs/abandoned",
    "asked": "http://adlnet.gov/expapi/verbs/asked",
    "answered": "http://adlnet.gov/expapi/verbs/answered",
    "mentored": "http://id.tincanapi.com/verb/mentored",
    "searched": "https://w3id.org/xapi/acrossx/verbs/searched",
    "voided": "http://adlnet.gov/expapi/verbs/voided",
}
NAMES = {iri: name for name, iri in VERBS.items()}
DAY_S, HOUR_S = 86_400, 3600
TEAMS = ("sales", "support", "legal", "")
QUESTION = "http://activitystrea.ms/schema/1.0/question"
REPLY = "http://id.tincanapi.com/activitytype/forum-reply"
VIDEO = "https://w3id.org/xapi/video/activity-type/video"
SKILLS = {f"https://acme.example/n{number}": f"skill{number % 3}" for number in range(6)}
REFUSING, BOTS = ("p00", "p07", "p13"), ("p21", "p22")
OUT = (*REFUSING, *BOTS)


def agent(name: str) -> Statement:
    return {"objectType": "Agent", "mbox": f"mailto:{name}@acme.example"}


def team_of(name: str) -> str:
    return TEAMS[int(name[1:]) % len(TEAMS)]


@dataclass(frozen=True)
class Act:
    """A Statement as a slow reader sees it."""

    who: str
    verb: str
    target: str
    parent: str
    at: float
    term: str
    in_vain: bool
    progress: float | None

    @property
    def day(self) -> int:
        return int(self.at // DAY_S)


@dataclass
class Company:
    """48 people who do things at random."""

    draw: random.Random
    now: float

    def statements(self) -> Iterator[Statement]:
        """Yield what they did in 200 days: nuggets, questions and answers, mentoring, searches, mistakes."""
        made = [*self.learning(), *self.questions(), *self.mentoring(), *self.searches()]
        yield from made
        for mistake in self.draw.sample(made, 12):
            reference = {"objectType": "StatementRef", "id": mistake["id"]}
            yield self.make(mistake["actor"]["mbox"][7:10], "voided", reference, 0)

    def make(self, who: str, verb: str, target: Statement, days_ago: float, **more: Any) -> Statement:
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.now - days_ago * DAY_S))
        context = more.pop("context", {})
        if team_of(who):
            context["team"] = {"objectType": "Group", "name": team_of(who), "mbox": "mailto:t@acme.example"}
        return {
            "id": str(uuid.UUID(int=self.draw.getrandbits(128), version=4)),
            "actor": agent(who),
            "verb": {"id": VERBS[verb]},
            "object": target,
            "timestamp": stamp,
            "context": context,
            **more,
        }

    def somebody(self) -> str:
        return f"p{self.draw.randrange(48):02}"

    def learning(self) -> Iterator[Statement]:
        for _ in range(320):
            verb = self.draw.choice(("completed", "attempted", "attempted", "failed", "abandoned"))
            reached = {"https://w3id.org/xapi/video/extensions/progress": self.draw.choice((0.2, 0.7))}
            tells = verb == "attempted" and self.draw.random() < 0.7
            nugget = {
                "id": self.draw.choice(list(SKILLS)),
                "definition": {"type": VIDEO, "name": {"en": "A nugget"}},
            }
            more = {"result": {"extensions": reached}} if tells else {}
            yield self.make(self.somebody(), verb, nugget, self.draw.uniform(0, 200), **more)

    def questions(self) -> Iterator[Statement]:
        for number in range(40):
            days = self.draw.uniform(0, 120)
            thread = {
                "id": f"https://acme.example/q{number}",
                "definition": {"type": QUESTION, "name": {"en": "?"}},
            }
            yield self.make(self.somebody(), "asked", thread, days)
            for reply in range(self.draw.choice((0, 1, 3))):
                answer = {"id": f"https://acme.example/q{number}/{reply}", "definition": {"type": REPLY}}
                place = {"contextActivities": {"parent": [thread]}}
                later = max(0, days - self.draw.uniform(0.1, 90) / 24)
                yield self.make(self.somebody(), "answered", answer, later, context=place)

    def mentoring(self) -> Iterator[Statement]:
        for _ in range(60):
            one, other = self.draw.sample(range(48), 2)
            yield self.make(f"p{one:02}", "mentored", agent(f"p{other:02}"), self.draw.uniform(0, 120))

    def searches(self) -> Iterator[Statement]:
        for _ in range(90):
            result = {"response": self.draw.choice(("Kubernetes", "SQL  joins", "tax", "rare"))}
            result |= {"success": False} if self.draw.random() < 0.5 else {}
            site = {"id": "https://acme.example/site"}
            yield self.make(self.somebody(), "searched", site, self.draw.uniform(0, 90), result=result)


class Reference:
    """Counts from the Statements, one by one."""

    def __init__(self, slow: Any, since: int, until: int) -> None:
        self.acts = [self._act(one) for one in slow.statements()]
        self.acts = [one for one in self.acts if one.verb != "voided"]
        self.asker = {one.target: one.who for one in self.acts if one.verb == "asked"}
        self.since, self.until, self.now = since, until, time.time()

    @staticmethod
    def _act(statement: Statement) -> Act:
        result, target = statement.get("result", {}), statement["object"]
        parents = statement.get("context", {}).get("contextActivities", {}).get("parent", [])
        extensions = result.get("extensions", {})
        return Act(
            statement["actor"]["mbox"][7:10],
            NAMES[statement["verb"]["id"]],
            target.get("id", target.get("mbox", "       ")[7:10]),
            parents[0]["id"] if parents else "",
            _seconds(statement["timestamp"]),
            " ".join(result.get("response", "").lower().split()),
            result.get("success") is False,
            extensions.get("https://w3id.org/xapi/video/extensions/progress"),
        )

    def of_window(self, since: int | None = None, until: int | None = None) -> list[Act]:
        first, last = self.since if since is None else since, self.until if until is None else until
        return [one for one in self.acts if first <= one.day < last and one.who not in OUT]

    def learning(self, since: int | None = None, until: int | None = None) -> list[Act]:
        return [one for one in self.of_window(since, until) if one.verb != "searched"]

    def pairs(self) -> set[tuple[str, str]]:
        found = set()
        for one in self.of_window():
            helped = {"mentored": one.target, "answered": self.asker.get(one.parent, "")}.get(one.verb, "")
            if helped and helped != one.who and helped not in OUT:
                found.add((one.who, helped))
        return found


def _seconds(stamp: str) -> float:
    return float(calendar.timegm(time.strptime(stamp[:19], "%Y-%m-%dT%H:%M:%S")))


@pytest.fixture(scope="module", params=[1, 2])
def store(request: Any, service: StatementService, database: Database) -> Store:
    """A store with what a random organisation did; nothing is changed in it."""
    made = create_store(database, f"store-{uuid.uuid4().hex}")
    company = Company(random.Random(request.param), time.time() - 60)
    statements = list(company.statements())
    credential = Credential("key", "test", made, frozenset({"all"}))
    for start in range(0, len(statements), 500):
        service.writer.store_statements(dump_json(statements[start : start + 500]), credential, XAPI_1_0_3)
    sent = now_us()
    while read_consistent_through(database, made.id) <= sent:
        time.sleep(0.01)
    sync_interactions(database, made.id)
    for activity, skill in SKILLS.items():
        put_entry(database, made.id, "nuggets", activity, {"skills": [skill]})
    for name in REFUSING:
        set_choices(database, made.id, f"mbox|mailto:{name}@acme.example", {"figures": False})
    bots = find_personas(database, made.id, [f"mbox|mailto:{name}@acme.example" for name in BOTS])
    for persona in bots.values():
        put_entry(database, made.id, "learners", str(persona), {"role": "Bot"})
    return made


@pytest.fixture
def count(insights: Insights, store: Store) -> Callable[..., tuple[Asked, Tallies]]:
    """Count a figure, before the floors."""

    def send(name: str, *by: str, days: int | None = None) -> tuple[Asked, Tallies]:
        figure, until = FIGURES[name], int(time.time() // DAY_S) + 1
        known = insights.organisations.find(store.id)
        people = counted(known, insights.agreeing.find(store.id), {})
        window = days or figure.window_days
        source = Source(insights.database, store.id, insights.settings)
        asked = Asked(source, known, figure, by or figure.by[:1], {}, until - window, until, people, people)
        if name in COUNTS:
            return asked, COUNTS[name](asked)
        held = insights.outside.find(store.id, BESIDE[name].kind, 2 * window)
        return asked, BESIDE[name].count(asked, held.found, held.now)

    return send


def test_networks_and_newcomers(count: Any, slow: Any) -> None:
    asked, edges = count("who-helps-whom")
    reference = Reference(slow, asked.since, asked.until)
    pairs = reference.pairs()
    assert edges[()]["pairs"].count == len(pairs)
    between = defaultdict(set)
    for pair in pairs:
        between[team_of(pair[0]), team_of(pair[1])].add(pair)
    named = {teams: found for teams, found in between.items() if all(teams)}
    assert {
        labels: (row["pairs"].count, row["helpers"].people) for labels, row in edges.items() if labels
    } == {teams: (len(found), len({one for one, _ in found})) for teams, found in named.items()}
    across = {pair for teams, found in named.items() if teams[0] != teams[1] for pair in found}
    _, bridges = count("bridges")
    total = bridges[()]["across"]
    assert (total.count, total.of) == (len(across), sum(map(len, named.values())))
    assert {labels[0]: row["reaching_out"].people for labels, row in bridges.items() if labels} == {
        team: len({one for pair in across for one in pair if team_of(one) == team}) for team in TEAMS[:3]
    }
    asked, newcomers = count("newcomers-without-links", days=90)
    first: dict[str, int] = {}
    for act in sorted(reference.learning(0), key=lambda one: one.at):
        first.setdefault(act.who, act.day)
    new = {who for who, day in first.items() if day >= asked.since}
    reference.since = asked.since
    linked = {one for pair in reference.pairs() for one in pair}
    found = newcomers[()]["without_links"]
    assert (found.people, found.of_people) == (len(new - linked), len(new))


def test_questions_and_their_answers(count: Any, slow: Any, insights: Insights, store: Store) -> None:
    asked, waits = count("first-answer", "team")
    reference = Reference(slow, asked.since, asked.until)
    questions = [one for one in reference.of_window() if one.verb == "asked"]
    first: dict[str, Act] = {}
    for act in sorted(reference.acts, key=lambda one: one.at):
        is_answer = act.verb == "answered" and act.who not in BOTS
        if is_answer and reference.asker.get(act.parent, act.who) != act.who:
            first.setdefault(act.parent, act)
    open_ones = {one.target for one in questions if one.target not in first}
    assert {one.post for one in find_waiting(insights, store)} == open_ones
    _, unanswered = count("unanswered-questions")
    late = [one for one in questions if one.target in open_ones and one.at <= reference.now - DAY_S]
    assert unanswered[()]["unanswered"].count == len(late)
    old = [one for one in questions if one.at <= reference.now - 2 * DAY_S]
    old = [one for one in old if one.target not in first or first[one.target].who not in REFUSING]
    hours = [(first[one.target].at - one.at) / HOUR_S for one in old if one.target in first]
    total = waits[()]
    assert (total["answered"].count, total["answered"].of) == (sum(one <= 48 for one in hours), len(old))
    assert total["median_hours"].value == pytest.approx(median(hours))
    assert {labels[0] for labels in waits if labels} == {team_of(one.who) for one in old} - {""}


def test_nuggets_where_people_get_stuck_and_drop_off(count: Any, slow: Any) -> None:
    asked, stuck = count("stuck")
    reference = Reference(slow, asked.since, asked.until)
    own: dict[tuple[str, str], list[Act]] = defaultdict(list)
    for act in reference.learning():
        own[act.who, act.target].append(act)
    began, in_trouble = defaultdict(set), defaultdict(set)
    started, reached = defaultdict(set), defaultdict(set)
    for (who, nugget), acts in own.items():
        verbs = {one.verb for one in acts}
        is_done = "completed" in verbs
        if nugget in SKILLS and verbs & {"attempted", "failed", "abandoned"}:
            began[nugget].add(who)
            has_left = max(one.day for one in acts) < asked.until - 30
            if not is_done and (verbs & {"failed", "abandoned"} or has_left):
                in_trouble[nugget].add(who)
        progress = max([1.0 * is_done, *(one.progress for one in acts if one.progress is not None)])
        if nugget in SKILLS and verbs & {"attempted", "failed", "completed"}:
            started[nugget].add(who)
            if progress >= 0.7:
                reached[nugget].add(who)
    assert {
        labels[0]: (row["stuck"].people, row["stuck"].of_people) for labels, row in stuck.items() if labels
    } == {nugget: (len(in_trouble[nugget]), len(people)) for nugget, people in began.items()}
    _, drop_off = count("drop-off")
    assert {
        labels[0]: (row["reached_70"].people, row["reached_70"].of_people) for labels, row in drop_off.items()
    } == {nugget: (len(reached[nugget]), len(people)) for nugget, people in started.items()}


def test_topics_taking_part_and_searches(count: Any, slow: Any) -> None:
    asked, searches = count("searches-in-vain")
    reference = Reference(slow, asked.since, asked.until)
    made = [one for one in reference.of_window() if one.verb == "searched"]
    for term in {one.term for one in made}:
        some = [one for one in made if one.term == term]
        opened = [
            one
            for one in some
            if any(
                act.who == one.who and 0 <= act.at - one.at <= HOUR_S and "acme.example/" in act.target
                for act in reference.learning()
            )
        ]
        row = searches[(term,)]
        assert row["people"].people == len({one.who for one in some})
        assert (row["without_hit"].count, row["without_hit"].of) == (
            sum(one.in_vain for one in some),
            len(some),
        )
        assert row["without_click"].count == len(some) - len(opened)
    asked, taking_part = count("taking-part")
    reference = Reference(slow, asked.since, asked.until)
    active = [one for one in reference.learning() if one.verb != "abandoned"]
    social = {one.who for one in active if one.verb in {"asked", "answered", "mentored"}}
    total = taking_part[()]
    assert (total["any"].people, total["social"].people) == (len({one.who for one in active}), len(social))
    asked, rising = count("rising-topics", days=90)
    reference = Reference(slow, asked.since, asked.until)
    now, before = (defaultdict(set, {skill: set() for skill in SKILLS.values()}) for _ in range(2))
    for found, since, until in ((now, asked.since, asked.until), (before, asked.since - 90, asked.since)):
        for act in reference.learning(since, until):
            if act.target in SKILLS and act.verb != "abandoned":
                found[SKILLS[act.target]].add(act.who)
    for (skill,), row in ((labels, row) for labels, row in rising.items() if labels):
        assert (row["rise"].people, row["rise"].of_people) == (len(now[skill]), len(before[skill]))
        assert row["rise"].low > 1


THINGS = {"offered", "never_shown", "waiting", "cosine"}


def test_no_number_of_people_is_told_exactly(insights: Insights, store: Store) -> None:
    for name in (*COUNTS, *BESIDE):
        for by in FIGURES[name].by:
            answer = ask(insights, store, name, Question(by=(by,)))
            rows = [*answer.rows, *filter(None, (answer.total, answer.before))]
            cells = [cell for row in rows for column, cell in row.cells.items() if column not in THINGS]
            assert all(number % 5 == 0 for cell in cells for number in (cell.count or 0, cell.of or 0))
            assert all(len(row.labels) == len(answer.label_columns) for row in answer.rows)
    assert all(place.topics == () for place in find_places(insights, store))
