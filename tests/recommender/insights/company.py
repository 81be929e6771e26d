"""A random organisation, and what it did as somebody reads it who goes through the Statements one by one."""

from __future__ import annotations

import calendar
import random
import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Statement = dict[str, Any]
Groups = Mapping[tuple[str, ...], set[str]]
VERBS = {
    "completed": "http://adlnet.gov/expapi/verbs/completed",
    "attempted": "http://adlnet.gov/expapi/verbs/attempted",
    "failed": "http://adlnet.gov/expapi/verbs/failed",
    "abandoned": "https://w3id.org/xapi/adl/verbs/abandoned",
    "asked": "http://adlnet.gov/expapi/verbs/asked",
    "answered": "http://adlnet.gov/expapi/verbs/answered",
    "mentored": "http://id.tincanapi.com/verb/mentored",
    "liked": "https://w3id.org/xapi/acrossx/verbs/liked",
    "disliked": "https://w3id.org/xapi/acrossx/verbs/disliked",
    "joined": "http://activitystrea.ms/schema/1.0/join",
    "left": "http://activitystrea.ms/schema/1.0/leave",
    "agreed": "http://activitystrea.ms/schema/1.0/rsvp-yes",
    "declined": "http://activitystrea.ms/schema/1.0/rsvp-no",
    "came": "http://adlnet.gov/expapi/verbs/attended",
    "searched": "https://w3id.org/xapi/acrossx/verbs/searched",
    "voided": "http://adlnet.gov/expapi/verbs/voided",
}
NAMES = {iri: name for name, iri in VERBS.items()}
DAY_S, HOUR_S = 86_400, 3600
TEAMS = ("sales", "support", "legal", "")
QUESTION = "http://activitystrea.ms/schema/1.0/question"
REPLY = "http://id.tincanapi.com/activitytype/forum-reply"
VIDEO = "https://w3id.org/xapi/video/activity-type/video"
COURSE = "http://adlnet.gov/expapi/activities/course"
GROUP, EVENT = "http://activitystrea.ms/schema/1.0/group", "http://activitystrea.ms/schema/1.0/event"
SKILLS = {f"https://acme.example/n{number}": f"skill{number % 3}" for number in range(6)}
REFUSING, BOTS = ("p00", "p07", "p13"), ("p21", "p22")
OUT = (*REFUSING, *BOTS)
NUGGETS = {
    one: {
        "skills": [skill],
        "level": ("beginner", "advanced")[at % 2],
        "language": ("en", "en", "de")[at % 3],
        "format": ("video", "course")[at % 2],
    }
    for at, (one, skill) in enumerate(SKILLS.items())
}
ROLES = {"clerk": {"skill0": 2, "skill1": 1}, "engineer": {"skill2": 3, "skill0": 1}}
"""The levels that each role wants."""
PEOPLE = tuple(f"p{number:02}" for number in range(48))
ENTERED: Mapping[str, Mapping[str, Any]] = {
    name: {
        "languages": (["en"], ["de"], ["de", "en"])[number % 3],
        "site": ("Lyon", "Dublin")[number % 2],
        **({"goals": ["skill1"]} if number % 5 == 0 else {}),
        **({"skills": ["skill0"]} if number % 7 == 0 else {}),
    }
    for number, name in enumerate(PEOPLE[:30])
}
CONSIDERED = PEOPLE[::2]
COMMUNITIES = ("https://acme.example/makers", "https://acme.example/readers")
EVENTS = tuple(f"https://acme.example/event{number}" for number in range(3))


def agent(name: str) -> Statement:
    return {"objectType": "Agent", "mbox": f"mailto:{name}@acme.example"}


def team_of(name: str) -> str:
    return TEAMS[int(name[1:]) % len(TEAMS)]


def role_of(name: str) -> str:
    return ("clerk", "engineer", "")[int(name[1:]) % 3]


