"""Every sentence shown is true: checked against the Statements, roles and consents of made-up organisations.

The reference below reads plain Statements, slowly, and shares no code with what answers.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from functools import cached_property
from random import Random
from typing import Any

import pytest

from lrs.auth.stores import Store, set_consent
from lrs.personas import set_choices
from lrs.storage.database import Database
from recommender.config import Settings
from recommender.messages import catalogue
from recommender.serving.context import Serving
from recommender.serving.nuggets.recommend import NuggetAnswer, recommend_nuggets
from recommender.serving.paths.recommend import PathAnswer, find_path
from recommender.serving.peers.groups import find_group
from recommender.serving.peers.recommend import recommend_peers
from recommender.storage.entries import change_entries, find_edition
from recommender.training.jobs import retrain
from schemas.floors import FLOOR, told
from schemas.groups import GroupQuery
from schemas.peers import PeerQuery
from schemas.recommendations import NuggetQuery, PathQuery

Act = Callable[..., dict[str, Any]]
Post = Callable[[list[dict[str, Any]]], None]

EXTENSIONS = "https://learnerprise.org/xapi/extensions/"
PROGRESS = "https://w3id.org/xapi/video/extensions/progress"
SKILLS = ("sql", "python", "law", "design", "baking", "welding")
ROLES = {"Analyst": {"sql": 3, "python": 2}, "Lawyer": {"law": 2, "design": 1}, "Baker": {"baking": 3}}
LEVELS = {"beginner": 1, "intermediate": 2, "advanced": 3, "": 2}
TAKES = ("completed", "passed", "liked", "bookmarked", "asked", "commented", "shared")
BEGINS = ("launched", "failed", "attempted")
NOT_FINISHED = (*BEGINS, "registered", "assigned")
STRONG = (*TAKES, "viewed", "watched", "registered", "failed", "answered", "attempted")
SAID = {"experienced": "viewed", "played": "watched", "was-assigned": "assigned"}
"""What the messages call a verb of these Statements."""
START = datetime.fromtimestamp(1_760_000_000, timezone.utc)
VERBS = [
    *["completed"] * 5,
    *["experienced"] * 4,
    *["liked"] * 2,
    *("passed", "failed", "launched", "registered", "bookmarked", "unliked", "played", "played"),
    *("was-assigned", "postponed", "rated"),
]
TOWARDS = ("answered", "asked", "commented", "liked", "shared", "mentored", "followed", "messaged")
IRIS = {
    "registered": "http://adlnet.gov/expapi/verbs/registered",
    "commented": "http://adlnet.gov/expapi/verbs/commented",
    "shared": "http://adlnet.gov/expapi/verbs/shared",
    "messaged": "http://activitystrea.ms/schema/1.0/send",
    "was-assigned": "https://w3id.org/xapi/acrossx/verbs/was-assigned",
    "postponed": "https://learnerprise.org/xapi/verbs/postponed",
}


@dataclass
class Item:
    """A nugget as its Statements define it."""

    id: str
    title: str
    skills: tuple[str, ...]
    level: str
    language: str
    prerequisites: tuple[str, ...]

    @property
    def activity(self) -> dict[str, Any]:
        told = {"skills": list(self.skills), "level": self.level, "prerequisites": list(self.prerequisites)}
        told["language"] = self.language
        extensions = {EXTENSIONS + name: value for name, value in told.items() if value}
        return {"id": self.id, "definition": {"name": {"en": self.title}, "extensions": extensions}}


@dataclass
class Person:
    """A learner as the Statements tell."""

    name: str
    team: str
    role: str
    skills: tuple[str, ...]
    goals: tuple[str, ...]
    agrees: bool


@dataclass
class Organisation:
    """Learners, nuggets and everything that was done, as plain values: what answers are compared with."""

    items: dict[str, Item]
    people: dict[str, Person]
    statements: list[dict[str, Any]] = field(default_factory=list)

    @cached_property
    def valid(self) -> list[tuple[str, str, str, str, int, dict[str, Any]]]:
        """Who did what to which item and for whom, when, with which result; without what was taken back."""
        targets = (one["object"] for one in self.statements)
        taken_back = {one["id"] for one in targets if one.get("objectType") == "StatementRef"}
        acts = [self._read(one) for one in self.statements if one["id"] not in taken_back]
        unliked = {
            (who, item): at for who, verb, item, _, at, _ in sorted(acts, key=_when) if verb == "unliked"
        }
        return [act for act in acts if act[1] not in ("liked", "unliked") or _still(act, unliked)]

    @cached_property
    def _by_item(self) -> dict[tuple[str, str], list[tuple[str, int, dict[str, Any], bool]]]:
        found: dict[tuple[str, str], list[tuple[str, int, dict[str, Any], bool]]] = defaultdict(list)
        for who, verb, item, peer, at, result in self.valid:
            found[who, item].append((verb, at, result, bool(peer)))
        return found

    @cached_property
    def taken(self) -> set[tuple[str, str]]:
        return {(name, item) for name in self.people for item in self.items if self._takes(name, item)}

    def _read(self, one: dict[str, Any]) -> tuple[str, str, str, str, int, dict[str, Any]]:
        target = one["object"]
        towards = one.get("context", {}).get("extensions", {}).get(EXTENSIONS + "addressed-to")
        towards = target if target.get("objectType") == "Agent" else towards
        verb = one["verb"]["id"].rsplit("/", 1)[-1]
        verb = {**SAID, "follow": "followed", "unlike": "unliked", "send": "messaged"}.get(verb, verb)
        item = target.get("id", "")
        return (_name(one["actor"]), verb, item, _name(towards), _minute(one), one.get("result", {}))

    def acts(self, name: str, item: str) -> list[tuple[str, int, dict[str, Any], bool]]:
        return self._by_item.get((name, item), [])

    def did(self, name: str, verb: str, item: str) -> bool:
        return any(one[0] == verb for one in self.acts(name, item))

    def completed(self, name: str, item: str) -> bool:
        return self.did(name, "completed", item) or self.did(name, "passed", item)

    def is_unfinished(self, name: str, item: str) -> bool:
        """Return whether it was begun, assigned or signed up for, and then only opened again, if at all."""
        acts = self.acts(name, item)
        begun = any(verb in NOT_FINISHED or verb == "watched" for verb, *_ in acts)
        return begun and not self._takes_by_an_act(name, item)

    def done(self, name: str, item: str) -> bool:
        return self.took(name, item) and not self.is_unfinished(name, item)

    def came_back(self, name: str, item: str) -> bool:
        return len({at // 1440 for verb, at, _, _ in self.acts(name, item) if verb in STRONG}) > 1

    def took(self, name: str, item: str) -> bool:
        return (name, item) in self.taken

    def _takes(self, name: str, item: str) -> bool:
        return self._takes_by_an_act(name, item) or self.came_back(name, item)

    def _takes_by_an_act(self, name: str, item: str) -> bool:
        acts = self.acts(name, item)
        watched: dict[int, list[float]] = defaultdict(list)
        for verb, at, result, _ in acts:
            if verb == "watched":
                watched[at // 1440].append(result["extensions"][PROGRESS])
        return any(
            verb in TAKES or (verb == "answered" and addressed) for verb, _, _, addressed in acts
        ) or any(max(day) >= 0.5 for day in watched.values())

    def takers(self, item: str, among: Callable[[Person], bool] = lambda person: True) -> int:
        return sum(self.took(name, item) for name, person in self.people.items() if among(person))

    def users(self, item: str, among: Callable[[Person], bool] = lambda person: True) -> int:
        """Return how many did something with an item; all that they did is of the last days."""
        return sum(bool(self.acts(name, item)) for name, person in self.people.items() if among(person))

    def acted_towards(self, who: str, verb: str, whom: str) -> bool:
        return any(
            (one, peer) == (who, whom) and verb in (done, "") for one, done, _, peer, _, _ in self.valid
        )

    @cached_property
    def contacts(self) -> dict[str, set[str]]:
        """Return with whom each person had to do, also by what was taken back later."""
        found: dict[str, set[str]] = defaultdict(set)
        for one in self.statements:
            who, _, _, peer, _, _ = self._read(one)
            if peer and peer != who:
                found[who].add(peer)
                found[peer].add(who)
        return found

    def did_about(self, name: str, verb: str, skill: str, *, towards: bool) -> bool:
        """Return whether a person did something with a nugget on a skill, or towards anybody with it."""
        return any(
            (who, done) == (name, verb) and item in self.items and skill in self.items[item].skills
            for who, done, item, peer, _, _ in self.valid
            if peer or not towards
        )

    def level(self, name: str, skill: str) -> int:
        """Return the level of a skill that a learner has: the highest for a stated one, else what was learnt."""
        if skill in self.people[name].skills:
            return 3
        done = [one for one in self.items.values() if skill in one.skills and self.done(name, one.id)]
        return max((LEVELS[one.level] for one in done), default=0)

    def lacks(self, name: str, skill: str, wanted_by: str) -> bool:
        return ROLES[wanted_by].get(skill, 0) > self.level(name, skill)

    def teaches_more(self, name: str, item: Item, skill: str) -> bool:
        return skill in item.skills and LEVELS[item.level] > self.level(name, skill)

    def needs(self, item: str, before: str) -> bool:
        direct = self.items[item].prerequisites
        return before in direct or any(self.needs(one, before) for one in direct)

    def is_ready(self, name: str, item: str) -> bool:
        met = all(self.done(name, one) for one in self.items[item].prerequisites)
        return not self.done(name, item) and (met or self.is_unfinished(name, item))

    def titled(self, title: str) -> str:
        return next(one.id for one in self.items.values() if one.title == title)


def _when(act: tuple[str, str, str, str, int, dict[str, Any]]) -> int:
    return act[4]


def _still(act: tuple[str, str, str, str, int, dict[str, Any]], unliked: dict[tuple[str, str], int]) -> bool:
    """Return whether a like was not taken back later."""
    who, verb, item, _, at, _ = act
    return verb == "liked" and at > unliked.get((who, item), 0)


def _name(agent: dict[str, Any] | None) -> str:
    return agent["mbox"].removeprefix("mailto:").split("@")[0] if agent else ""


def _minute(statement: dict[str, Any]) -> int:
    return int(datetime.fromisoformat(statement["timestamp"]).timestamp()) // 60


def _lately(statement: dict[str, Any]) -> dict[str, Any]:
    """Move a Statement by whole days, so that all were made within the last week."""
    at = datetime.fromisoformat(statement["timestamp"])
    days = (datetime.now(timezone.utc) - timedelta(minutes=6020) - START).days
    return {**statement, "timestamp": (at + timedelta(days=days)).isoformat()}


def make_organisation(random: Random, act: Act, agent: Callable[[str], dict[str, Any]]) -> Organisation:
    """Make up 36 learners of three teams and 24 nuggets, and what they did within four days."""
    items: dict[str, Item] = {}
    for number in range(24):
        one = f"https://acme.example/item{number:02}"
        needed = (random.choice(sorted(items)),) if number > 5 and random.random() < 0.4 else ()
        own = tuple(random.sample(SKILLS, random.choice([0, 1, 1, 2])))
        level, language = random.choice(sorted(LEVELS)), random.choice(["en", "en", ""])
        items[one] = Item(one, f"Item {number:02}", own, level, language, needed)
    people = {}
    for number in range(36):
        role = sorted(ROLES)[number % 3]
        goals = tuple(random.sample([*SKILLS, *(one.lower() for one in ROLES)], random.choice([0, 1, 2])))
        skills = tuple(random.sample(SKILLS, random.choice([0, 1, 2])))
        agrees = random.random() < 0.7
        people[f"l{number:02}"] = Person(f"l{number:02}", f"Team {number % 3}", role, skills, goals, agrees)
    organisation = Organisation(items, people)
    for person in people.values():
        organisation.statements += _acts_of(random, organisation, person, act, agent)
    chosen = random.sample([one for one in organisation.statements if one["object"].get("id") in items], 12)
    for number, one in enumerate(chosen):
        reference = {"objectType": "StatementRef", "id": one["id"]}
        verb, who = ("voided", "admin") if number % 2 else ("undone", _name(one["actor"]))
        organisation.statements.append(act(who, verb, reference, 6000 + number))
    organisation.statements = [_lately(one) for one in organisation.statements]
    return organisation


def _acts_of(
    random: Random,
    organisation: Organisation,
    person: Person,
    act: Act,
    agent: Callable[[str], dict[str, Any]],
) -> list[dict[str, Any]]:
    """Tell a learner's traits; then acts, mostly on a third of the nuggets, some of them towards others."""
    traits = {"role": person.role, "skills": list(person.skills), "goals": list(person.goals)}
    team = {"objectType": "Group", "mbox": f"mailto:{person.team[-1]}@teams.example", "name": person.team}
    context = {"extensions": {EXTENSIONS + name: value for name, value in traits.items() if value}}
    found = [
        act(person.name, "logged-in", "intranet", 0, context={**context, "team": team, "language": "en"})
    ]
    names, others = sorted(organisation.items), sorted(organisation.people.keys() - {person.name})
    own = names[int(person.team[-1]) :: 3]
    for minute in random.sample(range(1, 5700), random.choice([0, 3, 14, 14, 18])):
        item = organisation.items[random.choice(own if random.random() < 0.75 else names)]
        verb, more = random.choice(VERBS), {}
        if random.random() < 0.2:
            verb, other = random.choice(TOWARDS), agent(random.choice(others))
            more = {"context": {"extensions": {EXTENSIONS + "addressed-to": other}}}
            if verb in ("mentored", "followed", "messaged"):
                found.append(_act(act, person.name, verb, other, minute))
                continue
        if verb == "played":
            more["result"] = {"extensions": {PROGRESS: random.choice([0.1, 0.9])}}
        if verb in ("passed", "failed"):
            more["result"] = {"success": verb == "passed"}
        if verb == "rated":
            more["result"] = {"score": {"scaled": 0.0}}
        found.append(_act(act, person.name, verb, item.activity, minute, **more))
    return found


