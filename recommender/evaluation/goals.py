"""The goals: how much better than others the recommendations must be, measured on one data set, with intervals."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from recommender.config import Settings
from recommender.dataset.dataset import Dataset
from recommender.evaluation import tuning
from recommender.evaluation.data_sets import COURSES, Targets
from recommender.evaluation.exploring import ndcg_with_exploration, share_explored
from recommender.evaluation.next_action import TARGET as NEXT_TARGET
from recommender.evaluation.next_action import NextMeasured
from recommender.evaluation.peers import OURS, USER_KNN, measure_peers
from recommender.evaluation.stream import TARGET as STREAM_TARGET
from recommender.evaluation.stream import StreamRow
from recommender.evaluation.tuning import Baseline, EaseFamily, IdsFamily, Tuned, tune
from recommender.metrics import ranking as metrics
from recommender.metrics.intervals import Interval, ratio_interval
from recommender.metrics.measure import Measured, measure_learners
from recommender.metrics.report import ITEM_KNN
from recommender.metrics.splits import Split, split_as, split_cold, split_newcomers
from recommender.models.baselines import content_cosine, popularity, with_newcomers
from recommender.models.blend import blended_scorer, counts_before, lightfm_scorer
from recommender.models.lightfm import Progress
from recommender.models.linear import Scorer
from recommender.models.trained_model import TrainedModel
from recommender.ranking.lists import ListSettings
from recommender.ranking.served import served, served_scorer
from recommender.training.choosing import Choice, choose
from recommender.training.fit import train_chosen, train_chosen_with_state
from recommender.training.refresh import refresh
from recommender.training.validation import validation_split

Array = np.ndarray[Any, np.dtype[Any]]
COLD_SHARE, NEWCOMER_SHARE, PEER_CAP = 0.2, 0.1, 5
FEW_INTERACTIONS, SEEDS = 100_000, (1, 3, 4, 5, 6)
VALIDATION_SEED = 2
"""Drawn with another seed than the learners and nuggets measured, those of a validation are others."""
UNBOUNDED = "-"


@dataclass(frozen=True, slots=True)
class QualityRow:
    """One goal: our number, the baseline's, and the target: minimum (or with `at_most` maximum) of their ratio.

    Without a target the row only informs.
    `interval` bounds the ratio (95 %, paired bootstrap over the `learners`), None where it is no ratio of two means.
    """

    work: str
    ours: float
    baseline: float
    target: float | None = None
    at_most: bool = False
    interval: Interval | None = None
    learners: int = 0

    @property
    def ratio(self) -> float:
        """Return ours over the baseline's."""
        return self.ours / self.baseline if self.baseline else float(self.ours > 0)

    @property
    def met(self) -> bool:
        """Return whether the goal is met, if there is one."""
        if self.target is None:
            return True
        return self.ratio <= self.target if self.at_most else self.ratio >= self.target

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        numbers = {"ours": self.ours, "baseline": self.baseline, "ratio": self.ratio}
        rounded = {name: round(value, 5) for name, value in numbers.items()}
        more = {"interval": asdict(self.interval) if self.interval else None, "learners": self.learners}
        goal = {"target": self.target, "at_most": self.at_most, "met": self.met}
        return {"work": self.work, **rounded, **more, **goal}


@dataclass(frozen=True, slots=True)
class Job:
    """What all goals share: the split, our model trained on its past, how long that took, and what was measured.

    `others` are the tuned baselines, `measured` what they reach.
    """

    split: Split
    settings: Settings
    targets: Targets
    k: int
    choice: Choice
    model: TrainedModel
    seconds: float
    blend: Measured
    others: Sequence[Tuned]
    measured: Mapping[str, Measured]
    progress: Progress

    @property
    def seeds(self) -> Sequence[int]:
        """Return the seeds of the draws of cold nuggets and new learners: several where trainings are short."""
        return SEEDS if len(self.split.train.item_of) <= FEW_INTERACTIONS else SEEDS[:1]


def measure_quality(
    split: Split, settings: Settings, targets: Targets = COURSES, progress: Progress = lambda line: None
) -> Iterator[QualityRow]:
    """Yield the rows one after the other; goals that the data cannot show are reported and left out."""
    job = _prepare(split, settings, targets, progress)
    for part in (_accuracy, _served, _cold_nuggets, _newcomers, _peers, _refreshed):
        yield from part(job)


def _prepare(split: Split, settings: Settings, targets: Targets, progress: Progress) -> Job:
    k = settings.service.top_k
    progress("Learnerprise: choosing the blend and training")
    choice = choose(validation_split(split.train), settings.training)
    started = time.perf_counter()
    model = train_chosen(split.train, choice)
    seconds = time.perf_counter() - started
    blend = measure_learners("blend", _blended(model, split), split, k)
    others, measured = [], {}
    for one in tuning.tuned_baselines(split, k, progress):
        others.append(one)
        measured[one.name] = found = measure_learners(one.name, one.scorer, split, k)
        options = ", ".join(f"{option} {value:g}" for option, value in one.options.items()) or "no options"
        progress(f"{one.name}: NDCG {found.mean('ndcg'):.4f}, AUC {found.mean('auc'):.4f} ({options})")
    return Job(split, settings, targets, k, choice, model, seconds, blend, others, measured, progress)


