"""Runs recommenders over the same held-out future and puts their metrics side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from recommender.evaluation import metrics
from recommender.evaluation.baselines import Scorer
from recommender.evaluation.split import Split
from recommender.model import TrainedModel

Array = np.ndarray[Any, np.dtype[Any]]
LEARNERS_AT_ONCE = 500
LIGHTFM, POPULARITY, ITEM_KNN = "LightFM", "popularity", "item-kNN"


@dataclass(frozen=True, slots=True)
class EvaluationRow:
    """The metrics of one recommender, means over the learners; `seconds` is its time to train."""

    name: str
    precision: float
    recall: float
    ndcg: float
    mrr: float
    auc: float
    coverage: float
    seconds: float


@dataclass(frozen=True, slots=True)
class EvaluationReport:
    """Several recommenders on the same split: lists of `k` of the `nuggets` there are."""

    split: str
    k: int
    learners: int
    rows: tuple[EvaluationRow, ...]
    nuggets: int = 0

    def row(self, name: str) -> EvaluationRow | None:
        """Return the row of one recommender."""
        return next((row for row in self.rows if row.name == name), None)

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for a manifest or JSON."""
        return {**asdict(self), "rows": [asdict(row) for row in self.rows]}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> EvaluationReport:
        """Return the report that `as_dict` gave."""
        rows = tuple(EvaluationRow(**row) for row in values["rows"])
        return cls(values["split"], values["k"], values["learners"], rows, values.get("nuggets", 0))

    def as_text(self) -> str:
        """Return a table, the best first."""
        k = self.k
        head = f"{'recommender':<12} {f'P@{k}':>7} {f'recall@{k}':>10} {f'NDCG@{k}':>8} {'MRR':>6} "
        lines = [head + f"{'AUC':>6} {'coverage':>8} {'train s':>8}"]
        for row in sorted(self.rows, key=lambda row: -row.ndcg):
            lines.append(
                f"{row.name:<12} {row.precision:>7.4f} {row.recall:>10.4f} {row.ndcg:>8.4f} {row.mrr:>6.3f} "
                f"{row.auc:>6.3f} {row.coverage:>8.3f} {row.seconds:>8.1f}"
            )
        what = "the newest interactions" if self.split == "time" else "each learner's last interaction"
        half = f"; k is half of the {self.nuggets} nuggets" if k == self.nuggets // 2 else ""
        return "\n".join([*lines, f"{self.learners} learners, {what} held out{half}"])


def list_length(k: int, nuggets: int) -> int:
    """Return how long the measured lists are: `k`, but never more than half of the nuggets.

    A list of nearly everything holds what was taken next whoever made it.
    """
    return max(1, min(k, nuggets // 2))


def model_scorer(model: TrainedModel) -> Scorer:
    """Score with a trained model whose learners are those of the split's past."""
    return lambda users: model.user_embeddings[users] @ model.item_embeddings.T + model.item_biases


def measure(name: str, scorer: Scorer, split: Split, k: int, seconds: float) -> EvaluationRow:
    """Rank what each learner did not know for each learner with a future, and average the metrics."""
    known = split.train.taken()
    values, lists = [], []
    for users, scores in _scored(scorer, split.learners):
        for user, line in zip(users, scores, strict=True):
            relevant = split.held_out.indices[split.held_out.indptr[user] : split.held_out.indptr[user + 1]]
            excluded = known.indices[known.indptr[user] : known.indptr[user + 1]]
            values.append(_measure_one(line, relevant, excluded, k))
            lists.append(_top(line, np.setdiff1d(excluded, relevant), k))
    means = np.mean(values, axis=0) if values else np.zeros(5)
    precision, recall, ndcg, mrr, auc = (round(float(mean), 6) for mean in means)
    shown = np.concatenate(lists) if lists else np.zeros(0)
    covered = round(metrics.coverage(shown, len(split.train.items)), 6)
    return EvaluationRow(name, precision, recall, ndcg, mrr, auc, covered, round(seconds, 2))


def _scored(scorer: Scorer, learners: Array) -> Iterator[tuple[Array, Array]]:
    for start in range(0, len(learners), LEARNERS_AT_ONCE):
        users = learners[start : start + LEARNERS_AT_ONCE]
        yield users, scorer(users)


def _measure_one(scores: Array, relevant: Array, excluded: Array, k: int) -> tuple[float, ...]:
    ranks = metrics.places(scores, relevant, excluded)
    candidates = len(scores) - len(np.setdiff1d(excluded, relevant))
    return (
        metrics.precision_at_k(ranks, k),
        metrics.recall_at_k(ranks, k),
        metrics.ndcg_at_k(ranks, k),
        metrics.mrr(ranks),
        metrics.auc(ranks, candidates),
    )


def _top(scores: Array, excluded: Array, k: int) -> Array:
    open_scores = scores.astype(np.float32, copy=True)
    open_scores[excluded] = -np.inf
    best = np.argsort(-open_scores, kind="stable")[:k]
    return best[np.isfinite(open_scores[best])]
