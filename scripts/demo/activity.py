"""Half a year of behaviour: everybody's sessions, played through in time order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from random import Random

from scripts.demo.acts import Act, Outcome
from scripts.demo.catalogue import Catalogue, Nugget
from scripts.demo.choices import choose_nugget
from scripts.demo.consuming import consume, continue_course
from scripts.demo.interests import Interests, draw_interests
from scripts.demo.memory import Company, Mind
from scripts.demo.organisation import Organisation, named_learners
from scripts.demo.rhythm import DAY, MINUTE, Period, iterate_sessions
from scripts.demo.social import bookmark, react, regret_like, unfollow

_MANDATORY = ("security", "data-protection")
_VOIDED = 8
_SHOWN_COMMUNITIES = (0, 6, 2)


def simulate(organisation: Organisation, seed: int, period: Period) -> list[Act]:
    """Everything that was done in the period, ordered by time."""
    company = Company(organisation.catalogue, _popularity(organisation.catalogue))
    minds = list(_minds(organisation, seed))
    for start, number in _agenda(minds, period):
        _session(minds[number], start, company)
    acts = [act for mind in minds for act in mind.done if act.at <= period.end]
    return sorted([*acts, *_corrections(acts, period, Random(f"voided/{seed}"))], key=_order)


def _order(act: Act) -> tuple[int, str]:
    return act.at, act.actor.account


def _popularity(catalogue: Catalogue) -> dict[str, float]:
    """A skewed appeal of each nugget, the same for every seed, as the titles are."""
    rng = Random("popularity")
    return {nugget.id: rng.lognormvariate(0, 0.75) for nugget in catalogue.nuggets}


def _minds(organisation: Organisation, seed: int) -> Iterator[Mind]:
    shown = named_learners(organisation)
    for learner in organisation.learners:
        rng = Random(f"{seed}/{learner.account}")
        place = shown.index(learner) if learner in shown else None
        community = None if place is None else _SHOWN_COMMUNITIES[place]
        interests = draw_interests(learner, organisation.catalogue.topics, rng, community)
        if place is not None:
            interests = _arranged(interests, place)
        mind = Mind(learner, interests, rng)
        for topic in learner.role.topics:
            mind.mastery[topic] += learner.seniority * 0.6
        yield mind


def _arranged(interests: Interests, place: int) -> Interests:
    """The learners who are shown: an eager one, a steady one, and a newcomer."""
    sessions, joined = ((46.0, 0.0), (22.0, 0.0), (36.0, 0.85))[place]
    return replace(interests, sessions=sessions, joined=joined, left=1.0, sociability=0.4, diligence=0.8)


def _agenda(minds: list[Mind], period: Period) -> list[tuple[int, int]]:
    """Starts of all sessions, each with the number of its learner."""
    return sorted(
        (start, number)
        for number, mind in enumerate(minds)
        for start in iterate_sessions(mind.learner, mind.interests, period, mind.rng)
        if period.start <= start < period.end
    )


def _session(mind: Mind, start: int, company: Company) -> None:
    """One sitting: perhaps a search, one to four nuggets, and what follows from them."""
    mind.now = max(start, mind.now + 5 * MINUTE)
    mind.launched = ""
    _drop_a_course(mind)
    for _ in range(mind.rng.choices((1, 2, 3, 4), (4, 4, 2, 1))[0]):
        finished = _take_one(mind, company)
        if finished is not None:
            react(mind, finished, company)
        mind.wait(20, 300)
    if mind.topic and mind.happens(0.1):
        bookmark(mind, company)
    if mind.happens(0.006):
        regret_like(mind)
    if mind.happens(0.004):
        unfollow(mind)


def _drop_a_course(mind: Mind) -> None:
    if mind.attempts and mind.happens(0.12 * (1 - mind.interests.diligence)):
        mind.attempts.popitem()


def _take_one(mind: Mind, company: Company) -> Nugget | None:
    """Go on with a course, or choose something new; what was finished, if anything."""
    if mind.attempts and mind.happens(0.72):
        unit = continue_course(mind, company)
        return unit if unit.id in mind.finished else None
    nugget = _mandatory(mind, company) or choose_nugget(mind, company)
    if nugget is None or nugget.id in mind.attempts:
        return None
    if mind.happens(0.13):
        _search(mind, company)
    return nugget if consume(mind, nugget, company) else None


def _mandatory(mind: Mind, company: Company) -> Nugget | None:
    """The two courses that the company asks of everybody, done sooner or later."""
    if not mind.happens(0.02):
        return None
    courses = [company.catalogue.standalone[topic][0] for topic in _MANDATORY]
    return next((c for c in courses if c.id not in mind.opened), None)


def _search(mind: Mind, company: Company) -> None:
    """Type a few words into the learning site's search box."""
    terms = company.catalogue.topics[mind.topic or mind.learner.role.topics[0]].search_terms
    mind.act("searched", None, Outcome(response=mind.rng.choice(terms)))
    mind.wait(8, 60)


def _corrections(acts: list[Act], period: Period, rng: Random) -> Iterator[Act]:
    """A handful of Statements made by mistake and voided within two days."""
    mistakes = [act for act in acts if act.verb in ("completed", "shared") and act.at < period.end - 2 * DAY]
    for act in rng.sample(mistakes, min(_VOIDED, len(mistakes) // 100)):
        yield Act(act.at + rng.randrange(5 * MINUTE, 2 * DAY), act.actor, "voided", act)
