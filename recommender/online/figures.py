"""Outcomes and comparisons as rows of a table and in sentences."""

from __future__ import annotations

from recommender.online.comparison import Comparison
from recommender.online.outcomes import Outcome

HEADER = ("kind", "model", "day", "learners", "shown", "effect", "rate", "95 % interval")


def outcome_rows(outcome: Outcome) -> list[tuple[str, ...]]:
    """Return the rows of a table, one for each effect."""
    model = "popularity" if outcome.model is None else str(outcome.model)
    first = (outcome.kind, model, outcome.day, str(outcome.learners), str(outcome.shown))
    return [
        (*first, effect, f"{rate.rate:.4f}", f"{rate.low:.4f} to {rate.high:.4f}")
        for effect, rate in outcome.rates.items()
    ]


def difference_lines(comparison: Comparison) -> list[str]:
    """Return one sentence for each effect that was measured on both versions."""
    first, second = comparison.experiment.versions
    return [
        f"{effect}: version {second} minus version {first} {one.difference:+.4f} "
        f"(95 %: {one.low:+.4f} to {one.high:+.4f}), p = {one.p:.3f}"
        for effect, one in comparison.differences.items()
    ]
