"""Compares two model versions of a store on the same data: interactions that neither of them was trained on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from recommender.dataset.dataset import Dataset
from recommender.errors import TooLittleDataError
from recommender.metrics.intervals import Interval, mean_interval, paired_interval
from recommender.metrics.measure import Measured, measure_learners
from recommender.metrics.report import list_length
from recommender.metrics.splits import Split, split_marked
from recommender.models.blend import counts_before, earlier_scorer
from recommender.models.trained_model import TrainedModel
from recommender.training.trial import new_rows

Versions = Mapping[int, TrainedModel]


@dataclass(frozen=True, slots=True)
class VersionComparison:
    """NDCG of two versions on the same new interactions, and how much more the second one has."""

    learners: int
    interactions: int
    unmet: float
    k: int
    ndcg: Mapping[int, Interval]
    difference: Interval

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        ndcg = {str(version): asdict(one) for version, one in self.ndcg.items()}
        return {**asdict(self), "ndcg": ndcg}

    def as_text(self) -> str:
        """Return a table and a sentence that says which version is better, if one is."""
        lines = [
            f"Measured on {self.interactions:,} interactions of {self.learners} learners that neither version was "
            f"trained on ({self.unmet:.1%} more are with nuggets that were unknown then).",
            *(
                f"version {version:<4} NDCG@{self.k} {one.mean:.4f}  [{one.low:.4f}, {one.high:.4f}]"
                for version, one in self.ndcg.items()
            ),
        ]
        first, second = self.ndcg
        gap = self.difference
        bounds = f"{gap.mean:+.4f}, 95 % interval [{gap.low:+.4f}, {gap.high:+.4f}]"
        if not gap.is_certain:
            return "\n".join([*lines, f"No difference beyond chance: {second} minus {first} is {bounds}."])
        better, worse = (second, first) if gap.mean > 0 else (first, second)
        return "\n".join(
            [*lines, f"Version {better} is better than {worse}: {second} minus {first} is {bounds}."]
        )


def compare_versions(
    dataset: Dataset, versions: Versions, top_k: int, min_learners: int
) -> VersionComparison:
    """Rank what learners did since both versions were trained; raise TooLittleDataError where that is too little."""
    split = _unseen(dataset, versions)
    if len(split.learners) < min_learners:
        raise TooLittleDataError(
            f"Only {len(split.learners)} learners did something new since these versions were trained; "
            f"{min_learners} are needed to compare them. Wait for more, or look at models history."
        )
    k = list_length(top_k, len(dataset.items))
    first, second = (_measure(model, split, k) for model in versions.values())
    found = zip(versions, (first, second), strict=True)
    return VersionComparison(
        learners=len(split.learners),
        interactions=int(split.held_out.nnz),
        unmet=split.unmet,
        k=k,
        ndcg={version: mean_interval(one.ndcg) for version, one in found},
        difference=paired_interval(second.ndcg, first.ndcg),
    )


def _unseen(dataset: Dataset, versions: Versions) -> Split:
    """Hold out the interactions that no version knows."""
    first, second = (new_rows(dataset, model) for model in versions.values())
    unseen = np.zeros(len(dataset.item_of), dtype=bool)
    unseen[np.intersect1d(first, second)] = True
    return split_marked(dataset, unseen)


def _measure(model: TrainedModel, split: Split, k: int) -> Measured:
    counts_of = counts_before(model, split.train, split.moments_us)
    return measure_learners("", earlier_scorer(model, split.train, counts_of), split, k)
