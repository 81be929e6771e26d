"""Measures peers on what was held out: does the peer know what the learner took next, and the other way round?

Helper, mutual, coverage and load belong together: a recommender that always shows the same ten experts is best by
the first alone, and overloads them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import scipy.sparse as sp

from recommender.metrics.splits import Split
from recommender.models.linear import Scorer
from recommender.models.trained_model import TrainedModel
from recommender.ranking.load_cap import spread_load
from recommender.ranking.peers import Asker, Matcher, mutual, need_of

Array = np.ndarray[Any, np.dtype[Any]]
PeerScorer = Callable[[int], Array]
"""Takes the position of a learner, returns the score of each learner as a peer."""

OURS, USER_KNN, COSINE, MOST_ACTIVE = "need x know", "user-kNN", "LightFM user cosine", "most active"
SEED = 1


@dataclass(frozen=True, slots=True)
class PeerRow:
    """The result of one way to find peers: `asked` learners got `k` peers each.

    `helper` is the share of the peers shown who had taken what the learner took next, `mutual` the share of those
    for whom this holds both ways, `coverage` the number of learners ever shown over the most that so many slots could
    show, `load` how often the most shown one was. `helper_of` and `mutual_of` are the shares of each learner asked.
    """

    name: str
    helper: float
    mutual: float
    coverage: float
    load: int
    asked: int
    k: int
    helper_of: Array = field(repr=False, compare=False)
    mutual_of: Array = field(repr=False, compare=False)


def measure_peers(
    model: TrainedModel, split: Split, scorer: Scorer, cap: int = 5, asked: int = 2000, k: int = 10
) -> list[PeerRow]:
    """Measure our peers (nobody shown to more than `cap` learners) and the usual ways, on the same learners.

    The model was trained on `split.train`, whose users and items it has; `scorer` ranks items for a learner as
    the service does. The learners asked are drawn with a fixed seed from those with a future.
    """
    learners = split.learners
    if len(learners) > asked:
        learners = np.sort(np.random.default_rng(SEED).choice(learners, asked, replace=False))
    past = split.train.taken()
    past.data[:] = 1
    ways: tuple[tuple[str, PeerScorer, int | None], ...] = (
        (OURS, matching_scorer(model, past, scorer), cap),
        (USER_KNN, _user_knn(past), None),
        (COSINE, _cosine(model), None),
        (MOST_ACTIVE, lambda learner: np.diff(past.indptr).astype(np.float64), None),
    )
    return [_judge(name, show_peers(way, learners, k, limit), split, past, k) for name, way, limit in ways]


def matching_scorer(model: TrainedModel, past: sp.csr_matrix, scorer: Scorer) -> PeerScorer:
    """Score peers as the service does: by need and knowledge both ways."""
    matcher = Matcher(model)

    def score(learner: int) -> Array:
        taken = past.indices[past.indptr[learner] : past.indptr[learner + 1]]
        items = np.asarray(scorer(np.array([learner]))[0], dtype=np.float64)
        candidates = np.ones(len(items), dtype=bool)
        candidates[taken] = False
        need = need_of(_standardised(items, candidates), candidates)
        return mutual(matcher.match(Asker(need, taken, model.user_embeddings[learner])))

    return score


def show_peers(way: PeerScorer, learners: Array, k: int, cap: int | None) -> Array:
    """Return the peers shown to each learner (learners x k, -1 where there were no more), asked one by one."""
    lists = np.full((len(learners), k), -1, dtype=np.int64)
    shown: Array = np.zeros(0, dtype=np.int64)
    for row, learner in enumerate(learners):
        scores = np.array(way(int(learner)), dtype=np.float64)
        shown = shown if len(shown) else np.zeros(len(scores), dtype=np.int64)
        scores[learner] = 0
        if cap is not None:
            scores = spread_load(scores, shown, cap)
        best = _first(scores, k)
        shown[best] += 1
        lists[row, : len(best)] = best
    return np.column_stack([learners, lists])


def _first(scores: Array, k: int) -> Array:
    positions = np.flatnonzero(scores > 0)
    if len(positions) > k:
        positions = positions[np.argpartition(-scores[positions], k - 1)[:k]]
    return np.asarray(positions[np.argsort(-scores[positions], kind="stable")])


def _judge(name: str, lists: Array, split: Split, past: sp.csr_matrix, k: int) -> PeerRow:
    learners, peers = lists[:, 0], lists[:, 1:]
    rows, places = np.nonzero(peers >= 0)
    shown = peers[rows, places]
    pairs = list(zip(learners[rows].tolist(), shown.tolist(), strict=True))
    helps = np.array([_knows(past, split.held_out, peer, learner) for learner, peer in pairs], dtype=bool)
    helped = np.array([_knows(past, split.held_out, learner, peer) for learner, peer in pairs], dtype=bool)
    helper_of, mutual_of = (
        np.bincount(rows, weights=found, minlength=len(learners)) / k for found in (helps, helps & helped)
    )
    counts = np.bincount(shown, minlength=1)
    return PeerRow(
        name=name,
        helper=float(helper_of.mean()) if len(learners) else 0.0,
        mutual=float(mutual_of.mean()) if len(learners) else 0.0,
        coverage=float((counts > 0).sum() / max(1, min(past.shape[0], len(learners) * k))),
        load=int(counts.max()),
        asked=len(learners),
        k=k,
        helper_of=helper_of,
        mutual_of=mutual_of,
    )


def _knows(past: sp.csr_matrix, future: sp.csr_matrix, helper: int, learner: int) -> bool:
    """Return whether the helper had taken any of what the learner took afterwards."""
    known = past.indices[past.indptr[helper] : past.indptr[helper + 1]]
    wanted = future.indices[future.indptr[learner] : future.indptr[learner + 1]]
    return bool(np.isin(wanted, known).any())


def _user_knn(past: sp.csr_matrix) -> PeerScorer:
    """Score by the cosine of what two learners took."""
    lengths = np.sqrt(np.maximum(1, np.diff(past.indptr)))

    def score(learner: int) -> Array:
        common = np.asarray((past @ past[learner].T).todense()).ravel()
        return np.asarray(common / (lengths * lengths[learner]))

    return score


def _cosine(model: TrainedModel) -> PeerScorer:
    lengths = np.maximum(np.linalg.norm(model.user_embeddings, axis=1), 1e-12)
    unit = model.user_embeddings / lengths[:, None]
    return lambda learner: np.asarray(unit @ unit[learner])


def _standardised(items: Array, candidates: Array) -> Array:
    spread = float(items[candidates].std()) if candidates.any() else 0.0
    centre = float(items[candidates].mean()) if candidates.any() else 0.0
    return (items - centre) / spread if spread > 0 else np.zeros_like(items)