def compare_means(
    work: str, ours: Measured, theirs: Measured, target: float | None, metric: str = "ndcg"
) -> QualityRow:
    """Compare the means of a metric of the same learners."""
    return compare(work, (getattr(ours, metric), getattr(theirs, metric)), target)


def compare(work: str, values: tuple[Array, Array], target: float | None) -> QualityRow:
    """Compare the means of two values of each learner, ours first, with the interval of their ratio."""
    ours, theirs = values
    means = float(ours.mean()), float(theirs.mean())
    return QualityRow(work, *means, target, interval=ratio_interval(ours, theirs), learners=len(ours))


def _by_learner(parts: Sequence[Measured]) -> Array:
    """Return the NDCG of each learner, the mean where a learner was measured several times."""
    learners = np.concatenate([one.learners for one in parts])
    _, position = np.unique(learners, return_inverse=True)
    sums = np.bincount(position, weights=np.concatenate([one.ndcg for one in parts]))
    return np.asarray(sums / np.bincount(position))


def _accuracy(job: Job) -> Iterator[QualityRow]:
    """The blend against LightFM on ids, the best other and its own LightFM; LightFM on states against that on ids."""
    blend, ids = job.blend, job.measured[tuning.LIGHTFM_IDS]
    best = job.measured[tuning.best_other(job.others).name]
    scorer = lightfm_scorer(job.model, job.split.train)
    alone = with_newcomers(scorer, job.split.train, _blended(job.model, job.split))
    states = measure_learners("states", alone, job.split, job.k)
    yield compare_means("NDCG: blend / tuned LightFM on ids", blend, ids, job.targets.ids)
    yield compare_means(f"NDCG: blend / best other ({best.name})", blend, best, job.targets.best_other)
    yield compare_means("NDCG: blend / its LightFM alone", blend, states, 1.0)
    yield compare_means("AUC: blend / LightFM on ids", blend, ids, job.targets.auc, "auc")
    yield compare_means("NDCG: LightFM on states / on ids", states, ids, 1.0)


def _served(job: Job) -> Iterator[QualityRow]:
    """How much of the catalogue the served lists show, and what that costs."""
    service = job.settings.service
    lists = ListSettings.of(job.model.facts, service)
    counts_of = counts_before(job.model, job.split.train, job.split.moments_us)
    shown = served(job.model, job.split.train, lists, counts_of)
    listed = measure_learners("served", served_scorer(shown, job.split.train, job.k), job.split, job.k)
    other = tuning.EASE if tuning.EASE in job.measured else ITEM_KNN
    items = len(job.split.train.items)
    ours, theirs = (metrics.coverage(one.lists, items) for one in (listed, job.measured[other]))
    yield compare_means("NDCG: served lists / blend", listed, job.blend, 0.99)
    yield QualityRow(f"coverage: served lists / {other}", ours, theirs, 1.0)
    share = share_explored(job.split.train, job.k, service.exploration)
    explored = replace(listed, ndcg=ndcg_with_exploration(listed, job.split, share))
    yield compare_means("NDCG: served lists with exploration / without", explored, listed, 0.99)


def _cold_nuggets(job: Job) -> Iterator[QualityRow]:
    """Nuggets that no training saw, ranked among themselves by their features."""
    dataset = job.split.train
    if dataset.item_features.nnz == 0:
        job.progress("cold nuggets left out: the items have no features")
        return
    job.progress("cold nuggets: choosing settings for LightFM with default features")
    options = _default_options(dataset, job.k)
    found: list[list[Measured]] = []
    for seed in job.seeds:
        job.progress("cold nuggets: training without a fifth of the nuggets")
        split, cold = split_cold(dataset, COLD_SHARE, seed)
        default = IdsFamily(has_features=True).make(split.train, **options)
        model = train_chosen(split.train, job.choice)
        scorers = (_blended(model, split), default, content_cosine(split.train))
        found.append([measure_learners("", scorer, split, job.k, open_items=cold) for scorer in scorers])
    ours, plain, cosine = (_by_learner(parts) for parts in zip(*found, strict=True))
    target = job.targets.cold
    yield compare("NDCG of cold nuggets: blend / LightFM with default features, tuned", (ours, plain), target)
    yield compare("NDCG of cold nuggets: blend / content cosine", (ours, cosine), 1.0)


def _default_options(dataset: Dataset, k: int) -> tuning.Options:
    """Choose the dimensions and epochs of LightFM with default features on a fifth of the nuggets of its own."""
    validation, open_items = split_cold(dataset, COLD_SHARE, VALIDATION_SEED)
    family = Baseline("default features", IdsFamily(has_features=True).make, tuning.FEATURES_GRID)
    return tune(family, validation, validation, k, open_items).options