def _act(act: Act, who: str, verb: str, target: Any, minute: int, **more: Any) -> dict[str, Any]:
    statement = act(who, verb if verb not in IRIS else "completed", target, minute, **more)
    return {**statement, "verb": {"id": IRIS[verb]}} if verb in IRIS else statement


TEMPLATES = sorted(
    (
        (key, form)
        for key, text in catalogue("en").items()
        for form in ([text] if isinstance(text, str) else text.values())
    ),
    key=lambda one: -len(re.sub(r"\{.*?\}", "", one[1])),
)


def read(sentence: str) -> tuple[str, dict[str, str]]:
    """Return which text a sentence is, and its values; of several that fit, the one that says most."""
    for key, text in TEMPLATES:
        pattern = re.sub(r"\\\{(\w+)\\\}", r'(?P<\1>[^"]+)', re.escape(text))
        if match := re.fullmatch(pattern, sentence):
            return key, match.groupdict()
    raise AssertionError(f"no text of the catalogue: {sentence}")


@dataclass
class Judge:
    """Says whether sentences shown to a learner are true of an organisation; keeps which texts were said."""

    organisation: Organisation
    said: set[str] = field(default_factory=set)

    def is_true(self, name: str, item: str, sentence: str) -> bool:
        """Judge a sentence about a nugget that is recommended to a learner."""
        key, values = read(sentence)
        self.said.add(key)
        if key.startswith("because."):
            return self._is_cause(name, key.removeprefix("because."), values["name"])
        return bool(
            getattr(self, f"_{key}")(self.organisation.people[name], self.organisation.items[item], **values)
        )

    def _is_cause(self, name: str, verb: str, title: str) -> bool:
        item = self.organisation.titled(title)
        if verb == "returned":
            return self.organisation.came_back(name, item)
        return self.organisation.did(name, verb, item) or (
            verb == "other" and bool(self.organisation.acts(name, item))
        )

    def _popular(self, person: Person, item: Item) -> bool:
        return self.organisation.takers(item.id) >= FLOOR

    def _lately(self, person: Person, item: Item, count: str, days: str) -> bool:
        users = self.organisation.users(item.id, lambda one: one is not person)
        return users >= int(count) == told(int(count)) >= FLOOR and days == "7"

    def _lately_team(self, person: Person, item: Item, count: str, days: str) -> bool:
        users = self.organisation.users(item.id, lambda one: one.team == person.team and one is not person)
        return users >= int(count) == told(int(count)) >= FLOOR and days == "7"

    def _new(self, person: Person, item: Item) -> bool:
        return True  # every nugget came into the catalogue when the organisation was made

    def _begun(self, person: Person, item: Item) -> bool:
        return any(self.organisation.did(person.name, verb, item.id) for verb in (*BEGINS, "watched"))

    def _assigned(self, person: Person, item: Item) -> bool:
        return self.organisation.did(person.name, "assigned", item.id)

    def _later(self, person: Person, item: Item) -> bool:
        return self.organisation.did(person.name, "postponed", item.id)

    def _enrolled(self, person: Person, item: Item) -> bool:
        return self.organisation.did(person.name, "registered", item.id)

    def _untried(self, person: Person, item: Item) -> bool:
        return not self.organisation.completed(person.name, item.id)

    def _taken(self, person: Person, item: Item, count: str = "1") -> bool:
        others = self.organisation.takers(item.id, lambda one: one is not person)
        return told(others) == int(count) >= FLOOR

    def _alike(self, person: Person, item: Item) -> bool:
        own = [one for one in self.organisation.items if self.organisation.acts(person.name, one)]
        alike = [
            other
            for other in self.organisation.people
            if other != person.name
            and sum(self.organisation.took(other, one) for one in own) >= 2
            and self.organisation.took(other, item.id)
        ]
        return len(alike) >= FLOOR

    def _also_taken(self, person: Person, item: Item, name: str) -> bool:
        other, took = self.organisation.titled(name), self.organisation.took
        return sum(took(one, other) and took(one, item.id) for one in self.organisation.people) >= FLOOR

    def _similar(self, person: Person, item: Item, name: str) -> bool:
        other = self.organisation.items[self.organisation.titled(name)]
        return bool(self.organisation.acts(person.name, other.id))

    def _team_named(self, person: Person, item: Item, team: str) -> bool:
        return (
            team == person.team and self.organisation.takers(item.id, lambda one: one.team == team) >= FLOOR
        )

    def _role(self, person: Person, item: Item, role: str) -> bool:
        return (
            role == person.role and self.organisation.takers(item.id, lambda one: one.role == role) >= FLOOR
        )

    def _skill_popular(self, person: Person, item: Item, skill: str) -> bool:
        knows = self.organisation.takers(item.id, lambda one: skill in one.skills) >= FLOOR
        return skill in person.skills and knows

    def _skill(self, person: Person, item: Item, skill: str) -> bool:
        return skill in person.skills and skill in item.skills

    def _language(self, person: Person, item: Item, language: str) -> bool:
        return language == "English"  # stated, or else that of the only title

    def _wanted_role(self, person: Person, item: Item, skill: str, role: str) -> bool:
        lacks = self.organisation.lacks(person.name, skill, role)
        return role == person.role and lacks and self.organisation.teaches_more(person.name, item, skill)

    def _wanted_other_role(self, person: Person, item: Item, skill: str, role: str) -> bool:
        lacks = self.organisation.lacks(person.name, skill, role)
        return role != person.role and lacks and self.organisation.teaches_more(person.name, item, skill)

    def _wanted_goal(self, person: Person, item: Item, skill: str, goal: str) -> bool:
        lacks = self.organisation.lacks(person.name, skill, goal)
        is_goal = goal.lower() in person.goals
        return is_goal and lacks and self.organisation.teaches_more(person.name, item, skill)

    def _wanted_skill(self, person: Person, item: Item, skill: str) -> bool:
        return skill in person.goals and self.organisation.teaches_more(person.name, item, skill)

    def _teaches(self, person: Person, item: Item, skill: str) -> bool:
        return skill in item.skills

    def _needed_before(self, person: Person, item: Item, name: str) -> bool:
        later = self.organisation.titled(name)
        return self.organisation.needs(later, item.id) and not self.organisation.done(person.name, later)

    def is_true_of_a_peer(self, name: str, other: str, sentence: str, shown: Sequence[str]) -> bool:
        """Judge a sentence about a peer; `shown` are the nuggets recommended to the learner."""
        key, values = read(sentence)
        self.said.add(key)
        _, kind, what = key.split(".") if key.count(".") == 2 else (*key.split("."), "")
        if kind in ("received", "given"):
            who, whom = (other, name) if kind == "received" else (name, other)
            return self.organisation.acted_towards(who, what, whom)
        if kind == "met":
            acted = self.organisation.acted_towards
            return acted(name, "", other) or acted(other, "", name)
        return bool(getattr(self, f"_peer_{kind}")(name, other, what, shown, **values))

    def _peer_topic(self, name: str, other: str, way: str, shown: Sequence[str], /, topic: str) -> bool:
        verb = {"answered": "answered", "taught": "mentored", "discussed": "commented"}[way]
        return self.organisation.did_about(other, verb, topic, towards=True)

    def _peer_near(self, name: str, other: str, what: str, shown: Sequence[str], /) -> bool:
        contacts = self.organisation.contacts
        return len(contacts[name]) >= FLOOR and not contacts[name].isdisjoint(contacts[other])

    def _peer_active(self, name: str, other: str, what: str, shown: Sequence[str], /) -> bool:
        return len(self.organisation.contacts[other]) >= FLOOR

    def is_true_of_a_member(self, name: str, other: str, sentence: str) -> bool:
        """Judge a sentence about a member of a study circle."""
        key, values = read(sentence)
        if not key.startswith("group."):
            return self.is_true_of_a_peer(name, other, sentence, ())
        self.said.add(key)
        if key == "group.asked":
            return self.organisation.did_about(other, "asked", values["topic"], towards=False)
        return values["topic"] in self.organisation.people[other].goals

    def _peer_completed(self, name: str, other: str, use: str, shown: Sequence[str], /, **of: str) -> bool:
        item = self.organisation.titled(of["name"])
        return self.organisation.completed(other, item) and self._fits(name, item, use, shown)

    def _peer_interested(self, name: str, other: str, use: str, shown: Sequence[str], /, **of: str) -> bool:
        item = self.organisation.titled(of["name"])
        return self.organisation.took(other, item) and self._fits(name, item, use, shown)

    def _fits(self, name: str, item: str, use: str, shown: Sequence[str]) -> bool:
        ways = {"recommended": item in shown, "next": self.organisation.is_ready(name, item), "topic": True}
        return ways[use]

    def _peer_skill(
        self, name: str, other: str, use: str, shown: Sequence[str], /, skill: str, **by: str
    ) -> bool:
        person, peer = self.organisation.people[name], self.organisation.people[other]
        if use == "offered":
            return skill in peer.goals and skill in person.skills
        whose = {
            "topic": lambda: True,
            "wanted": lambda: skill in person.goals,
            "role": lambda: by["role"] == person.role and self.organisation.lacks(name, skill, person.role),
            "goal": lambda: (
                by["goal"].lower() in person.goals and self.organisation.lacks(name, skill, by["goal"])
            ),
        }
        return skill in peer.skills and whose[use]()

    def _peer_both(self, name: str, other: str, use: str, shown: Sequence[str], /, **of: str) -> bool:
        item = self.organisation.titled(of["name"])
        if use == "completed":
            return self.organisation.completed(name, item) and self.organisation.completed(other, item)
        return self.organisation.took(name, item) and self.organisation.took(other, item)

    def is_true_of_a_path(self, name: str, answer: PathAnswer) -> bool:
        """Judge what sums up a path: how many steps are left, what is known, what nothing teaches."""
        found = [read(part) for part in answer.message.split(". ")]
        self.said.update(key for key, _ in found)
        return all(self._is_true_of_path(name, answer, key, values) for key, values in found)

    def _is_true_of_path(self, name: str, answer: PathAnswer, key: str, values: dict[str, str]) -> bool:
        if key == "path.steps":
            return len(answer.steps) == int(values.get("count", 1))
        skills = values["skills"].split(", ")
        if key == "path.complete":
            return all(self.organisation.level(name, skill) > 0 for skill in skills)
        teaching = [
            item
            for item in self.organisation.items.values()
            for skill in skills
            if self.organisation.is_ready(name, item.id) and self.organisation.teaches_more(name, item, skill)
        ]
        begun = [self.organisation.level(name, skill) > 0 for skill in skills]
        return not teaching and set(begun) == {key == "path.no_further"}


