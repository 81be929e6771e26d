"""Splits into a past to train on and a future to measure on, which no training sees."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import scipy.sparse as sp

from recommender.dataset.dataset import Dataset, starts_of
from recommender.models.trends import tells_time

Array = np.ndarray[Any, np.dtype[Any]]
SEED = 1
MOST_NEWCOMERS = 500


@dataclass(frozen=True, slots=True)
class Split:
    """The past to train on, and the future: `held_out` (users x items) of the learners in `learners`.

    `share` is the share held out (0: one interaction a learner, or what a file marks); `unmet` the part of the future
    that nobody can recommend and that is not measured: interactions with items that the past never showed.
    `moments_us` (users) are the times from which on each learner's future is unknown.
    """

    name: str
    train: Dataset
    held_out: sp.csr_matrix
    learners: Array
    moments_us: Array
    share: float = 0.0
    unmet: float = 0.0


def split_by_time(dataset: Dataset, share: float) -> Split:
    """Hold out the newest `share` of all interactions: everything after one moment is the future."""
    if len(dataset.at) == 0:
        return _split("time", dataset, np.zeros(0, dtype=bool))
    moment = np.quantile(dataset.at, 1 - share)
    return replace(_split("time", dataset, dataset.at > moment), share=share)


def split_by_learner(dataset: Dataset, share: float) -> Split:
    """Hold out the newest `share` of each learner's interactions: at least one of those who have two, never all."""
    return replace(_split("learner", dataset, _newest(dataset, share)), share=share)


def split_newest(dataset: Dataset, share: float) -> Split:
    """Hold out the newest `share` of each learner's interactions, and everything of the newest newcomers.

    Those who began in the newest `share` of all interactions show what suits learners without a past. There are none
    where times are mere positions in an order.
    """
    future = _newest(dataset, share) | _newcomers(dataset, share)[dataset.user_of]
    return replace(_split("newest", dataset, future), share=share)


def split_last(dataset: Dataset) -> Split:
    """Hold out the last interaction of every learner who has at least two."""
    counts = np.diff(dataset.starts)
    future = np.zeros(len(dataset.item_of), dtype=bool)
    future[dataset.starts[1:][counts >= 2] - 1] = True
    return _split("last", dataset, future)


def split_marked(dataset: Dataset, future: Array) -> Split:
    """Hold out the interactions that are marked (one flag each)."""
    return _split("marked", dataset, future)


def split_as(name: str, dataset: Dataset, share: float) -> Split:
    """Split in the way named: `time`, `learner` or `last`."""
    if name == "last":
        return split_last(dataset)
    return split_by_learner(dataset, share) if name == "learner" else split_by_time(dataset, share)


def best_split(dataset: Dataset, share: float, min_learners: int) -> Split:
    """Split at one moment; where that leaves too few learners to measure on, hold out each learner's last item."""
    by_time = split_by_time(dataset, share)
    return by_time if len(by_time.learners) >= min_learners else split_last(dataset)


def split_cold(dataset: Dataset, share: float, seed: int = SEED) -> tuple[Split, Array]:
    """Take a share of the items with features out of everybody's past; each learner's last such item is the future.

    What a learner did after that is left out too. Items without features stay: before anybody took them, nothing
    distinguishes them. Return the split and a mask of the items taken out.
    """
    cold = np.random.default_rng(seed).random(len(dataset.items)) < share
    cold &= np.diff(dataset.item_features.indptr) > 0
    is_cold = cold[dataset.item_of]
    order = np.arange(len(is_cold))
    last = np.full(len(dataset.users), -1)
    np.maximum.at(last, dataset.user_of[is_cold], order[is_cold])
    target = np.zeros(len(is_cold), dtype=bool)
    target[last[last >= 0]] = True
    later = (last[dataset.user_of] >= 0) & (order > last[dataset.user_of])
    past = only(dataset, ~is_cold & ~later)
    split = _future(dataset, past, target)
    known = np.diff(past.starts)[split.learners] > 0
    return replace(split, learners=split.learners[known]), cold


