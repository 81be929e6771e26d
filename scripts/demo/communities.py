"""Communities of practice: who joins them, what is asked and answered in them, and who comes when they meet."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from scripts.demo import vocabulary as words
from scripts.demo.acts import Act, Outcome, Place
from scripts.demo.catalogue import SITE, Nugget, read_table, slug_of
from scripts.demo.organisation import Learner, Organisation
from scripts.demo.phrases import answer_in
from scripts.demo.rhythm import DAY, EPOCH

LANGUAGES = ("en", "ca", "es", "de", "fr")
VAIN_TERMS = ("green hydrogen", "electrolyser", "hydrogen storage")
"""Typed by many, though the learning site has nothing about it."""
_MEETINGS = {
    "en": "{} meets",
    "ca": "Trobada: {}",
    "es": "Encuentro: {}",
    "de": "Treffen: {}",
    "fr": "Rencontre : {}",
}
_HOUR = DAY // 24
_MOST_MEMBERS, _FEWEST_MEMBERS = 45, 4
_HELD_BEFORE, _HELD_AFTER = (16, 6), (3, 8)
"""Days between this day and the meetings of the first community, and between those of one community and the next."""


@dataclass(frozen=True, slots=True)
class Community:
    """A community: whom it draws by the topics of their roles, and the skill that its questions are about.

    A share of the questions of the last `days` is `answered`; they are pairs of a language and a title. At most
    `valued` others say of one that it is worth an answer.
    """

    place: Place
    skill: str
    topics: tuple[str, ...]
    answered: float
    days: int
    valued: int
    questions: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Meeting:
    """An event of a community."""

    place: Place
    community: Community
    starts: datetime


@dataclass(frozen=True, slots=True)
class _Circle:
    """A community with its members, until a time (ms)."""

    community: Community
    members: Sequence[Learner]
    rng: Random
    end: int

    def act(self, at: float, who: Learner, verb: str, target: Nugget | Place | None) -> Act:
        """Return an act in the community."""
        return Act(int(at), who, verb, target, place=self.community.place)

    def some(self, low: int, high: int, without: Sequence[Learner] = ()) -> list[Learner]:
        """Return a few members, in no order."""
        others = [one for one in self.members if one not in without]
        return self.rng.sample(others, min(len(others), self.rng.randint(low, high)))


def build_communities() -> tuple[Community, ...]:
    """The communities written down in `communities.csv` and `questions.csv`."""
    asked: dict[str, list[tuple[str, str]]] = {}
    for row in read_table("questions.csv"):
        asked.setdefault(row["community"], []).append((row["language"], row["title"]))
    return tuple(_community_of(row, tuple(asked[row["key"]])) for row in read_table("communities.csv"))


def _community_of(row: Mapping[str, str], questions: tuple[tuple[str, str], ...]) -> Community:
    names = {language: row[language] for language in LANGUAGES}
    place = Place(f"{SITE}/communities/{row['key']}", words.COMMUNITY, names)
    topics = tuple(row["topics"].split(";"))
    numbers = float(row["answered"]), int(row["days"]), int(row["valued"])
    return Community(place, row["skill"], topics, *numbers, questions)


def build_meetings(today: datetime) -> Iterator[Meeting]:
    """Each community's meeting some days ago, and the next one."""
    for number, community in enumerate(build_communities()):
        for sign, (first, between) in ((-1, _HELD_BEFORE), (1, _HELD_AFTER)):
            day = today + timedelta(days=sign * (first + between * number))
            starts = day.replace(hour=9, minute=0, second=0, microsecond=0)
            names = {tag: text.format(community.place.names[tag]) for tag, text in _MEETINGS.items()}
            iri = f"{community.place.id}/meetings/{starts.date()}"
            yield Meeting(Place(iri, words.EVENT, names), community, starts)


def gather(organisation: Organisation, until: datetime, seed: int = 2026) -> list[Act]:
    """Everything done in the communities up to `until`, ordered by time; equal arguments give equal acts."""
    end = (until - EPOCH) // timedelta(milliseconds=1)
    acts: list[Act] = []
    for community in build_communities():
        rng = Random(f"{community.place.id}/{seed}")
        circle = _Circle(community, _members(community, organisation, rng), rng, end)
        if len(circle.members) >= _FEWEST_MEMBERS:
            acts += [*_joining(circle), *_talking(circle), *_meeting(circle, until)]
    acts += _searches(acts, Random(f"vain/{seed}"), end)
    return sorted((act for act in acts if act.at < end), key=lambda act: (act.at, act.actor.account))


