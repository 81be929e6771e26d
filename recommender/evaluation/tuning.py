"""Tuned baselines: the settings of each are chosen on the newest part of the past, never on the future."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np

from recommender.dataset.dataset import Dataset
from recommender.metrics.measure import measure_learners
from recommender.metrics.report import ITEM_KNN, POPULARITY
from recommender.metrics.splits import Split, split_by_time, split_last
from recommender.models.baselines import (
    als,
    ease,
    has_als,
    item_knn,
    markov,
    popularity,
    recency_popularity,
)
from recommender.models.cooccurrence import ease_links
from recommender.models.lightfm import Progress, train_on_ids
from recommender.models.linear import Scorer

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
RECENCY_POPULARITY, ALS, MARKOV = "recency popularity", "ALS", "Markov"
EASE, EASE_RECENCY, LIGHTFM_IDS = "EASE", "EASE-recency", "LightFM ids"


@dataclass(frozen=True, slots=True)
class Baseline:
    """A recommender to compare with: `make(dataset, **options)`, and the options to choose from."""

    name: str
    make: Callable[..., Scorer]
    grid: tuple[Options, ...] = ({},)


@dataclass(frozen=True, slots=True)
class Tuned:
    """A baseline with the options that did best on the validation; `seconds` is the time of its last training."""

    name: str
    scorer: Scorer
    options: Options
    seconds: float


def baselines(nuggets: int, progress: Progress = lambda line: None) -> tuple[Baseline, ...]:
    """Return the baselines for this number of nuggets: EASE, which is dense, only up to 10,000.

    Without the package `implicit` there is no ALS, which is reported.
    """
    dense = _dense_baselines(nuggets) if nuggets <= MOST_ITEMS_FOR_EASE else ()
    factors = (Baseline(ALS, als, ALS_GRID),) if has_als() else ()
    if not factors:
        progress("ALS is left out: it needs the package implicit (install learnerprise[evaluation])")
    return (
        Baseline(POPULARITY, popularity),
        Baseline(RECENCY_POPULARITY, recency_popularity, _grid(half_life=(0.03, 0.1, 0.3))),
        Baseline(ITEM_KNN, item_knn, _grid(neighbours=(100, 1000), shrink=(0, 10, 30))),
        *factors,
        *dense,
        Baseline(MARKOV, markov, _grid(window=(3,), decay=(0.3, 0.5, 0.7), shrink=(0, 5, 20))),
        Baseline(LIGHTFM_IDS, lightfm_on_ids, IDS_GRID),
    )


def _dense_baselines(nuggets: int) -> tuple[Baseline, ...]:
    """Return EASE for several decays, which share the solved links: solving is the slow part."""
    ridges = (20, 50, 100, 200, 500, 1000) if nuggets <= FEW_ITEMS else (100, 500)
    family = _EaseFamily()
    return (
        Baseline(EASE, family.make, _grid(regularisation=ridges, decay=(1.0,))),
        Baseline(EASE_RECENCY, family.make, _grid(regularisation=ridges, decay=(0.9, 0.8, 0.7, 0.6))),
    )


class _EaseFamily:
    """Builds EASE and keeps the links solved for each dataset and regularisation."""

    def __init__(self) -> None:
        self._solved: dict[tuple[int, float], tuple[Dataset, Array]] = {}

    def make(self, dataset: Dataset, regularisation: float, decay: float) -> Scorer:
        key = (id(dataset), regularisation)
        if key not in self._solved:
            self._solved[key] = (dataset, ease_links(dataset.taken(), regularisation))
        return ease(dataset, self._solved[key][1], decay)


def _grid(**choices: Sequence[float]) -> tuple[Options, ...]:
    return tuple(dict(zip(choices, values, strict=True)) for values in product(*choices.values()))


def tune(baseline: Baseline, split: Split, validation: Split, k: int) -> Tuned:
    """Choose a baseline's options on the validation, then build it on the whole past of the split."""
    options = baseline.grid[0]
    if len(baseline.grid) > 1 and len(validation.learners):
        scores = [_validated(baseline, tried, validation, k) for tried in baseline.grid]
        options = baseline.grid[int(np.argmax(scores))]
    started = time.perf_counter()
    scorer = baseline.make(split.train, **options)
    return Tuned(baseline.name, scorer, options, time.perf_counter() - started)


def validation_of(split: Split, share: float) -> Split:
    """Split the past in the same way as the whole; at most 4,000 learners are measured."""
    inner = split_by_time(split.train, share) if split.name == "time" else split_last(split.train)
    if len(inner.learners) <= VALIDATION_LEARNERS:
        return inner
    chosen = np.random.default_rng(SEED).choice(inner.learners, VALIDATION_LEARNERS, replace=False)
    return replace(inner, learners=np.sort(chosen))


def lightfm_on_ids(dataset: Dataset, dimensions: float = 64, epochs: float = 20) -> Scorer:
    """Train LightFM on learner ids, as in its documentation."""
    users, items, biases = train_on_ids(dataset, int(dimensions), int(epochs), SEED)
    return lambda chosen: users[chosen] @ items.T + biases


def lightfm_with_features(dataset: Dataset, dimensions: float = 64, epochs: float = 20) -> Scorer:
    """Train LightFM on learner ids with item features as it takes them by default, all with the same weight."""
    users, items, biases = train_on_ids(dataset, int(dimensions), int(epochs), SEED, dataset.item_features)
    return lambda chosen: users[chosen] @ items.T + biases


def _validated(baseline: Baseline, options: Options, validation: Split, k: int) -> float:
    scorer = baseline.make(validation.train, **options)
    return measure_learners(baseline.name, scorer, validation, k).mean("ndcg")
