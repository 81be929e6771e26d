"""Compares the two versions of an experiment by their outcomes, each on the learners drawn for it."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, replace

from lrs.personas import PersonaId
from lrs.storage.database import Database, StoreId
from recommender.online.experiments import arm_of
from recommender.online.outcomes import (
    EFFECTS,
    Exposure,
    Outcome,
    Span,
    as_told,
    find_exposures,
    summarise,
    tally,
    tellable,
)
from recommender.online.statistics import Difference, compare
from recommender.storage.experiments import Experiment
from schemas.floors import FLOOR
from schemas.outcomes import KINDS


@dataclass(frozen=True, slots=True)
class Comparison:
    """An experiment, the outcomes of its versions, and by effect how much better the second version did."""

    experiment: Experiment
    outcomes: tuple[Outcome, ...]
    differences: Mapping[str, Difference]


def compare_arms(
    database: Database,
    store: StoreId,
    experiment: Experiment,
    now: int,
    window: int,
    counted: Container[PersonaId],
) -> Comparison:
    """Compare the versions by what each showed to its own learners who are `counted` (times in us)."""
    found = _exposures(database, store, experiment, _span(experiment, now, window), counted)
    return _compared(experiment, found)


def tell_arms(
    database: Database,
    store: StoreId,
    experiment: Experiment,
    now: int,
    window: int,
    counted: Container[PersonaId],
) -> Comparison:
    """Compare them as far as it may be told: on days that are over, by versions shown to enough learners."""
    span = _span(experiment, now, window).told(now)
    found = tellable(_exposures(database, store, experiment, span, counted))
    return _told(_compared(experiment, found))


def _span(experiment: Experiment, now: int, window: int) -> Span:
    return Span(experiment.started, experiment.ended or now, window)


def _exposures(
    database: Database, store: StoreId, experiment: Experiment, span: Span, counted: Container[PersonaId]
) -> list[Exposure]:
    return [
        one
        for kind in KINDS
        for one in find_exposures(database, store, kind, span)
        if one.model == arm_of(experiment, one.persona) and one.persona in counted
    ]


def _compared(experiment: Experiment, found: list[Exposure]) -> Comparison:
    differences = {
        effect: difference
        for kind in KINDS
        for effect in EFFECTS[kind]
        if (difference := _difference([one for one in found if one.kind == kind], experiment, effect))
    }
    return Comparison(experiment, tuple(summarise(found)), differences)


def _told(comparison: Comparison) -> Comparison:
    outcomes = tuple(as_told(one) for one in comparison.outcomes if one.learners >= FLOOR)
    both = {kind for kind in KINDS if sum(one.kind == kind for one in outcomes) > 1}
    differences = {
        effect: one
        for effect, one in comparison.differences.items()
        if any(effect in EFFECTS[kind] for kind in both)
    }
    return replace(comparison, outcomes=outcomes, differences=differences)


def _difference(exposures: list[Exposure], experiment: Experiment, effect: str) -> Difference | None:
    first, second = (
        tally([one for one in exposures if one.model == version], effect) for version in experiment.versions
    )
    return compare(first, second)
