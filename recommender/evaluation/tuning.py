"""Tuned baselines: the settings of each are chosen on the newest part of the past, never on the future."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np

from recommender.dataset.dataset import Dataset
from recommender.metrics.measure import measure_learners
from recommender.metrics.report import ITEM_KNN, POPULARITY
from recommender.metrics.splits import Split, split_as
from recommender.models.baselines import (
    als,
    ease,
    has_als,
    item_knn,
    markov,
    popularity,
    recency_popularity,
    with_newcomers,
)
from recommender.models.cooccurrence import ease_links
from recommender.models.lightfm import IdsModel, Progress
from recommender.models.linear import Scorer
from recommender.training.validation import MIN_LEARNERS, without_a_past

Array = np.ndarray[Any, np.dtype[Any]]
Options = Mapping[str, float]
Maker = Callable[..., Scorer]
"""Builds a recommender from a dataset and its options; the scorer knows the learners of that dataset."""
MOST_ITEMS_FOR_EASE = 10_000
FEW_ITEMS = 4000
VALIDATION_LEARNERS = 4000
SEED = 1
RECENCY_POPULARITY, ALS, MARKOV = "recency popularity", "ALS", "Markov"
EASE, EASE_RECENCY, LIGHTFM_IDS = "EASE", "EASE-recency", "LightFM ids"
OTHERS = (EASE, EASE_RECENCY, ITEM_KNN, ALS, MARKOV)
"""The strong recommenders of other libraries, of which the best is compared with ours."""


def _grid(**choices: Sequence[float]) -> tuple[Options, ...]:
    return tuple(dict(zip(choices, values, strict=True)) for values in product(*choices.values()))


ALS_GRID: tuple[Options, ...] = (
    {"dimensions": 16, "confidence": 10},
    {"dimensions": 64, "confidence": 10},
    {"dimensions": 64, "confidence": 30},
    {"dimensions": 128, "confidence": 30},
)
IDS_GRID = _grid(dimensions=(32, 64, 128), epochs=(10, 20, 40))
FEATURES_GRID = _grid(dimensions=(32, 64), epochs=(5, 10, 20, 40))
HALF_LIVES = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
DECAYS = (0.99, 0.97, 0.95, 0.9, 0.8, 0.7, 0.6)


@dataclass(frozen=True, slots=True)
class Baseline:
    """A recommender to compare with: `make(dataset, **options)`, and the options to choose from."""

    name: str
    make: Maker
    grid: tuple[Options, ...] = ({},)


@dataclass(frozen=True, slots=True)
class Tuned:
    """A baseline with the options that did best on the validation.

    `validated` is the NDCG that they reached there, `seconds` the time of the last training.
    """

    name: str
    scorer: Scorer
    options: Options
    seconds: float
    validated: float


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
        Baseline(RECENCY_POPULARITY, recency_popularity, _grid(half_life=HALF_LIVES)),
        Baseline(ITEM_KNN, item_knn, _grid(neighbours=(100, 1000), shrink=(0, 10, 30))),
        *factors,
        *dense,
        Baseline(MARKOV, markov, _grid(window=(3,), decay=(0.3, 0.5, 0.7), shrink=(0, 5, 20))),
        Baseline(LIGHTFM_IDS, IdsFamily().make, IDS_GRID),
    )


def _dense_baselines(nuggets: int) -> tuple[Baseline, ...]:
    """Return EASE for several decays, which share the solved links: solving is the slow part."""
    family = EaseFamily()
    return (
        Baseline(EASE, family.make, ease_grid(nuggets, (1.0,))),
        Baseline(EASE_RECENCY, family.make, ease_grid(nuggets)),
    )


def ease_grid(nuggets: int, decays: Sequence[float] = DECAYS) -> tuple[Options, ...]:
    """Return what is tried of EASE for this number of nuggets."""
    ridges = (20, 50, 100, 200, 500, 1000) if nuggets <= FEW_ITEMS else (100, 500)
    return _grid(regularisation=ridges, decay=decays)


class EaseFamily:
    """Builds EASE and keeps the links solved for each dataset and regularisation.

    With a `past`, the links are learned from it, and the learners scored are others.
    """

    def __init__(self, past: Dataset | None = None) -> None:
        self._past = past
        self._solved: dict[tuple[int, float], tuple[Dataset, Array]] = {}

    def make(self, dataset: Dataset, regularisation: float, decay: float) -> Scorer:
        """Build EASE on the history of the dataset's learners."""
        learned = self._past or dataset
        key = (id(learned), regularisation)
        if key not in self._solved:
            self._solved[key] = (learned, ease_links(learned.taken(), regularisation))
        return ease(dataset, self._solved[key][1], decay)