def _newcomers(job: Job) -> Iterator[QualityRow]:
    """Learners whom no training saw, with one to five events."""
    found: list[list[Measured]] = []
    has_ease = len(job.split.train.items) <= tuning.MOST_ITEMS_FOR_EASE
    for seed in job.seeds:
        job.progress("new learners: training without a tenth of the learners")
        past, split = split_newcomers(job.split.train, NEWCOMER_SHARE, seed)
        if len(split.learners) == 0:
            continue
        model = train_chosen(past, job.choice)
        blended = blended_scorer(model, split.train, counts_before(model, past, split.moments_us))
        ease = [_ease_for_newcomers(past, split, job.k)] if has_ease else []
        scorers = (blended, popularity(past), *ease)
        found.append([measure_learners("", scorer, split, job.k) for scorer in scorers])
    if not found:
        job.progress("new learners left out: no learner has two events")
        return
    ours, plain, *others = (_by_learner(parts) for parts in zip(*found, strict=True))
    work, targets = "NDCG of learners with 1-5 events: blend / ", job.targets
    for other in others:
        yield compare(f"{work}EASE-recency", (ours, other), targets.newcomers)
    yield compare(f"{work}popularity", (ours, plain), targets.newcomers_popularity)


def _ease_for_newcomers(past: Dataset, split: Split, k: int) -> Scorer:
    """Tune EASE-recency on other learners of the past whom it is not trained on."""
    earlier, validation = split_newcomers(past, NEWCOMER_SHARE, VALIDATION_SEED)
    grid = tuning.ease_grid(len(past.items))
    tried = tune(Baseline("EASE", EaseFamily(earlier).make, grid), validation, validation, k)
    return EaseFamily(past).make(split.train, **tried.options)


def _peers(job: Job) -> Iterator[QualityRow]:
    """Peers who know what the learner took next, both ways, and how evenly they are shown."""
    job.progress("matching peers")
    scorer = _blended(job.model, job.split)
    rows = {row.name: row for row in measure_peers(job.model, job.split, scorer, cap=PEER_CAP)}
    ours, knn = rows[OURS], rows[USER_KNN]
    yield compare("helper P@10 of peers / user-kNN", (ours.helper_of, knn.helper_of), job.targets.helper)
    yield compare("mutual P@10 of peers / user-kNN", (ours.mutual_of, knn.mutual_of), job.targets.mutual)
    yield QualityRow("people ever shown as peers / most that the slots could show", ours.coverage, 1.0, 0.4)
    yield QualityRow("most often shown peer / cap", ours.load, PEER_CAP)


def _refreshed(job: Job) -> Iterator[QualityRow]:
    """A model trained without the newest part and refreshed with it, against a training on everything."""
    job.progress("refresh: training without the newest tenth, then refreshing")
    whole = job.split.train
    share = job.settings.service.held_out_share
    earlier = split_as("time" if job.split.name == "time" else "last", whole, share)
    model, state = train_chosen_with_state(earlier.train, job.choice)
    started = time.perf_counter()
    model, _ = refresh(whole, model, state)
    seconds = time.perf_counter() - started
    ours = measure_learners("", _blended(model, job.split), job.split, job.k)
    yield compare_means("NDCG: refresh / full training", ours, job.blend, 0.99)
    yield QualityRow("seconds: refresh / full training", seconds, job.seconds, 0.1, at_most=True)


def next_step_row(measured: NextMeasured) -> QualityRow:
    """Return how often the step taken next is the first answer, beside the usual order of the course."""
    ours, usual = measured.shares
    interval = Interval(*(round(one, 6) for one in measured.interval()))
    work = "next step in a course: first answer / usual order"
    return QualityRow(work, ours, usual, NEXT_TARGET, interval=interval, learners=len(measured.cases))


def stream_row(measured: StreamRow) -> QualityRow:
    """Return how good lists are where what is new matters, beside nothing but what is used lately."""
    ours, trend = float(measured.ours.mean()), float(measured.trend.mean())
    interval = Interval(measured.ratio, *measured.interval())
    learners = len(np.unique(measured.learners))
    return QualityRow(measured.work, ours, trend, STREAM_TARGET, interval=interval, learners=learners)


def _blended(model: TrainedModel, split: Split) -> Scorer:
    """Score the learners of a split, each with what is used lately just before the future begins."""
    return blended_scorer(model, split.train, counts_before(model, split.train, split.moments_us))


def as_text(rows: Sequence[QualityRow]) -> str:
    """Return a table of the goals."""
    width = max(len(row.work) for row in rows)
    lines = [
        f"{'goal':<{width}} {'ours':>8} {'other':>8} {'ratio':>7}  {'95 % interval':<16} {'learners':>8} {'target':>8}"
    ]
    for row in rows:
        target = UNBOUNDED if row.target is None else f"{'<=' if row.at_most else '>='} {row.target:g}"
        interval = row.interval
        bounds = f"[{interval.low:.3f}, {interval.high:.3f}]" if interval else UNBOUNDED
        verdict = "" if row.target is None else "met" if row.met else "MISSED"
        lines.append(
            f"{row.work:<{width}} {row.ours:>8.4f} {row.baseline:>8.4f} {row.ratio:>7.3f}  {bounds:<16} "
            f"{row.learners or UNBOUNDED:>8} {target:>8}  {verdict}".rstrip()
        )
    return "\n".join(lines)