@pytest.fixture(params=range(2))
def organisation(
    request: pytest.FixtureRequest,
    act: Act,
    post: Post,
    agent: Callable[[str], dict[str, Any]],
    database: Database,
    store: Store,
    identifier: Callable[[str], str],
    sync: Callable[..., Any],
) -> Organisation:
    made = make_organisation(Random(request.param), act, agent)
    post(made.statements)
    sync()
    roles = {role.lower(): {"name": role, "skills": skills} for role, skills in ROLES.items()}
    change_entries(database, store.id, "roles", find_edition(database, store.id, "roles"), roles)
    for name, person in made.people.items():
        set_choices(database, store.id, identifier(name), {"peer": person.agrees})
    return made


def _false_about_nuggets(
    judge: Judge, serving: Serving, store: Store, identifier: Callable[[str], str]
) -> list[tuple[str, ...]]:
    answers = {
        name: recommend_nuggets(serving, store, NuggetQuery({}, identifier(name), limit=24, speaks="en"))
        for name in judge.organisation.people
    }
    for answer in answers.values():
        _check_first_reasons(answer)
    return [
        (name, one.activity, reason)
        for name, answer in answers.items()
        for one in answer.recommendations
        for reason in one.reasons
        if not judge.is_true(name, one.activity, reason)
    ]


