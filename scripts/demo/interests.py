"""The latent interests of each learner, which a recommender should find again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from scripts.demo.catalogue import Topic
from scripts.demo.organisation import Learner

COMMUNITIES: tuple[tuple[str, ...], ...] = (
    ("sql", "python-data", "data-viz", "statistics", "machine-learning"),
    ("coaching", "feedback", "leading-teams", "hiring"),
    ("storytelling", "data-viz", "learning-design", "customer-care"),
    ("energy-markets", "forecasting", "contracts", "battery-storage"),
    ("finance-basics", "budgeting", "negotiation", "contracts"),
    ("git-review", "api-design", "testing-software", "frontend", "kubernetes"),
    ("working-at-height", "electrical-safety", "incident-learning", "wind-maintenance"),
    ("solar-design", "battery-storage", "power-grid", "wind-maintenance"),
    ("project-management", "product-discovery", "leading-teams", "budgeting"),
    ("security", "data-protection", "incident-learning", "observability"),
)
"""Curiosities that cut across roles: no field of a learner tells which one is theirs."""

_ROLE_PULL = (3.0, 2.2, 1.5, 1.0)
_TEAM_PULL = 0.9
_BACKGROUND = 0.008
_FORMATS = ("course", "article", "video", "podcast", "book")


@dataclass(frozen=True, slots=True)
class Interests:
    """A learner's leanings; `topics` and `formats` are weights, the rest are chances from 0 to 1."""

    topics: Mapping[str, float]
    formats: Mapping[str, float]
    diligence: float
    sociability: float
    sessions: float
    joined: float
    left: float


def draw_interests(
    learner: Learner, topics: Mapping[str, Topic], rng: Random, community: int | None = None
) -> Interests:
    """Interests of one learner, from role, team and curiosity: the community given, or one or two drawn."""
    drawn = rng.sample(COMMUNITIES, 1 + (rng.random() < 0.35))
    communities = drawn if community is None else [COMMUNITIES[community]]
    joined, left = _presence(rng)
    return Interests(
        topics=_topic_weights(learner, topics, communities, rng),
        formats={name: rng.gammavariate(2.0, 0.5) + 0.1 for name in _FORMATS},
        diligence=rng.betavariate(6, 2.5),
        sociability=rng.betavariate(1.4, 3.2),
        sessions=_sessions(rng),
        joined=joined,
        left=left,
    )


def _topic_weights(
    learner: Learner, topics: Mapping[str, Topic], communities: Sequence[Sequence[str]], rng: Random
) -> dict[str, float]:
    weights = dict.fromkeys(topics, _BACKGROUND)
    for topic, pull in zip(learner.role.topics, _ROLE_PULL, strict=True):
        weights[topic] += pull * rng.gammavariate(1.6, 0.6)
    weights[learner.team.focus] += _TEAM_PULL
    for community in communities:
        for topic in community:
            weights[topic] += 1.5 * rng.gammavariate(1.2, 0.8)
    return weights


def _sessions(rng: Random) -> float:
    """Learning sessions in half a year: few for most, very many for some."""
    return min(66.0, 1.0 + rng.lognormvariate(2.38, 0.82))


def _presence(rng: Random) -> tuple[float, float]:
    """When somebody starts and stops, as shares of the period: most stay, some leave, some are new."""
    kind = rng.random()
    if kind < 0.05:
        return rng.uniform(0.93, 0.985), 1.0
    if kind < 0.18:
        return rng.uniform(0.2, 0.85), 1.0
    if kind < 0.30:
        return 0.0, rng.uniform(0.15, 0.7)
    return 0.0, 1.0
