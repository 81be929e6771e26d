"""Baselines at their best: each one's settings are chosen on the newest part of the past, never on the future."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np

from recommender.dataset.dataset import Dataset
from recommender.metrics.measure import measure_learners
from recommender.metrics.splits import Split, split_by_time, split_last
from recommender.models.als import als
from recommender.models.baselines import (
    Scorer,
    applied_ease,
    item_knn,
    markov,
    popularity,
    recency_popularity,
)
from recommender.models.cooccurrence import ease_links
from recommender.models.lightfm import train_on_ids

Array = np.ndarray[Any, np.dtype[Any]]
Options = Mapping[str, float]
MOST_ITEMS_FOR_EASE = 10_000
FEW_ITEMS = 4000
VALIDATION_LEARNERS = 4000
SEED = 1
ALS_GRID: tuple[Options, ...] = (
    {"dimensions": 16, "confidence": 10},
    {"dimensions": 64, "confidence": 10},
    {"dimensions": 64, "confidence": 30},
    {"dimensions": 128, "confidence": 30},
)
IDS_GRID: tuple[Options, ...] = (
    {"dimensions": 64, "epochs": 20},
    {"dimensions": 128, "epochs": 20},
    {"dimensions": 128, "epochs": 40},
)
POPULARITY, RECENCY_POPULARITY, ITEM_KNN = "popularity", "recency popularity", "item-kNN"
ALS, EASE, EASE_RECENCY, MARKOV, LIGHTFM_IDS = "ALS", "EASE", "EASE-recency", "Markov", "LightFM ids"


@dataclass(frozen=True, slots=True)
class Baseline:
    """A recommender to compare with: `make(dataset, **options)`, and the options to choose from."""

    name: str
    make: Callable[..., Scorer]
    grid: tuple[Options, ...] = ({},)


@dataclass(frozen=True, slots=True)
class Tuned:
    """A baseline made with the options that did best on the validation; `seconds` is its last training alone."""

    name: str
    scorer: Scorer
    options: Options
    seconds: float


def baselines(nuggets: int) -> tuple[Baseline, ...]:
    """Return the baselines for so many nuggets: EASE, which is dense, only up to 10,000."""
    dense = _dense_baselines(nuggets) if nuggets <= MOST_ITEMS_FOR_EASE else ()
    return (
        Baseline(POPULARITY, popularity),
        Baseline(RECENCY_POPULARITY, recency_popularity, _grid(half_life=(0.03, 0.1, 0.3))),
        Baseline(ITEM_KNN, item_knn, _grid(neighbours=(100, 1000), shrink=(0, 10, 30), damping=(0.5,))),
        Baseline(ALS, als, ALS_GRID),
        *dense,
        Baseline(MARKOV, markov, _grid(window=(3,), decay=(0.3, 0.5, 0.7), shrink=(0, 5, 20))),
        Baseline(LIGHTFM_IDS, lightfm_on_ids, IDS_GRID),
    )


def _dense_baselines(nuggets: int) -> tuple[Baseline, ...]:
    """EASE with the same solved weights for all decays: solving is what takes long."""
    ridges = (20, 50, 100, 200, 500, 1000) if nuggets <= FEW_ITEMS else (100, 500)
    family = _EaseFamily()
    return (
        Baseline(EASE, family.make, _grid(regularisation=ridges, decay=(1.0,))),
        Baseline(EASE_RECENCY, family.make, _grid(regularisation=ridges, decay=(0.9, 0.8, 0.7, 0.6))),
    )


class _EaseFamily:
    """Makes EASE and keeps what was solved, for each dataset and regularisation."""

    def __init__(self) -> None:
        self._solved: dict[tuple[int, float], tuple[Dataset, Array]] = {}

    def make(self, dataset: Dataset, regularisation: float, decay: float) -> Scorer:
        key = (id(dataset), regularisation)
        if key not in self._solved:
            self._solved[key] = (dataset, ease_links(dataset.taken(), regularisation))
        return applied_ease(dataset, self._solved[key][1], decay)


def _grid(**choices: Sequence[float]) -> tuple[Options, ...]:
    return tuple(dict(zip(choices, values, strict=True)) for values in product(*choices.values()))


def tune(baseline: Baseline, split: Split, validation: Split, k: int) -> Tuned:
    """Choose a baseline's options on the validation, then make it on the whole past of the split."""
    options = baseline.grid[0]
    if len(baseline.grid) > 1 and len(validation.learners):
        scores = [_validated(baseline, tried, validation, k) for tried in baseline.grid]
        options = baseline.grid[int(np.argmax(scores))]
    started = time.perf_counter()
    scorer = baseline.make(split.train, **options)
    return Tuned(baseline.name, scorer, options, time.perf_counter() - started)


def validation_of(split: Split, share: float) -> Split:
    """Split the past once more as the whole was split; at most 4,000 learners are measured."""
    inner = split_by_time(split.train, share) if split.name == "time" else split_last(split.train)
    if len(inner.learners) <= VALIDATION_LEARNERS:
        return inner
    chosen = np.random.default_rng(SEED).choice(inner.learners, VALIDATION_LEARNERS, replace=False)
    return replace(inner, learners=np.sort(chosen))


def lightfm_on_ids(dataset: Dataset, dimensions: float = 64, epochs: float = 20) -> Scorer:
    """Train LightFM on learner ids, the textbook use."""
    users, items, biases = train_on_ids(dataset, int(dimensions), int(epochs), SEED)
    return lambda chosen: users[chosen] @ items.T + biases


def lightfm_with_features(dataset: Dataset, dimensions: float = 64, epochs: float = 20) -> Scorer:
    """Train LightFM on learner ids with the items' features as it takes them by default: all alike."""
    users, items, biases = train_on_ids(dataset, int(dimensions), int(epochs), SEED, dataset.item_features)
    return lambda chosen: users[chosen] @ items.T + biases


def _validated(baseline: Baseline, options: Options, validation: Split, k: int) -> float:
    scorer = baseline.make(validation.train, **options)
    return measure_learners(baseline.name, scorer, validation, k).mean("ndcg")
