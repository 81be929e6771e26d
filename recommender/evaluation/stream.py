"""A stream replayed: how good are lists on days when what is new matters, against nothing but what is used lately?

A model is trained at every midnight of the last days, as a server does it, and what learners take afterwards is
ranked twice. *Nightly*: everything stands still from midnight on, ours and the other. *Hourly*: at every hour ours
knows the acts until then, as a server does without any training, and so does the other. The other ranks by decayed
counts of takes, with the half-life that turns out best for it.

For data with times to the second only. `measure_stream` returns one `StreamRow` for each of the two, or none where
there are too few days; the ratio and its interval (learners are drawn) are to be compared with `TARGET`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import scipy.sparse as sp

from recommender.config import TrainingSettings
from recommender.dataset.dataset import Dataset
from recommender.metrics.measure import measure_learners
from recommender.metrics.splits import Split, only
from recommender.models.assembly import train
from recommender.models.blend import blended_scorer, counts_before
from recommender.models.fresh_takers import with_takers
from recommender.models.lightfm import Progress
from recommender.models.linear import Scorer
from recommender.models.trained_model import TrainedModel
from recommender.models.trends import DAY_S, HOUR_S, decayed_counts, tells_time
from recommender.training.fit import fit

Array = np.ndarray[Any, np.dtype[Any]]
DAYS, MIN_PAST_DAYS = 14, 7
HALF_LIVES_S = (2 * HOUR_S, 6 * HOUR_S, DAY_S, 2 * DAY_S, 7 * DAY_S)
DAY_US, HOUR_US = 86_400_000_000, 3_600_000_000
MIN_CASES = 20
TARGET = 0.95
SAMPLES, SEED = 1000, 1


@dataclass(frozen=True, slots=True)
class StreamRow:
    """The NDCG of cases (a learner within a day or an hour), ours and that of the trend, and whose case each is."""

    work: str
    learners: Array
    ours: Array
    trend: Array
    half_life_s: float

    @property
    def ratio(self) -> float:
        """Return our mean over that of the trend."""
        return float(self.ours.mean() / self.trend.mean()) if self.trend.any() else float(self.ours.any())

    def interval(self) -> tuple[float, float]:
        """Return the 95 % interval of the ratio; learners are drawn with all their cases."""
        _, position = np.unique(self.learners, return_inverse=True)
        sums = [np.bincount(position, values) for values in (self.ours, self.trend)]
        drawn = np.random.default_rng(SEED).integers(len(sums[0]), size=(SAMPLES, len(sums[0])))
        ours, trend = (values[drawn].sum(axis=1) for values in sums)
        low, high = np.quantile(ours / np.maximum(trend, 1e-12), [0.025, 0.975])
        return float(low), float(high)


def measure_stream(
    dataset: Dataset, settings: TrainingSettings, k: int, progress: Progress = lambda line: None
) -> list[StreamRow]:
    """Replay the last days; return nothing for data without times, or of less than two weeks."""
    if not len(dataset.at) or not tells_time(dataset.at):
        return []
    end, start = int(dataset.at.max()), int(dataset.at.min())
    midnights = [(end // DAY_US - days) * DAY_US for days in reversed(range(DAYS))]
    midnights = [one for one in midnights if one - start >= MIN_PAST_DAYS * DAY_US]
    cases: dict[str, list[_Case]] = {"nightly": [], "hourly": []}
    for midnight, model in _nightly(dataset, settings, midnights, progress):
        progress(f"replaying the day from {np.datetime64(midnight, 'us')}")
        cases["nightly"] += _replay(dataset, model, midnight, (midnight,), DAY_US, k)
        hours = range(midnight, midnight + DAY_US, HOUR_US)
        cases["hourly"] += _replay(dataset, model, midnight, hours, HOUR_US, k)
    works = {
        "nightly": "stream: nightly training / trend of the same midnight",
        "hourly": "stream: what is new, by the hour / trend of the hour",
    }
    return [_row(works[name], found) for name, found in cases.items() if len(found) >= MIN_CASES]


@dataclass(frozen=True, slots=True)
class _Case:
    """A learner within a day or an hour: the NDCG of our list, and of the trend's with each half-life."""

    learner: int
    ours: float
    trends: tuple[float, ...]


def _row(work: str, cases: Sequence[_Case]) -> StreamRow:
    trends = np.array([case.trends for case in cases])
    best = int(trends.mean(axis=0).argmax())
    learners, ours = (np.array([getattr(case, name) for case in cases]) for name in ("learner", "ours"))
    return StreamRow(work, learners, ours, trends[:, best], HALF_LIVES_S[best])


def _nightly(
    dataset: Dataset, settings: TrainingSettings, midnights: Sequence[int], progress: Progress
) -> Iterator[tuple[int, TrainedModel]]:
    """Yield each midnight with its model; what the first training chose stays for the others."""
    first: TrainedModel | None = None
    for midnight in midnights:
        past = only(dataset, dataset.at < midnight)
        if first is None:
            first = model = fit(past, settings, progress)
        else:
            later = train(past, first.settings)
            model = replace(later, facts={**first.facts, **later.facts})
        yield midnight, model


def _replay(
    dataset: Dataset, model: TrainedModel, midnight: int, moments: Sequence[int], span_us: int, k: int
) -> Iterator[_Case]:
    """Rank what learners take within a span from each moment on, with what is known at the moment."""
    for moment in moments:
        split = _split_at(dataset, moment, span_us)
        if not len(split.learners):
            continue
        current = with_takers(model, _takers_since(split.train, midnight))
        ours = measure_learners("", _ours(current, split.train, moment), split, k).ndcg
        trends = [
            measure_learners("", _trend(split.train, moment, half_life_s), split, k).ndcg
            for half_life_s in HALF_LIVES_S
        ]
        for learner, one, others in zip(split.learners, ours, np.transpose(trends), strict=True):
            yield _Case(int(learner), float(one), tuple(others.tolist()))


def _split_at(dataset: Dataset, moment: int, span_us: int) -> Split:
    """Return everything before a moment, and what is taken within a span of what somebody took before."""
    before = dataset.at < moment
    seen = np.bincount(dataset.item_of[before], minlength=len(dataset.items)) > 0
    after = ~before & (dataset.at < moment + span_us) & seen[dataset.item_of]
    pairs = (dataset.user_of[after], dataset.item_of[after])
    shape = (len(dataset.users), len(dataset.items))
    held_out = sp.csr_matrix((np.ones(int(after.sum()), dtype=np.float32), pairs), shape=shape)
    learners = np.flatnonzero(np.diff(held_out.indptr))
    return Split("stream", only(dataset, before), held_out, learners, np.full(shape[0], moment))


def _takers_since(dataset: Dataset, midnight: int) -> dict[str, dict[str, int]]:
    """Return everybody who took the items that were taken since midnight, as a server counts them again."""
    fresh = np.unique(dataset.item_of[dataset.at >= midnight])
    found: dict[str, dict[str, int]] = {dataset.items[item]: {} for item in fresh}
    for row in np.flatnonzero(np.isin(dataset.item_of, fresh)):
        found[dataset.items[dataset.item_of[row]]][dataset.users[dataset.user_of[row]]] = 1
    return found


def _ours(model: TrainedModel, past: Dataset, moment: int) -> Scorer:
    moments = np.full(len(past.users), moment)
    return blended_scorer(model, past, counts_before(model, past, moments))


def _trend(past: Dataset, moment: int, half_life_s: float) -> Scorer:
    counts = decayed_counts(past.item_of, past.at, len(past.items), np.array([moment]), half_life_s)
    return lambda users: np.repeat(counts, len(users), axis=0)
