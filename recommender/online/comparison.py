"""The outcomes of an experiment: both versions on the learners drawn for each, and whether they differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lrs.storage.database import Database, StoreId
from recommender.errors import NoWinnerError
from recommender.online.experiments import arm_of
from recommender.online.outcomes import (
    EFFECTS,
    KINDS,
    Exposure,
    Outcome,
    Span,
    find_exposures,
    summarise,
    tally,
)
from recommender.online.statistics import Difference, compare
from recommender.storage.experiments import Experiment

SIGNIFICANT = 0.05


@dataclass(frozen=True, slots=True)
class Comparison:
    """An experiment, the outcomes of its versions, and how much better the second did, by effect."""

    experiment: Experiment
    outcomes: tuple[Outcome, ...]
    differences: Mapping[str, Difference]


def compare_arms(
    database: Database, store: StoreId, experiment: Experiment, now: int, window: int
) -> Comparison:
    """Compare the versions on what each showed to its own learners while the experiment ran (times in us)."""
    span = Span(experiment.started, experiment.ended or now, window)
    found = [
        one
        for kind in KINDS
        for one in find_exposures(database, store, kind, span)
        if one.model == arm_of(experiment, one.persona)
    ]
    differences = {
        effect: difference
        for kind in KINDS
        for effect in EFFECTS[kind]
        if (difference := _difference([one for one in found if one.kind == kind], experiment, effect))
    }
    return Comparison(experiment, tuple(summarise(found)), differences)


def winner_of(comparison: Comparison, effect: str) -> int:
    """Return the version that did better in an effect; raise NoWinnerError unless chance hardly explains it."""
    difference = comparison.differences.get(effect)
    if difference is None or difference.p >= SIGNIFICANT:
        seen = "nothing was seen yet" if difference is None else f"p = {difference.p:.3f}"
        raise NoWinnerError(
            f"The versions do not differ enough in {effect} to name a winner ({seen}, below "
            f"{SIGNIFICANT} is needed); wait for more, or name the version to promote."
        )
    return comparison.experiment.versions[difference.difference > 0]


def _difference(exposures: list[Exposure], experiment: Experiment, effect: str) -> Difference | None:
    first, second = (
        tally([one for one in exposures if one.model == version], effect) for version in experiment.versions
    )
    return compare(first, second)