def _members(community: Community, organisation: Organisation, rng: Random) -> list[Learner]:
    drawn = [one for one in organisation.learners if set(one.role.topics) & set(community.topics)]
    return [one for one in drawn if rng.random() < 0.75][:_MOST_MEMBERS]


def _joining(circle: _Circle) -> Iterator[Act]:
    """Everybody joins within two months, before the first question; one in twelve leaves again."""
    for member in circle.members:
        at = circle.end - circle.rng.uniform(95, 150) * DAY
        yield circle.act(at, member, "joined", circle.community.place)
        if circle.rng.random() < 1 / 12:
            yield circle.act(
                circle.end - circle.rng.uniform(1, 60) * DAY, member, "left", circle.community.place
            )


def _talking(circle: _Circle) -> Iterator[Act]:
    """Questions from the oldest to the newest, which is two days old, each asked by another member."""
    community, count = circle.community, len(circle.community.questions)
    askers = circle.rng.sample(circle.members, len(circle.members))
    for number, (language, title) in enumerate(community.questions):
        days = 2 + (community.days - 2) * (count - 1 - number) / (count - 1)
        at = circle.end - days * DAY + circle.rng.uniform(8, 17) * _HOUR
        asker = askers[number % len(askers)]
        thread = _thread(community, language, title)
        asked = replace(circle.act(at, asker, "asked", thread), outcome=Outcome(response=title))
        yield asked
        yield from _valuing(circle, asked, thread)
        if circle.rng.random() < community.answered:
            yield from _answering(circle, asked, thread)


def _thread(community: Community, language: str, title: str) -> Nugget:
    return Nugget(
        id=f"{community.place.id}/questions/{slug_of(title)}",
        topic=community.topics[0],
        format="question-thread",
        level="beginner",
        language=language,
        minutes=5,
        skills=(community.skill,),
        title=title,
        english="",
    )


def _valuing(circle: _Circle, asked: Act, thread: Nugget) -> Iterator[Act]:
    """Others find the question worth an answer within a few days."""
    for member in circle.some(0, circle.community.valued, [asked.actor]):
        yield circle.act(asked.at + circle.rng.uniform(0.2, 40) * _HOUR, member, "liked", thread)


def _answering(circle: _Circle, asked: Act, thread: Nugget) -> Iterator[Act]:
    """The first answer comes within hours, as a rule; others follow it."""
    at = asked.at + circle.rng.lognormvariate(math.log(4), 1.1) * _HOUR
    for helper in circle.some(1, 2, [asked.actor]):
        answer = Outcome(response=answer_in(thread.language, circle.rng))
        act = circle.act(at, helper, "answered", thread)
        yield replace(act, outcome=answer, addressed_to=asked.actor)
        at += circle.rng.uniform(0.5, 20) * _HOUR


def _meeting(circle: _Circle, until: datetime) -> Iterator[Act]:
    """Half of the members say that they will come, days before; most of them come, and a few others."""
    for meeting in build_meetings(until):
        if meeting.community.place.id != circle.community.place.id:
            continue
        starts = (meeting.starts - EPOCH) // timedelta(milliseconds=1)
        for member in circle.members:
            agreed = circle.rng.random() < 0.55
            if agreed:
                said = starts - circle.rng.uniform(1, 9) * DAY
                yield circle.act(said, member, "registered", meeting.place)
            if circle.rng.random() < (0.8 if agreed else 0.1):
                yield circle.act(starts + _HOUR, member, "attended", meeting.place)


def _searches(acts: Sequence[Act], rng: Random, end: int) -> Iterator[Act]:
    """Members of the last community look for courses that there are not."""
    last = build_communities()[-1].place.id
    seekers = [act.actor for act in acts if act.verb == "joined" and act.place and act.place.id == last]
    for term in VAIN_TERMS:
        for seeker in rng.sample(seekers, min(len(seekers), rng.randint(9, 16))):
            at = int(end - rng.uniform(1, 50) * DAY)
            yield Act(at, seeker, "searched", None, Outcome(response=term, success=False))
