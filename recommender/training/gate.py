"""The one judge of promotions: of a new training, of a refresh, and of the versions of an experiment."""

from __future__ import annotations

from dataclasses import dataclass, replace

from recommender.config import RecommenderSettings
from recommender.errors import NoWinnerError
from recommender.metrics.report import LEARNERPRISE, POPULARITY, EvaluationReport
from recommender.online.comparison import Comparison

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
class RefreshCheck:
    """NDCG of a refreshed model and of the one before it, on the newest interactions, which neither was trained on."""

    learners: int
    refreshed_ndcg: float
    running_ndcg: float


def judge_training(
    new: EvaluationReport, running: EvaluationReport | None, settings: RecommenderSettings
) -> Decision:
    """Decide on a new training: it must beat popularity, and not be worse than the running model.

    The two models were measured on different days, so the new one is worse only if both its NDCG and its
    ratio to popularity on the same data fell by more than the tolerance. Where the measured lists had another
    length, the ratio alone is compared.
    """
    model, plain = new.row(LEARNERPRISE), new.row(POPULARITY)
    if model is None or plain is None or new.learners < settings.min_test_learners:
        return Decision(
            False,
            f"not promoted: only {new.learners} learners to measure on, {settings.min_test_learners} are "
            "needed; popular nuggets are recommended meanwhile",
        )
    if model.ndcg <= plain.ndcg:
        return Decision(
            False, f"not promoted: NDCG {model.ndcg:.4f} does not beat popularity ({plain.ndcg:.4f})"
        )
    before = _measures(running)
    if before and _is_worse(_Measures(new.k, model.ndcg, plain.ndcg), before, settings.tolerance):
        return Decision(
            False,
            f"not promoted: NDCG {model.ndcg:.4f} is more than {settings.tolerance:.0%} below the running "
            f"model's {before.ndcg:.4f}, also relative to popularity",
        )
    return Decision(True, f"promoted: NDCG {model.ndcg:.4f}, popularity {plain.ndcg:.4f}")


def judge_refresh(check: RefreshCheck, settings: RecommenderSettings) -> Decision:
    """Decide on a refresh: on the newest interactions it must not be worse than the running model."""
    if check.learners < settings.min_test_learners:
        return Decision(
            False,
            f"not refreshed: only {check.learners} learners with new interactions to measure on, "
            f"{settings.min_test_learners} are needed",
        )
    numbers = f"NDCG {check.refreshed_ndcg:.4f}, before {check.running_ndcg:.4f}, on the newest interactions"
    if check.refreshed_ndcg < (1 - settings.tolerance) * check.running_ndcg:
        return Decision(False, f"not promoted: {numbers} is worse by more than {settings.tolerance:.0%}")
    return Decision(True, f"promoted: {numbers}")


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


@dataclass(frozen=True, slots=True)
class _Measures:
    k: int
    ndcg: float
    popularity_ndcg: float

    @property
    def ratio(self) -> float:
        if self.popularity_ndcg > 0:
            return self.ndcg / self.popularity_ndcg
        return float("inf") if self.ndcg > 0 else 0.0


def _measures(running: EvaluationReport | None) -> _Measures | None:
    """Return what was measured of the running model; None where nothing was."""
    model, plain = (running and running.row(LEARNERPRISE), running and running.row(POPULARITY))
    return _Measures(running.k, model.ndcg, plain.ndcg) if running and model and plain else None


def _is_worse(new: _Measures, old: _Measures, tolerance: float) -> bool:
    kept = 1 - tolerance
    return new.ratio < kept * old.ratio and (new.k != old.k or new.ndcg < kept * old.ndcg)
