"""Outcomes and comparisons as plain values for JSON, and as rows of a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from recommender.online.comparison import Comparison
from recommender.online.outcomes import Outcome
from recommender.online.statistics import Difference, Rate
from schemas.timestamps import format_timestamp

HEADER = ("kind", "model", "day", "learners", "shown", "effect", "rate", "95 % interval")


def outcome_values(outcome: Outcome) -> dict[str, Any]:
    """Return an outcome as JSON shows it."""
    return {
        "kind": outcome.kind,
        "model": outcome.model,
        **({"day": outcome.day} if outcome.day else {}),
        "learners": outcome.learners,
        "shown": outcome.shown,
        "rates": {effect: _rate(rate) for effect, rate in outcome.rates.items()},
    }


def comparison_values(comparison: Comparison) -> dict[str, Any]:
    """Return an experiment with its outcomes as JSON shows it."""
    experiment = comparison.experiment
    return {
        "experiment": experiment.number,
        "versions": list(experiment.versions),
        "share": experiment.share,
        "started": format_timestamp(experiment.started),
        "ended": None if experiment.ended is None else format_timestamp(experiment.ended),
        "promoted": experiment.promoted,
        "outcomes": [outcome_values(one) for one in comparison.outcomes],
        "differences": _differences(comparison.differences),
    }


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


def _rate(rate: Rate) -> dict[str, Any]:
    return {
        "count": rate.count,
        "rate": round(rate.rate, 6),
        "low": round(rate.low, 6),
        "high": round(rate.high, 6),
    }


def _differences(found: Mapping[str, Difference]) -> dict[str, Any]:
    return {
        effect: {
            "difference": round(one.difference, 6),
            "low": round(one.low, 6),
            "high": round(one.high, 6),
            "p": round(one.p, 4),
        }
        for effect, one in found.items()
    }
