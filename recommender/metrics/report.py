"""The metrics of several recommenders on the same held-out future, as a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from recommender.metrics import ranking as metrics
from recommender.metrics.measure import METRICS, Measured, measure_learners
from recommender.metrics.splits import Split
from recommender.models.linear import Scorer

HELD_OUT = {
    "time": "the newest interactions",
    "learner": "each learner's newest interactions",
    "last": "each learner's last interaction",
    "newest": "each learner's newest tenth",
    "marked": "the interactions marked in the file",
}
LEARNERPRISE, LIGHTFM, POPULARITY, ITEM_KNN = "Learnerprise", "LightFM", "popularity", "item-kNN"


@dataclass(frozen=True, slots=True)
class EvaluationRow:
    """The metrics of one recommender, means over the learners; `seconds` is its training time."""

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
    """Several recommenders on the same split, measured on lists of `k` of the `nuggets`.

    `unmet` is the share of the future that nobody could recommend, and that was not measured (see Split).
    """

    split: str
    k: int
    learners: int
    rows: tuple[EvaluationRow, ...]
    nuggets: int = 0
    unmet: float = 0.0

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
        return cls(values["split"], values["k"], values["learners"], rows, values["nuggets"], values["unmet"])

    def as_text(self) -> str:
        """Return a table, the best first."""
        k = self.k
        head = f"{'recommender':<20} {f'P@{k}':>7} {f'recall@{k}':>10} {f'NDCG@{k}':>8} {'MRR':>6} "
        lines = [head + f"{'AUC':>6} {'coverage':>8} {'train s':>8}"]
        for row in sorted(self.rows, key=lambda row: -row.ndcg):
            lines.append(
                f"{row.name:<20} {row.precision:>7.4f} {row.recall:>10.4f} {row.ndcg:>8.4f} {row.mrr:>6.3f} "
                f"{row.auc:>6.3f} {row.coverage:>8.3f} {row.seconds:>8.1f}"
            )
        what = HELD_OUT[self.split]
        half = f"; k is half of the {self.nuggets} nuggets" if k == self.nuggets // 2 else ""
        lines.append(f"{self.learners} learners, {what} held out{half}")
        if self.unmet:
            lines.append(
                f"{self.unmet:.1%} of the held-out interactions are not measured: the past does not know their "
                "nuggets, so nobody could recommend them."
            )
        return "\n".join(lines)


def list_length(k: int, nuggets: int) -> int:
    """Return the length of the lists that are measured: `k`, but never more than half of the nuggets.

    A list of nearly everything holds what was taken next, however bad the recommender.
    """
    return max(1, min(k, nuggets // 2))


def measure(name: str, scorer: Scorer, split: Split, k: int, seconds: float) -> EvaluationRow:
    """Rank for each learner with a future what that learner had not taken, and average the metrics."""
    return row_of(measure_learners(name, scorer, split, k, seconds), len(split.train.items))


def row_of(measured: Measured, nuggets: int) -> EvaluationRow:
    """Return the means over the learners, and the share of the nuggets that was shown to any of them."""
    means = {metric: round(measured.mean(metric), 6) for metric in METRICS}
    covered = round(metrics.coverage(measured.lists, nuggets), 6)
    return EvaluationRow(name=measured.name, coverage=covered, seconds=measured.seconds, **means)