def _check_first_reasons(answer: NuggetAnswer) -> None:
    """Check that no first reason is a language, none cites an act again, and scores descend."""
    firsts = [one.reasons[0] for one in answer.recommendations]
    kinds = Counter((read(first)[0].partition(".")[0], first) for first in firsts)
    assert not any(kind == "language" for kind, _ in kinds)
    assert all(count == 1 for (kind, _), count in kinds.items() if kind in ("because", "also_taken"))
    scores = [one.score for one in answer.recommendations]
    assert scores == sorted(scores, reverse=True)


def _false_about_peers(
    judge: Judge, serving: Serving, store: Store, identifier: Callable[[str], str], topic: str
) -> list[tuple[str, ...]]:
    found = []
    for name in judge.organisation.people:
        shown = recommend_nuggets(serving, store, NuggetQuery({}, identifier(name), speaks="en"))
        ids = [one.activity for one in shown.recommendations]
        answer = recommend_peers(serving, store, PeerQuery({}, identifier(name), 8, topic=topic, speaks="en"))
        for peer in answer.recommendations:
            other = _name(dict(peer.agent))
            assert judge.organisation.people[other].agrees
            assert peer.reasons, (name, other)
            found += [
                (name, other, one)
                for one in peer.reasons
                if not judge.is_true_of_a_peer(name, other, one, ids)
            ]
    return found


