"""Random search for training settings within a time budget, judged on the newest past."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from recommender.config import TrainingSettings
from recommender.dataset.dataset import Dataset
from recommender.errors import TooLittleDataError
from recommender.models.assembly import train
from recommender.models.blend import lightfm_scorer
from recommender.models.lightfm import Progress
from recommender.training.validation import MIN_LEARNERS, Validation, validation_split, with_a_past

CHOICES: Mapping[str, Sequence[Any]] = {
    "dimensions": (32, 64, 96, 128),
    "epochs": (10, 15, 20, 30, 40),
    "learning_rate": (0.02, 0.03, 0.05, 0.08),
    "max_sampled": (10, 20, 30, 50, 80),
    "history": (10, 20, 30, 50),
    "fading": (0.5, 0.75, 1.0, 1.5),
    "damping": (0.0, 0.25, 0.5),
    "side_weight": (0.1, 0.3, 1.0),
    "item_feature_weight": (0.0, 0.25, 0.5, 1.0),
}
CHANGES = 3


@dataclass(frozen=True, slots=True)
class Found:
    """The best settings by name, their NDCG, that of the first settings, and how many were tried."""

    settings: Mapping[str, Any]
    ndcg: float
    first_ndcg: float
    tried: int

    @property
    def is_better(self) -> bool:
        """Return whether these settings are better than the first ones."""
        return self.ndcg > self.first_ndcg


def search(
    dataset: Dataset,
    settings: TrainingSettings,
    budget_s: float,
    progress: Progress,
    clock: Callable[[], float] = time.monotonic,
) -> Found:
    """Try settings near the best so far, the given ones first, until the budget would be exceeded.

    Only LightFM is judged, because each training chooses the rest of the blend. Raise TooLittleDataError.
    """
    split = with_a_past(validation_split(dataset))
    if len(split.learners) < MIN_LEARNERS:
        raise TooLittleDataError(
            f"There are {len(split.learners)} learners to judge settings by; {MIN_LEARNERS} are needed."
        )
    validation = Validation(split)
    began = clock()
    best = settings
    best_ndcg = first = _ndcg(split.train, settings, validation)
    longest = clock() - began
    tried = 1
    for change in _changes(settings.seed):
        started = clock()
        if started + longest - began > budget_s:
            break
        attempt = replace(best, **change)
        ndcg = _ndcg(split.train, attempt, validation)
        tried += 1
        longest = max(longest, clock() - started)
        progress(f"NDCG {ndcg:.4f} (best {max(ndcg, best_ndcg):.4f}) with {_words(change)}")
        best, best_ndcg = (attempt, ndcg) if ndcg > best_ndcg else (best, best_ndcg)
    return Found({name: getattr(best, name) for name in CHOICES}, best_ndcg, first, tried)


def _changes(seed: int) -> Iterator[dict[str, Any]]:
    """Yield changes of one to three settings at a time, forever."""
    random = np.random.default_rng(seed)
    names = list(CHOICES)
    while True:
        chosen = random.choice(len(names), 1 + int(random.integers(CHANGES)), replace=False)
        yield {
            names[one]: CHOICES[names[one]][int(random.integers(len(CHOICES[names[one]])))] for one in chosen
        }


def _ndcg(past: Dataset, settings: TrainingSettings, validation: Validation) -> float:
    scorer = lightfm_scorer(train(past, settings), past)
    return validation.measure(scorer(validation.users)).ndcg


def _words(change: Mapping[str, Any]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in change.items())
