"""A stream replayed: our lists beside what is used lately, by night and by hour."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from recommender.config import TrainingSettings
from recommender.dataset.dataset import Dataset
from recommender.evaluation.stream import StreamRow, measure_stream

DAY_US = 86_400_000_000
START_US = 20_000 * DAY_US


@pytest.fixture
def stream(make_dataset) -> Dataset:  # type: ignore[no-untyped-def]
    """Learners who read what is new: each day brings four nuggets that most read on that day or the next."""
    random = np.random.default_rng(1)
    taken: dict[str, dict[str, int]] = {}
    for learner in range(60):
        own = taken.setdefault(f"l{learner:02}", {})
        for day in sorted(random.choice(18, 12, replace=False)):
            for item in random.choice(4, 2, replace=False):
                name = f"d{max(0, day - int(random.integers(2))):02}n{item}"
                own.setdefault(name, START_US + int(day) * DAY_US + int(random.integers(DAY_US)))
    dataset = make_dataset({name: list(own) for name, own in taken.items()})
    names = [
        (dataset.users[user], dataset.items[item])
        for user, item in zip(dataset.user_of, dataset.item_of, strict=True)
    ]
    at = np.array([taken[user][item] for user, item in names], dtype=np.int64)
    order = np.lexsort((at, dataset.user_of))
    return replace(dataset, item_of=dataset.item_of[order], at=at[order])


def test_what_is_new_is_measured_by_night_and_by_hour(stream: Dataset, quick: TrainingSettings) -> None:
    rows = measure_stream(stream, replace(quick, epochs=5), 10)
    assert [row.work.split(":")[1].split(",")[0].strip() for row in rows] == [
        "nightly training / trend of the same midnight",
        "what is new",
    ]
    for row in rows:
        low, high = row.interval()
        assert 0 < low <= row.ratio <= high
        assert row.ratio > 0.5


def test_positions_in_an_order_are_no_stream(stream: Dataset, quick: TrainingSettings) -> None:
    assert measure_stream(replace(stream, at=np.arange(len(stream.at)) % 9), quick, 10) == []


def test_the_interval_draws_learners_with_all_their_cases() -> None:
    row = StreamRow("", np.array([1, 1, 2]), np.array([0.5, 0.5, 1.0]), np.array([1.0, 1.0, 1.0]), 1.0)
    assert row.ratio == pytest.approx(2 / 3)
    assert row.interval() == pytest.approx((0.5, 1.0))