@dataclass(frozen=True)
class Act:
    """A Statement as a slow reader sees it."""

    who: str
    verb: str
    target: str
    parent: str
    places: tuple[str, ...]
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
        made = [*self.learning(), *self.questions(), *self.mentoring(), *self.searches(), *self.gatherings()]
        yield from made
        for mistake in self.draw.sample(made, 12):
            reference = {"objectType": "StatementRef", "id": mistake["id"]}
            yield self.make(mistake["actor"]["mbox"][7:10], "voided", reference, 0)

    def make(self, who: str, verb: str, target: Statement, days_ago: float, **more: Any) -> Statement:
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.now - days_ago * DAY_S))
        context = more.pop("context", {})
        if role_of(who):
            context["extensions"] = {"https://learnerprise.org/xapi/extensions/role": role_of(who)}
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
        for _ in range(420):
            verb = self.draw.choice(
                ("completed", "attempted", "attempted", "failed", "abandoned", "liked", "disliked")
            )
            reached = {"https://w3id.org/xapi/video/extensions/progress": self.draw.choice((0.2, 0.7))}
            tells = verb == "attempted" and self.draw.random() < 0.7
            address = self.draw.choice(list(SKILLS))
            type_ = VIDEO if NUGGETS[address]["format"] == "video" else COURSE
            nugget = {"id": address, "definition": {"type": type_, "name": {"en": "A nugget"}}}
            more = {"result": {"extensions": reached}} if tells else {}
            yield self.make(self.somebody(), verb, nugget, self.draw.uniform(0, 200), **more)

    def questions(self) -> Iterator[Statement]:
        for number in range(40):
            days = self.draw.uniform(0, 120)
            thread = {"id": f"https://acme.example/q{number}", "definition": {"type": QUESTION}}
            group = [
                {"id": one, "definition": {"type": GROUP}} for one in COMMUNITIES if self.draw.random() < 0.4
            ]
            place: Statement = {"contextActivities": {"grouping": group}} if group else {}
            yield self.make(self.somebody(), "asked", thread, days, context=place)
            for reply in range(self.draw.choice((0, 1, 3))):
                answer = {"id": f"https://acme.example/q{number}/{reply}", "definition": {"type": REPLY}}
                place = {"contextActivities": {"parent": [thread]}}
                later = max(0, days - self.draw.uniform(0.1, 90) / 24)
                yield self.make(self.somebody(), "answered", answer, later, context=place)

    def gatherings(self) -> Iterator[Statement]:
        for _ in range(70):
            group = {"id": self.draw.choice(COMMUNITIES), "definition": {"type": GROUP}}
            verb = self.draw.choice(("joined", "joined", "left"))
            yield self.make(self.somebody(), verb, group, self.draw.uniform(0, 200))
            number = self.draw.randrange(len(EVENTS))
            event = {"id": EVENTS[number], "definition": {"type": EVENT}}
            host = {"id": COMMUNITIES[number % 2], "definition": {"type": GROUP}}
            place = {"contextActivities": {"grouping": [host]}}
            verb = self.draw.choice(("agreed", "came", "declined"))
            yield self.make(self.somebody(), verb, event, self.draw.uniform(0, 120), context=place)

    def shown(self, people: Sequence[str]) -> Iterator[tuple[str, str, int, tuple[str, ...]]]:
        """Yield what people were shown in 50 days: kind, learner, time (us), targets."""
        for _ in range(260):
            kind = self.draw.choice(("nuggets", "nuggets", "peers"))
            targets = self.draw.sample(list(NUGGETS) if kind == "nuggets" else list(people), 3)
            at = int((self.now - self.draw.uniform(0, 50) * DAY_S) * 10**6)
            yield kind, self.draw.choice(people), at, tuple(targets)

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

    def __init__(self, told: Sequence[Statement], since: int, until: int) -> None:
        self.acts = [self._act(one) for one in told]
        self.acts = [one for one in self.acts if one.verb != "voided"]
        self.asker = {one.target: one.who for one in self.acts if one.verb == "asked"}
        self.since, self.until, self.now = since, until, time.time()

    @staticmethod
    def _act(statement: Statement) -> Act:
        result, target = statement.get("result", {}), statement["object"]
        around = statement.get("context", {}).get("contextActivities", {})
        parents = around.get("parent", [])
        extensions = result.get("extensions", {})
        return Act(
            statement["actor"]["mbox"][7:10],
            NAMES[statement["verb"]["id"]],
            target.get("id", target.get("mbox", "       ")[7:10]),
            parents[0]["id"] if parents else "",
            tuple(one["id"] for one in around.get("grouping", [])),
            _seconds(statement["timestamp"]),
            " ".join(result.get("response", "").lower().split()),
            result.get("success") is False,
            extensions.get("https://w3id.org/xapi/video/extensions/progress"),
        )

    def of_window(self, since: int | None = None, until: int | None = None) -> list[Act]:
        first, last = self.since if since is None else since, self.until if until is None else until
        return [one for one in self.acts if first <= one.day < last and one.who not in OUT]

    def learning(self, since: int | None = None, until: int | None = None) -> list[Act]:
        return [one for one in self.of_window(since, until) if one.verb not in NO_ACTS]

    def pairs(self) -> set[tuple[str, str]]:
        found = set()
        for one in self.of_window():
            helped = {"mentored": one.target, "answered": self.asker.get(one.parent, "")}.get(one.verb, "")
            if helped and helped != one.who and helped not in OUT:
                found.add((one.who, helped))
        return found


