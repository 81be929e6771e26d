"""The goals on data made here: real floors, lower than those for real data, that a broken part would miss."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.catalogue.nuggets import Nugget
from recommender.config import RecommenderSettings, Settings, TrainingSettings
from recommender.evaluation import goals, tuning
from recommender.evaluation.csv_interactions import CsvInteractions
from recommender.evaluation.goals import QualityRow, as_text, measure_quality
from recommender.metrics.intervals import Interval

LEARNERS, SUBJECTS, EACH = 400, 12, 15
MORE = float("inf")
FLOORS = {
    "NDCG: blend / tuned LightFM": (1.5, MORE),
    "NDCG: blend / best": (0.95, MORE),
    "NDCG: blend / its LightFM": (1.0, MORE),
    "AUC": (0.98, MORE),
    "NDCG: LightFM on states": (1.3, MORE),
    "NDCG of cold": (1.05, MORE),
    "NDCG of learners with 1-5 events: blend / EASE": (0.9, MORE),
    "NDCG of learners with 1-5 events: blend / popularity": (5.0, MORE),
    "NDCG: served": (0.97, MORE),
    "people ever shown": (0.4, MORE),
    "NDCG: refresh": (0.97, MORE),
    "seconds": (0.0, 1.0),
}


@pytest.fixture
def interactions() -> CsvInteractions:
    """Learners who go through two subjects one step after the other, sometimes astray."""
    random = np.random.default_rng(5)
    rows = []
    for learner in range(LEARNERS):
        for order, subject in enumerate(random.choice(SUBJECTS, 2, replace=False)):
            first = int(random.integers(EACH - 5))
            steps = first + np.flatnonzero(random.random(9) < 0.8)
            chosen = [int(subject) * EACH + int(step) for step in steps if step < EACH]
            stray = random.integers(SUBJECTS * EACH, size=1).tolist() if random.random() < 0.5 else []
            rows += [(learner, item, order * 20 + place) for place, item in enumerate([*chosen, *stray])]
    unique = {(learner, item): (learner, at, item) for learner, item, at in reversed(rows)}
    user_of, at, item_of = np.array(sorted(unique.values())).T
    names = tuple(f"n{number:03}" for number in range(SUBJECTS * EACH))
    users = tuple(f"u{number:03}" for number in range(LEARNERS))
    return CsvInteractions(users, names, user_of, item_of, at, np.zeros(len(at), dtype=bool), False)


def test_the_goals_are_met_on_data_with_paths(
    interactions: CsvInteractions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tuning, "IDS_GRID", ({"dimensions": 32, "epochs": 20},))
    monkeypatch.setattr(tuning, "ALS_GRID", ({"dimensions": 16, "confidence": 10},))
    monkeypatch.setattr(tuning, "FEW_ITEMS", 0)
    monkeypatch.setattr(goals, "SEEDS", (1,))
    for grid in ("IDS_GRID", "FEATURES_GRID"):
        monkeypatch.setattr(tuning, grid, ({"dimensions": 32, "epochs": 15},))
    nuggets = {
        name: Nugget(name, skills=(f"subject {place // EACH}", f"step {place % EACH // 3}"))
        for place, name in enumerate(interactions.items)
    }
    dataset = interactions.dataset(nuggets, 15)
    split = interactions.split(dataset, 0.1, 20)
    settings = Settings(TrainingSettings(dimensions=32, epochs=15), RecommenderSettings())
    found = list(measure_quality(split, settings))
    rows = {row.work: row.ratio for row in found}
    missed = {
        work: ratio
        for work, ratio in rows.items()
        for start, (least, most) in FLOORS.items()
        if work.startswith(start) and not least <= ratio <= most
    }
    assert missed == {}
    assert len(rows) == 18
    assert all(row.interval.low <= row.ratio <= row.interval.high for row in found if row.interval)
    assert sum(row.interval is not None for row in found) == 14


def test_a_row_without_a_goal_only_informs() -> None:
    row = QualityRow("load", 6.0, 5.0)
    assert row.met
    assert row.as_dict()["target"] is None
    assert as_text([row]).splitlines()[-1].endswith("-        -")


def test_a_goal_may_be_a_most() -> None:
    row = QualityRow("cost", 1.0, 20.0, 0.1, at_most=True)
    assert row.met
    assert row.as_dict()["ratio"] == 0.05
    bounded = QualityRow("ndcg", 0.1, 0.2, 1.0, interval=Interval(0.5, 0.4, 0.6), learners=30)
    text = as_text([row, bounded])
    assert "<= 0.1  met" in text
    assert "[0.400, 0.600]         30" in text
    assert "MISSED" in as_text([QualityRow("ndcg", 0.1, 0.2, 1.0)])


def test_a_baseline_of_nothing_counts_as_beaten_by_something() -> None:
    assert QualityRow("ndcg", 0.1, 0.0, 1.0).met
    assert not QualityRow("ndcg", 0.0, 0.0, 1.0).met
