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
from recommender.evaluation.served import served_scorer
from recommender.evaluation.tuning import Options, baselines, tune, validation_of
from recommender.metrics.intervals import Interval, paired_interval
from recommender.metrics.measure import Measured, measure_learners
from recommender.metrics.report import (
    LEARNERPRISE,
    LIGHTFM,
    EvaluationReport,
    list_length,
    row_of,
)
from recommender.metrics.splits import Split
from recommender.models.blend import blended_scorer, lightfm_scorer
from recommender.models.lightfm import Progress
from recommender.ranking.lists import ListSettings
from recommender.training.fit import fit

SERVED = "Learnerprise, listed"
"""Our model with the popularity penalty and the diversity of served lists."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything measured: the table, and for each recommender its options, the difference to ours, and more."""

    report: EvaluationReport
    options: Mapping[str, Options]
    differences: Mapping[str, Interval]
    characters: tuple[Character, ...]
    segments: tuple[Segment, ...]
    exposures: tuple[Exposure, ...]
    facts: Mapping[str, Any]

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            **self.report.as_dict(),
            "options": {name: dict(options) for name, options in self.options.items()},
            "ndcg_differences": {name: asdict(one) for name, one in self.differences.items()},
            "characters": [asdict(one) for one in self.characters],
            "segments": [asdict(one) for one in self.segments],
            "exposures": [{**asdict(one), "ratio": round(one.ratio, 4)} for one in self.exposures],
            "model": dict(self.facts),
        }


def compare(
    split: Split, nuggets: Mapping[str, Nugget], settings: Settings, progress: Progress
) -> Comparison:
    """Train everything on the past of the split, measure it on the future; nothing is kept."""
    k = list_length(settings.service.top_k, len(split.train.items))
    measured: list[Measured] = []
    options: dict[str, Options] = {}
    facts: dict[str, Any] = {}
    for one, chosen in _measured(split, settings, k, progress, facts):
        measured.append(one)
        options[one.name] = chosen
        progress(f"{one.name}: NDCG {one.mean('ndcg'):.4f}")
    return _compared(split, measured, nuggets, k, options, facts)


def _compared(
    split: Split,
    measured: Sequence[Measured],
    nuggets: Mapping[str, Nugget],
    k: int,
    options: Mapping[str, Options],
    facts: Mapping[str, Any],
) -> Comparison:
    ours, width = measured[0], len(split.train.items)
    rows = tuple(row_of(one, width) for one in measured)
    groups = nugget_groups(split.train.items, nuggets)
    return Comparison(
        report=EvaluationReport(split.name, k, len(split.learners), rows, width),
        options=options,
        differences={one.name: paired_interval(ours.ndcg, one.ndcg) for one in measured[1:]},
        characters=tuple(character(one, split.train) for one in measured),
        segments=segments(measured, learner_groups(split.train)) + segments_by_taken(measured, split, groups),
        exposures=exposures(measured, split, groups),
        facts=facts,
    )


def _measured(
    split: Split, settings: Settings, k: int, progress: Progress, facts: dict[str, Any]
) -> Iterator[tuple[Measured, Options]]:
    """Yield our model, its served lists, LightFM alone, and the baselines; fill `facts` with the model's facts."""
    progress("training our model on the past")
    started = time.perf_counter()
    model = fit(split.train, settings.training)
    seconds = time.perf_counter() - started
    facts.update(model.facts)
    lists = ListSettings(settings.service.popularity_penalty, settings.service.diversity)
    served = served_scorer(model, split.train, lists, k)
    yield measure_learners(LEARNERPRISE, blended_scorer(model, split.train), split, k, seconds), {}
    yield measure_learners(SERVED, served, split, k, seconds), {}
    yield measure_learners(LIGHTFM, lightfm_scorer(model, split.train), split, k), {}
    validation = validation_of(split, settings.service.held_out_share)
    for baseline in baselines(len(split.train.items), progress):
        progress(f"choosing settings for {baseline.name}")
        tuned = tune(baseline, split, validation, k)
        yield measure_learners(tuned.name, tuned.scorer, split, k, tuned.seconds), tuned.options