AGAINST = frozenset({"abandoned", "disliked"})
NO_ACTS = frozenset({"searched", "joined", "left", "agreed", "declined", "came"})


def _seconds(stamp: str) -> float:
    return float(calendar.timegm(time.strptime(stamp[:19], "%Y-%m-%dT%H:%M:%S")))


MODALITIES = ("formal", "informal", "social")
LEVELS = {"beginner": 1, "intermediate": 2, "advanced": 3}
FAR = 10**6
GROUPED: Mapping[str, Callable[[str], Iterable[str]]] = {
    "team": lambda who: (team_of(who),),
    "role": lambda who: (role_of(who),),
    "site": lambda who: (ENTERED.get(who, {}).get("site", "").lower(),),
    "language": lambda who: languages(who),
}


def languages(who: str) -> list[str]:
    return list(ENTERED.get(who, {}).get("languages", []))


def modality(act: Act) -> str:
    if act.verb in ("liked", "disliked") or act.target not in NUGGETS:
        return "social"
    return "informal" if NUGGETS[act.target]["format"] == "video" else "formal"


def who(acts: Iterable[Act]) -> set[str]:
    return {one.who for one in acts}


class Story(Reference):
    """What happened in the window, in sets of names."""

    def __init__(self, told: Sequence[Any], company: Any, since: int, until: int) -> None:
        super().__init__(told, since, until)
        self.shown = company.shown

    def active(self, since: int | None = None, until: int | None = None) -> list[Act]:
        return [one for one in self.learning(since, until) if one.verb not in AGAINST]

    def headcount(self) -> set[str]:
        """Return those seen within a year: they are more than those entered."""
        return who(self.learning(self.until - 365))

    def groups(self, by: str, people: set[str]) -> Groups:
        found: dict[tuple[str, ...], set[str]] = defaultdict(set)
        for one in people:
            for label in GROUPED[by](one):
                if label:
                    found[label,].add(one)
        return {(): people, **found}

    def had(self, one: str, until: int) -> dict[str, int]:
        """Return the level that somebody had of each skill before a day."""
        levels: dict[str, int] = dict.fromkeys(ENTERED.get(one, {}).get("skills", ()), 3)
        for act in self.learning(0, until):
            if act.who == one and act.verb == "completed" and act.target in NUGGETS:
                for skill in NUGGETS[act.target]["skills"]:
                    level = LEVELS[NUGGETS[act.target]["level"]]
                    levels[skill] = max(level, levels.get(skill, 0))
        return levels

    def effects(self, kind: str) -> dict[tuple[str, str], tuple[int, set[str]]]:
        """Return by learner and target on which day it was first shown, and what followed within a week."""
        times: dict[tuple[str, str], list[float]] = defaultdict(list)
        for one, learner, at, targets in self.shown:
            for target in targets if one == kind else ():
                times[learner, target].append(at / 10**6)
        found: dict[tuple[str, str], tuple[int, set[str]]] = {}
        for pair, moments in times.items():
            found[pair] = int(min(moments) // DAY_S), set()
            for act in self.acts:
                last = max((one for one in moments if one <= act.at), default=None)
                towards = self.asker.get(act.parent, "") if act.verb == "answered" else act.target
                if last is None or act.at - last > 7 * DAY_S or (act.who, towards) != pair:
                    continue
                if act.verb not in AGAINST and kind == "nuggets":
                    found[pair][1].update(("opened", "started"))
                if act.verb in ("completed", "answered", "mentored"):
                    found[pair][1].add("completed" if kind == "nuggets" else "contacted")
        first = self.since
        return {
            pair: one for pair, one in found.items() if first <= one[0] < self.until and pair[0] not in OUT
        }
