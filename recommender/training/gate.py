"""The one judge of promotions: of a new training, of a refresh, and of the versions of an experiment."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from recommender.config import RecommenderSettings
from recommender.errors import NoWinnerError
from recommender.metrics.intervals import Interval, paired_interval
from recommender.online.comparison import Comparison

Array = np.ndarray[Any, np.dtype[Any]]
SIGNIFICANT = 0.05


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a model is good enough to be promoted, and the sentence that says why."""

    is_good: bool
    reason: str

    def forced(self) -> Decision:
        """Return the decision after `--force`, which promotes whatever the measurement says."""
        return self if self.is_good else replace(self, reason=f"promoted by force ({self.reason})")


@dataclass(frozen=True, slots=True)
class Rival:
    """Something else that could be recommended to the same learners: its NDCG, and by how much ours is higher."""

    name: str
    ndcg: float
    difference: Interval

    @classmethod
    def of(cls, name: str, ours: Array, theirs: Array) -> Rival:
        """Compare the NDCGs of learners, one value a learner, in the same order."""
        return cls(name, round(float(theirs.mean()), 6), paired_interval(ours, theirs))

    def __str__(self) -> str:
        gap = self.difference
        interval = f"95 % interval {gap.low:+.4f} to {gap.high:+.4f}"
        return f"{self.name} {self.ndcg:.4f} (difference {gap.mean:+.4f}, {interval})"


@dataclass(frozen=True, slots=True)
class Check:
    """How good the lists of one kind of learner are, beside those of popularity and of what runs now, where known."""

    kind: str
    learners: int
    ndcg: float = 0.0
    popularity: Rival | None = None
    running: Rival | None = None

    def __str__(self) -> str:
        rivals = [str(one) for one in (self.popularity, self.running) if one]
        return f"{self.kind} ({self.learners}): NDCG {self.ndcg:.4f}, {', '.join(rivals)}"


def judge_training(known: Check, newcomers: Check, settings: RecommenderSettings) -> Decision:
    """Decide on a new training by learners with a past: it must beat popularity, and not be worse than what runs now.

    Newcomers have no veto: a training gives them what is popular unless something else is better for them.
    """
    if known.popularity is None or known.learners < settings.min_test_learners:
        return Decision(
            False,
            f"not promoted: only {known.learners} learners to measure on who had taken something before, "
            f"{settings.min_test_learners} are needed; popular nuggets are recommended meanwhile",
        )
    if known.popularity.difference.mean <= 0:
        return Decision(False, f"not promoted: it does not beat popularity; {known}")
    if known.running and _is_worse(known.running, settings.tolerance):
        return Decision(
            False, f"not promoted: it is more than {settings.tolerance:.0%} worse than what runs now; {known}"
        )
    return Decision(
        True, "; ".join(["promoted: " + str(known), *([str(newcomers)] if newcomers.popularity else [])])
    )


def judge_refresh(check: Check, settings: RecommenderSettings) -> Decision:
    """Decide on a refresh: on the newest interactions it must not be worse than the running model."""
    if check.running is None or check.learners < settings.min_test_learners:
        return Decision(
            False,
            f"not refreshed: only {check.learners} learners with new interactions to measure on, "
            f"{settings.min_test_learners} are needed",
        )
    if _is_worse(check.running, settings.tolerance):
        return Decision(
            False, f"not promoted: it is more than {settings.tolerance:.0%} worse than what runs now; {check}"
        )
    return Decision(True, f"promoted: {check}")


def suits_newcomers(newcomers: Check) -> bool:
    """Return whether newcomers get nothing that is certainly worse than what is popular."""
    return newcomers.popularity is None or newcomers.popularity.difference.high >= 0


def judge_experiment(comparison: Comparison, effect: str) -> int:
    """Return the version that did better in an effect; raise NoWinnerError unless chance hardly explains it."""
    difference = comparison.differences.get(effect)
    if difference is None or difference.p >= SIGNIFICANT:
        seen = "nothing was seen yet" if difference is None else f"p = {difference.p:.3f}"
        raise NoWinnerError(
            f"The versions do not differ enough in {effect} to name a winner ({seen}, below "
            f"{SIGNIFICANT} is needed); wait for more, or name the version to promote."
        )
    return comparison.experiment.versions[difference.difference > 0]


def _is_worse(rival: Rival, tolerance: float) -> bool:
    """Return whether ours is worse by more than the tolerance, and certainly so."""
    return rival.difference.high < 0 and rival.difference.mean < -tolerance * rival.ndcg
