"""What another version would have brought: estimated from what was shown at random, beside what it really brings."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from bson import ObjectId

from lrs.auth.stores import Store
from lrs.personas import find_or_create_personas
from lrs.storage.database import Database
from recommender.config import RecommenderSettings
from recommender.evaluation.shown import estimate, estimate_version
from recommender.online.outcomes import Exposure, Span, find_exposures
from recommender.storage.impressions import Impression, insert_impressions
from recommender.training.jobs import RetrainReport

FAR_US = 3_000_000_000_000_000


def exposure(learner: int, is_opened: bool, probability: float) -> Exposure:
    effects = frozenset({"opened"} if is_opened else ())
    return Exposure(ObjectId(f"{learner:024x}"), "nuggets", 1, 0, effects, "a", 10, probability)


def test_the_estimate_is_what_the_other_version_brings() -> None:
    """Nuggets that are mostly shown are opened by a tenth, those drawn at random by a half; the other shows both."""
    random = np.random.default_rng(1)
    exposures = [exposure(one % 400, random.random() < 0.1, 0.95) for one in range(3800)]
    exposures += [exposure(one % 400, random.random() < 0.5, 0.05) for one in range(200)]
    weights = np.array([1 / one.probability for one in exposures])
    found = estimate(exposures, weights, "opened")
    assert found.rate_shown == pytest.approx(0.12, abs=0.02)
    assert found.low < 0.3 < found.high
    assert found.high - found.low < 0.15
    only_rare = estimate(exposures, np.where(weights > 2, weights, 0.0), "opened")
    assert (only_rare.listed, only_rare.shown) == (200, 4000)
    assert only_rare.low < 0.5 < only_rare.high


def test_nothing_is_claimed_of_what_was_never_shown() -> None:
    found = estimate([exposure(1, True, 1.0)], np.zeros(1), "opened")
    assert (found.listed, found.low, found.high) == (0, 0.0, 1.0)


def test_a_version_is_estimated_from_what_it_would_have_listed(
    trained: RetrainReport,
    organisation: dict[str, list[str]],
    database: Database,
    store: Store,
    identifier: Callable[[str], str],
    url: Callable[[str], str],
) -> None:
    name = sorted(organisation)[0]
    own = [url(f"s0n{number}") for number in range(12)]
    left = tuple(one for one in own if one not in map(url, organisation[name]))
    other = tuple(url(f"s1n{number}") for number in range(len(left)))
    persona = find_or_create_personas(database, store.id, {identifier(name): None})[identifier(name)]
    insert_impressions(database, store.id, [Impression(persona, FAR_US, "nuggets", None, left + other)], 90)
    exposures = find_exposures(database, store.id, "nuggets", Span(0, FAR_US + 1, 1))
    found = estimate_version(database, store.id, trained.version, exposures, RecommenderSettings())
    assert [one.effect for one in found] == ["opened", "started", "completed"]
    assert found[0].shown == len(left + other)
    assert len(left) <= found[0].listed < len(left + other)