def _false_about_groups(
    judge: Judge, serving: Serving, store: Store, identifier: Callable[[str], str], skill: str
) -> list[tuple[str, ...]]:
    found = []
    for name in judge.organisation.people:
        group = find_group(serving, store, GroupQuery({}, identifier(name), "skill", skill, 6, speaks="en"))
        names = [_name(dict(one.agent)) for one in group.members[1:]]
        assert len(names) in (0, *range(2, 6))
        assert name not in names
        assert len(set(names)) == len(names)
        for other, member in zip(names, group.members[1:], strict=True):
            assert judge.organisation.people[other].agrees
            assert member.reasons
            found += [
                (name, other, one)
                for one in member.reasons
                if not judge.is_true_of_a_member(name, other, one)
            ]
    return found


def _false_about_paths(
    judge: Judge, serving: Serving, store: Store, identifier: Callable[[str], str], target: str, value: str
) -> list[tuple[str, ...]]:
    found = []
    for name in judge.organisation.people:
        answer = find_path(serving, store, PathQuery({}, identifier(name), target, value, speaks="en"))
        found += [
            (name, step.activity, reason)
            for step in answer.steps
            for reason in step.reasons
            if not judge.is_true(name, step.activity, reason)
        ]
        found += [] if judge.is_true_of_a_path(name, answer) else [(name, answer.message)]
    return found