def split_newcomers(dataset: Dataset, share: float, seed: int = SEED) -> tuple[Dataset, Split]:
    """Take a share of the learners out of the training; return it, and the split of their first events.

    One to five events of each are known, in turn, as far as there are more of them; the next one is the future.
    """
    new = np.random.default_rng(seed).random(len(dataset.users)) < share
    counts = np.diff(dataset.starts)
    known = np.minimum(1 + np.arange(len(counts)) % 5, counts - 1)
    step = np.arange(len(dataset.item_of)) - dataset.starts[dataset.user_of]
    limit = known[dataset.user_of]
    is_new = new[dataset.user_of]
    past = only(dataset, ~is_new)
    start = only(dataset, is_new & (step < limit))
    split = _future(dataset, start, is_new & (step == limit) & (limit > 0))
    seen = np.bincount(past.item_of, minlength=len(dataset.items)) > 0
    judged = np.asarray(split.held_out @ seen.astype(np.float32) > 0).ravel()
    return past, replace(split, learners=split.learners[judged[split.learners]])


def only(dataset: Dataset, kept: Array) -> Dataset:
    """Return a dataset with some of its interactions (a mask) and no further completions."""
    user_of = dataset.user_of[kept]
    return replace(
        dataset,
        user_of=user_of,
        item_of=dataset.item_of[kept],
        at=dataset.at[kept],
        weight=dataset.weight[kept],
        starts=starts_of(user_of, len(dataset.users)),
        completed=sp.csr_matrix((len(dataset.users), len(dataset.items)), dtype=np.float32),
    )


def _future(dataset: Dataset, past: Dataset, target: Array) -> Split:
    pairs = (dataset.user_of[target], dataset.item_of[target])
    shape = (len(dataset.users), len(dataset.items))
    held_out = sp.csr_matrix((np.ones(int(target.sum()), dtype=np.float32), pairs), shape=shape)
    moments = np.full(len(dataset.users), dataset.at.max(initial=0))
    np.minimum.at(moments, pairs[0], dataset.at[target])
    return Split("marked", past, held_out, np.flatnonzero(np.diff(held_out.indptr)), moments)


def _newest(dataset: Dataset, share: float) -> Array:
    """Return a mask of the newest `share` of each learner's interactions: at least one of two, never all."""
    counts = np.diff(dataset.starts)
    held = np.where(counts >= 2, np.clip((counts * share).astype(np.int64), 1, np.maximum(counts - 1, 1)), 0)
    age = dataset.starts[dataset.user_of + 1] - np.arange(len(dataset.item_of))  # 1 is the newest
    return np.asarray(age <= held[dataset.user_of])


def _newcomers(dataset: Dataset, share: float) -> Array:
    """Return a mask of the learners who began in the newest `share` of all interactions, the newest 500 at most."""
    newcomers = np.zeros(len(dataset.users), dtype=bool)
    if len(dataset.at) == 0 or not tells_time(dataset.at):
        return newcomers
    began = np.flatnonzero(np.diff(dataset.starts))
    first = dataset.at[dataset.starts[began]]
    late = first > np.quantile(dataset.at, 1 - share)
    newcomers[began[late][np.argsort(-first[late], kind="stable")][:MOST_NEWCOMERS]] = True
    return newcomers


def _split(name: str, dataset: Dataset, future: Array) -> Split:
    past = ~future
    # An item that the past never showed cannot be recommended, so nobody is measured by it.
    seen = np.bincount(dataset.item_of[past], minlength=len(dataset.items)) > 0
    judged = future & seen[dataset.item_of] if len(future) else future
    unmet = 1 - float(judged.sum()) / max(1, int(future.sum())) if future.any() else 0.0
    return replace(_future(dataset, only(dataset, past), judged), name=name, unmet=round(unmet, 6))