class IdsFamily:
    """Builds LightFM on learner ids; a model of the same dataset and dimensions is trained further, not again.

    With `has_features`, the items have their features as LightFM takes them by default, all with the same weight.
    """

    def __init__(self, *, has_features: bool = False) -> None:
        self._has_features = has_features
        self._models: dict[tuple[int, float], tuple[Dataset, IdsModel, float]] = {}

    def make(self, dataset: Dataset, dimensions: float = 64, epochs: float = 20) -> Scorer:
        """Train LightFM as in its documentation."""
        key = (id(dataset), dimensions)
        _, model, trained = self._models.get(key, (dataset, None, 0))
        if model is None or trained > epochs:
            features = dataset.item_features if self._has_features else None
            model = IdsModel(dataset, int(dimensions), SEED, features)
        self._models[key] = (dataset, model, epochs)
        users, items, biases = model.train_until(int(epochs))
        return lambda chosen: users[chosen] @ items.T + biases


def tuned_baselines(split: Split, k: int, progress: Progress) -> Iterator[Tuned]:
    """Tune and build each baseline; learners without a past get the same popularity from all of them."""
    validation = validation_of(split)
    popular = newcomers_popularity(split, validation, k)
    for baseline in baselines(len(split.train.items), progress):
        progress(f"choosing settings for {baseline.name}")
        yield tune(replace(baseline, make=_complete(baseline.make, popular)), split, validation, k)


def newcomers_popularity(split: Split, validation: Split, k: int) -> Maker:
    """Return what every baseline gives to learners without a past: popularity with the best half-life for those.

    It is chosen on the newcomers of the validation, or on all of its learners where they are fewer than 20.
    """
    newcomers = without_a_past(validation)
    judged = newcomers if len(newcomers.learners) >= MIN_LEARNERS else validation
    plain = Baseline(POPULARITY, recency_popularity, _grid(half_life=HALF_LIVES))
    options = tune(plain, split, judged, k).options
    return lambda dataset: recency_popularity(dataset, **options)


def _complete(make: Maker, popular: Maker) -> Maker:
    return lambda dataset, **options: with_newcomers(make(dataset, **options), dataset, popular(dataset))


def best_other(tuned: Sequence[Tuned]) -> Tuned:
    """Return the best other recommender by the validation: the future that it is compared on must not choose it."""
    return max((one for one in tuned if one.name in OTHERS), key=lambda one: one.validated)


def tune(
    baseline: Baseline, split: Split, validation: Split, k: int, open_items: Array | None = None
) -> Tuned:
    """Choose a baseline's options on the validation, then build it on the whole past of the split.

    With `open_items`, a mask, only these are ranked in the validation.
    """
    scores = [_validated(baseline, tried, validation, k, open_items) for tried in baseline.grid]
    best = int(np.argmax(scores))
    started = time.perf_counter()
    scorer = baseline.make(split.train, **baseline.grid[best])
    return Tuned(
        baseline.name, scorer, baseline.grid[best], time.perf_counter() - started, round(scores[best], 6)
    )


def validation_of(split: Split) -> Split:
    """Split the past in the same way as the whole; at most 4,000 learners are measured."""
    inner = split_as(split.name if split.share else "last", split.train, split.share)
    if len(inner.learners) <= VALIDATION_LEARNERS:
        return inner
    chosen = np.random.default_rng(SEED).choice(inner.learners, VALIDATION_LEARNERS, replace=False)
    return replace(inner, learners=np.sort(chosen))


def _validated(
    baseline: Baseline, options: Options, validation: Split, k: int, open_items: Array | None
) -> float:
    if not len(validation.learners):
        return 0.0
    scorer = baseline.make(validation.train, **options)
    return measure_learners(baseline.name, scorer, validation, k, open_items=open_items).mean("ndcg")