def test_every_sentence_shown_is_true(
    organisation: Organisation,
    database: Database,
    store: Store,
    serving: Serving,
    settings: Settings,
    identifier: Callable[[str], str],
) -> None:
    store = set_consent(database, store, "peer", "opt_in")
    judge = Judge(organisation)
    assert _false_about_nuggets(judge, serving, store, identifier) == []  # popularity answers
    assert {
        "popular",
        "lately",
        "lately_team",
        "begun",
        "taken",
        "wanted_role",
        "wanted_goal",
        "wanted_skill",
    } <= judge.said
    retrain(database, store, settings, lambda line: None, force=True)
    assert _false_about_nuggets(judge, serving, store, identifier) == []
    assert {"team_named", "also_taken", "because.completed", "enrolled", "assigned", "begun"} <= judge.said
    for topic in ("", "sql"):
        assert _false_about_peers(judge, serving, store, identifier, topic) == []
    for skill in ("sql", "welding"):
        assert _false_about_groups(judge, serving, store, identifier, skill) == []
    assert {"group.learns", "peer.topic.answered", "peer.near"} <= judge.said
    knows = {f"peer.skill.{use}" for use in ("role", "goal", "wanted", "offered", "topic")}
    assert knows | {"peer.completed.recommended", "peer.both.completed", "peer.received.asked"} <= judge.said
    for target, value in (("", ""), ("role", "lawyer"), ("skill", "welding")):
        assert _false_about_paths(judge, serving, store, identifier, target, value) == []
    assert {"wanted_other_role", "teaches", "needed_before", "path.steps"} <= judge.said
