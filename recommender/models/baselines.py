"""The simple recommenders that a model must beat; each scores the learners of the dataset it was built from."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import numpy as np
import scipy.sparse as sp

from recommender.dataset.dataset import Dataset
from recommender.models.cooccurrence import knn_links
from recommender.models.linear import Scorer
from recommender.models.transitions import transition_chances

Array = np.ndarray[Any, np.dtype[Any]]
NEIGHBOURS = 100
SHRINK = 10.0


def popularity(dataset: Dataset) -> Scorer:
    """Score each item by how many learners took it, the same for everybody."""
    counts = np.bincount(dataset.item_of, minlength=len(dataset.items)).astype(np.float32)
    return lambda users: np.tile(counts, (len(users), 1))


def recency_popularity(dataset: Dataset, half_life: float = 0.1) -> Scorer:
    """Score each item by who took it lately: a vote loses half its weight in `half_life` of the whole time span."""
    if len(dataset.at) == 0:
        return popularity(dataset)
    age = (dataset.at.max() - dataset.at) / max(1, np.ptp(dataset.at))
    votes = np.bincount(dataset.item_of, weights=0.5 ** (age / half_life), minlength=len(dataset.items))
    return lambda users: np.tile(votes.astype(np.float32), (len(users), 1))


def with_newcomers(scorer: Scorer, dataset: Dataset, popular: Scorer) -> Scorer:
    """Score learners without a past by what is popular, the same for every recommender, and all others as given."""
    fresh = np.diff(dataset.starts) == 0

    def scored(users: Array) -> Array:
        scores = np.array(scorer(users), dtype=np.float32)
        scores[fresh[users]] = popular(users[fresh[users]])
        return scores

    return scored


def item_knn(dataset: Dataset, neighbours: int = NEIGHBOURS, shrink: float = SHRINK) -> Scorer:
    """Score an item by its cosines, shrunk towards 0 where few learners speak for them, with the items taken."""
    taken = dataset.taken()
    links = knn_links(taken, neighbours, shrink)
    return lambda users: np.asarray((taken[users] @ links).todense())


def ease(dataset: Dataset, links: Array, decay: float) -> Scorer:
    """Score with the links of EASE and a history in which each step back weighs `decay` times less."""
    recent = decayed(dataset, decay)
    return lambda users: np.asarray(recent[users] @ links)


def markov(dataset: Dataset, window: int = 3, decay: float = 0.7, shrink: float = 1.0) -> Scorer:
    """Score an item by how often it came within `window` steps after those the learner took last."""
    rows = np.arange(len(dataset.item_of))
    chances = transition_chances(dataset, rows, [1 / step for step in range(1, window + 1)], shrink)
    recent = decayed(dataset, decay)
    return lambda users: np.asarray((recent[users] @ chances).todense())


def content_cosine(dataset: Dataset, decay: float = 0.9) -> Scorer:
    """Score an item by the cosine of its features and those of the items taken, the latest counting most."""
    features = dataset.item_features
    recent = decayed(dataset, decay)

    def scorer(users: Array) -> Array:
        profile = recent[users] @ features
        length = np.sqrt(np.asarray(profile.multiply(profile).sum(axis=1)))
        return np.asarray((profile @ features.T).toarray() / np.maximum(length, 1e-9))

    return scorer


def has_als() -> bool:
    """Return whether the package `implicit` is installed (extra `evaluation`)."""
    return find_spec("implicit") is not None


def als(
    dataset: Dataset,
    dimensions: float = 64,
    confidence: float = 10.0,
    regularisation: float = 1.0,
    sweeps: float = 15,
    seed: int = 1,
) -> Scorer:
    """Factorise what was taken (Hu, Koren, Volinsky 2008); an item taken counts `confidence` more than one not taken.

    Needs the package `implicit`; see `has_als`.
    """
    from implicit.cpu.als import AlternatingLeastSquares
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1, "blas"):  # implicit has threads of its own and warns of those of BLAS
        model = AlternatingLeastSquares(
            factors=int(dimensions),
            regularization=regularisation,
            alpha=1 + confidence,
            iterations=int(sweeps),
            random_state=seed,
        )
        model.fit(dataset.taken(), show_progress=False)
    return lambda users: np.asarray(model.user_factors[users] @ model.item_factors.T)


def decayed(dataset: Dataset, decay: float) -> sp.csr_matrix:
    """Return users x items: decay to the power of how many items the learner took since."""
    age = dataset.starts[dataset.user_of + 1] - 1 - np.arange(len(dataset.item_of))
    shape = (len(dataset.users), len(dataset.items))
    weights = np.power(decay, age, dtype=np.float32)
    return sp.csr_matrix((weights, (dataset.user_of, dataset.item_of)), shape=shape)
