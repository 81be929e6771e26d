"""Chooses what a learner takes next: a topic by interest, then a nugget in it."""

from __future__ import annotations

from scripts.demo.catalogue import Nugget
from scripts.demo.memory import Company, Mind

_STAY_WITH_TOPIC = 0.6
_NEXT_IN_LINE = 5.0
_UNPREPARED = 0.1
_LEVEL_FIT = (1.0, 0.3, 0.05)


def choose_nugget(mind: Mind, company: Company) -> Nugget | None:
    """The nugget to open next; None if nothing is left that interests."""
    for _ in range(4):
        mind.topic = _choose_topic(mind, company)
        nuggets = [n for n in company.catalogue.standalone[mind.topic] if n.id not in mind.finished]
        weights = [_weight_of(nugget, mind, company) for nugget in nuggets]
        if sum(weights) > 0.05:
            return mind.rng.choices(nuggets, weights)[0]
    return None


def _choose_topic(mind: Mind, company: Company) -> str:
    if mind.topic and mind.happens(_STAY_WITH_TOPIC):
        return mind.topic
    weights = dict(mind.interests.topics)
    for topic, mastery in mind.mastery.items():
        for following in company.catalogue.topics[topic].leads_to if mastery >= 1.5 else ():
            weights[following] += 0.3 * weights[topic]
    return mind.rng.choices(list(weights), list(weights.values()))[0]


def _weight_of(nugget: Nugget, mind: Mind, company: Company) -> float:
    """How strongly the nugget calls: language, level, format, fashion, colleagues, and what came before."""
    weight = company.popularity[nugget.id] * mind.interests.formats[nugget.format]
    weight *= _language_fit(nugget, mind) * _LEVEL_FIT[_distance(nugget, mind)]
    weight *= 1 + 0.6 * company.finished_in_team(mind.learner, nugget)
    weight *= 3.0 if nugget.id in mind.bookmarked else 1.0
    weight *= 0.25 if nugget.id in mind.opened else 1.0
    before = company.catalogue.prerequisites.get(nugget.id)
    weight *= _UNPREPARED if before is not None and before not in mind.finished else 1.0
    return weight * (_NEXT_IN_LINE if _follows(nugget, mind, company) else 1.0)


def _language_fit(nugget: Nugget, mind: Mind) -> float:
    if nugget.language not in mind.learner.languages:
        return 0.01
    return 3.0 if nugget.language == mind.learner.language else 1.0


def _distance(nugget: Nugget, mind: Mind) -> int:
    """Levels between the nugget and what the learner is ready for."""
    ready = min(2, int(mind.mastery[nugget.topic]))
    return abs(nugget.depth - ready)


def _follows(nugget: Nugget, mind: Mind, company: Company) -> bool:
    """Whether the nugget is the next one in its topic after the last one taken."""
    if mind.last is None or mind.last.topic != nugget.topic:
        return False
    line = company.catalogue.standalone[nugget.topic]
    start = next((i for i, n in enumerate(line) if n.id in (mind.last.id, mind.last.course)), None)
    return start is not None and nugget in line[start + 1 : start + 2]
