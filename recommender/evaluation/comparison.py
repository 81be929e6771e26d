"""Compares our model with every baseline on one split: the whole report, as values for text, charts and JSON."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from recommender.catalogue.nuggets import Nugget
from recommender.config import Settings
from recommender.evaluation.groups import (
    Character,
    Exposure,
    Segment,
    character,
    exposures,
    learner_groups,
    nugget_groups,
    segments,
    segments_by_taken,
)
from recommender.evaluation.tuning import Options, Tuned, best_other, tuned_baselines
from recommender.metrics.intervals import Interval, mean_interval, paired_interval, ratio_interval
from recommender.metrics.measure import Measured, measure_learners
from recommender.metrics.report import (
    LEARNERPRISE,
    LIGHTFM,
    EvaluationReport,
    list_length,
    row_of,
)
from recommender.metrics.splits import Split
from recommender.models.baselines import with_newcomers
from recommender.models.blend import counts_before, lightfm_scorer
from recommender.models.lightfm import Progress
from recommender.models.trained_model import TrainedModel
from recommender.ranking.lists import ListSettings
from recommender.ranking.served import served, served_scorer
from recommender.training.fit import fit

SERVED = "Learnerprise, listed"
"""Our model with the popularity penalty and the diversity of served lists."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything measured: the table, and for each recommender its options, its NDCG, how ours compares, and more.

    `differences` bound our NDCG minus theirs, `ratios` ours over theirs. `best_other` is the strongest of the other
    recommenders by the validation, which settings are chosen on, too.
    """

    report: EvaluationReport
    options: Mapping[str, Options]
    ndcg: Mapping[str, Interval]
    differences: Mapping[str, Interval]
    ratios: Mapping[str, Interval]
    best_other: str
    characters: tuple[Character, ...]
    segments: tuple[Segment, ...]
    exposures: tuple[Exposure, ...]
    facts: Mapping[str, Any]

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            **self.report.as_dict(),
            "options": {name: dict(options) for name, options in self.options.items()},
            "ndcg": _plain(self.ndcg),
            "ndcg_differences": _plain(self.differences),
            "ndcg_ratios": _plain(self.ratios),
            "best_other": self.best_other,
            "characters": [asdict(one) for one in self.characters],
            "segments": [asdict(one) for one in self.segments],
            "exposures": [{**asdict(one), "ratio": round(one.ratio, 4)} for one in self.exposures],
            "model": dict(self.facts),
        }


def _plain(intervals: Mapping[str, Interval]) -> dict[str, Any]:
    return {name: asdict(one) for name, one in intervals.items()}


def compare(
    split: Split, nuggets: Mapping[str, Nugget], settings: Settings, progress: Progress
) -> Comparison:
    """Train everything on the past of the split, measure it on the future; nothing is kept."""
    k = list_length(settings.service.top_k, len(split.train.items))
    progress("training our model on the past")
    started = time.perf_counter()
    model = fit(split.train, settings.training)
    measured = list(_own(model, split, settings, k, time.perf_counter() - started))
    tuned = []
    for one in tuned_baselines(split, k, progress):
        tuned.append(one)
        measured.append(measure_learners(one.name, one.scorer, split, k, one.seconds))
        progress(f"{one.name}: NDCG {measured[-1].mean('ndcg'):.4f}")
    return _compared(split, nuggets, k, (measured, tuned), model.facts)


def _own(model: TrainedModel, split: Split, settings: Settings, k: int, seconds: float) -> Iterator[Measured]:
    """Measure our model, its served lists, and LightFM alone, to which the newcomers' lists of the model belong."""
    lists = ListSettings.of(model.facts, settings.service)
    counts_of = counts_before(model, split.train, split.moments_us)
    shown = served(model, split.train, lists, counts_of)
    alone = with_newcomers(lightfm_scorer(model, split.train), split.train, shown.scorer)
    yield measure_learners(LEARNERPRISE, shown.scorer, split, k, seconds)
    yield measure_learners(SERVED, served_scorer(shown, split.train, k), split, k, seconds)
    yield measure_learners(LIGHTFM, alone, split, k)


def _compared(
    split: Split,
    nuggets: Mapping[str, Nugget],
    k: int,
    found: tuple[Sequence[Measured], Sequence[Tuned]],
    facts: Mapping[str, Any],
) -> Comparison:
    measured, tuned = found
    ours, width, other = measured[0], len(split.train.items), best_other(tuned).name
    rows = tuple(row_of(one, width) for one in measured)
    groups = nugget_groups(split.train.items, nuggets)
    by_learner = segments(measured, other, learner_groups(split.train))
    return Comparison(
        report=EvaluationReport(split.name, k, len(split.learners), rows, width, split.unmet),
        options={one.name: one.options for one in tuned},
        ndcg={one.name: mean_interval(one.ndcg) for one in measured},
        differences={one.name: paired_interval(ours.ndcg, one.ndcg) for one in measured[1:]},
        ratios={one.name: ratio_interval(ours.ndcg, one.ndcg) for one in measured[1:]},
        best_other=other,
        characters=tuple(character(one, split.train) for one in measured),
        segments=by_learner + segments_by_taken(measured, other, split, groups),
        exposures=exposures(measured, split, groups),
        facts=facts,
    )
