"""The goals Q1 to Q8: how much better than others the recommendations must be, measured on one data set."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from recommender.config import Settings
from recommender.evaluation import tuning
from recommender.evaluation.peers import OURS, USER_KNN, measure_peers
from recommender.evaluation.served import served_scorer
from recommender.evaluation.tuning import Tuned, baselines, tune, validation_of
from recommender.metrics import ranking as metrics
from recommender.metrics.measure import Measured, measure_learners
from recommender.metrics.report import ITEM_KNN
from recommender.metrics.splits import Split, split_by_time, split_cold, split_last, split_newcomers
from recommender.models.baselines import content_cosine, popularity
from recommender.models.blend import blended_scorer, lightfm_scorer
from recommender.models.lightfm import Progress
from recommender.models.trained_model import TrainedModel
from recommender.ranking.lists import ListSettings
from recommender.training.blend_weights import Choice, choose_blend
from recommender.training.fit import train_chosen, train_chosen_with_state
from recommender.training.refresh import refresh
from recommender.training.validation import validation_split

COLD_SHARE, NEWCOMER_SHARE, PEER_CAP = 0.2, 0.1, 5
OTHERS = (tuning.EASE, tuning.EASE_RECENCY, ITEM_KNN, tuning.ALS, tuning.MARKOV)


@dataclass(frozen=True, slots=True)
class QualityRow:
    """One goal: our number, the baseline's, and the target: minimum (or with `at_most` maximum) of their ratio."""

    work: str
    ours: float
    baseline: float
    target: float
    at_most: bool = False

    @property
    def ratio(self) -> float:
        """Return ours over the baseline's."""
        return self.ours / self.baseline if self.baseline else float(self.ours > 0)

    @property
    def met(self) -> bool:
        """Return whether the goal is met."""
        return self.ratio <= self.target if self.at_most else self.ratio >= self.target

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        numbers = {"ours": self.ours, "baseline": self.baseline, "ratio": self.ratio, "target": self.target}
        rounded = {name: round(value, 5) for name, value in numbers.items()}
        return {"work": self.work, **rounded, "at_most": self.at_most, "met": self.met}


@dataclass(frozen=True, slots=True)
class _Job:
    """The data that all goals share: the split, our model trained on its past, and how long that training took."""

    split: Split
    settings: Settings
    k: int
    choice: Choice
    model: TrainedModel
    seconds: float
    progress: Progress


def measure_quality(
    split: Split, settings: Settings, progress: Progress = lambda line: None
) -> Iterator[QualityRow]:
    """Yield the rows of Q1 to Q8 one after the other; goals that the data cannot show are reported and left out."""
    k = settings.service.top_k
    progress("Learnerprise: choosing the blend and training")
    choice = choose_blend(validation_split(split.train), settings.training)
    started = time.perf_counter()
    model = train_chosen(split.train, choice)
    job = _Job(split, settings, k, choice, model, time.perf_counter() - started, progress)
    tuned = _tuned(job)
    measured = {name: measure_learners(name, one.scorer, split, k) for name, one in tuned.items()}
    for name, one in measured.items():
        options = ", ".join(f"{option} {value:g}" for option, value in tuned[name].options.items())
        progress(
            f"{name}: NDCG {one.mean('ndcg'):.4f}, AUC {one.mean('auc'):.4f} ({options or 'no options'})"
        )
    blend = measure_learners("blend", blended_scorer(model, split.train), split, k)
    yield from _accuracy(job, blend, measured)
    yield from _cold_nuggets(job)
    yield from _newcomers(job)
    yield from _coverage(job, blend, measured)
    yield from _peers(job)
    yield from _refreshed(job, blend)


def _tuned(job: _Job) -> dict[str, Tuned]:
    validation = validation_of(job.split, job.settings.service.held_out_share)
    found = {}
    for baseline in baselines(len(job.split.train.items), job.progress):
        job.progress(f"choosing settings for {baseline.name}")
        found[baseline.name] = tune(baseline, job.split, validation, job.k)
    return found


def _accuracy(job: _Job, blend: Measured, measured: Mapping[str, Measured]) -> Iterator[QualityRow]:
    """Q1 to Q3: the blend against LightFM on ids and the best other; LightFM on states against LightFM on ids."""
    ids = measured[tuning.LIGHTFM_IDS]
    others = [measured[name] for name in OTHERS if name in measured]
    best = max(others, key=lambda one: one.mean("ndcg"))
    states = measure_learners("states", lightfm_scorer(job.model, job.split.train), job.split, job.k)
    ours = blend.mean("ndcg")
    yield QualityRow("Q1 NDCG of the blend / tuned LightFM ids", ours, ids.mean("ndcg"), 1.5)
    yield QualityRow(f"Q2 NDCG of the blend / best other ({best.name})", ours, best.mean("ndcg"), 1.03)
    yield QualityRow("Q2 AUC of the blend / LightFM ids", blend.mean("auc"), ids.mean("auc"), 1.0)
    yield QualityRow("Q3 NDCG of LightFM on states / ids", states.mean("ndcg"), ids.mean("ndcg"), 1.3)


def _cold_nuggets(job: _Job) -> Iterator[QualityRow]:
    """Q4: nuggets that no training saw, ranked among themselves by their features."""
    dataset = job.split.train
    if dataset.item_features.nnz == 0:
        job.progress("Q4 left out: the items have no features")
        return
    job.progress("Q4: training without a fifth of the nuggets")
    split, cold = split_cold(dataset, COLD_SHARE)
    model = train_chosen(split.train, job.choice)
    own = job.settings.training
    plain = tuning.lightfm_with_features(split.train, own.dimensions, own.epochs)
    scorers = (blended_scorer(model, split.train), plain, content_cosine(split.train))
    ours, default, cosine = (
        measure_learners("", scorer, split, job.k, open_items=cold).mean("ndcg") for scorer in scorers
    )
    yield QualityRow("Q4 NDCG of cold nuggets / LightFM's default features", ours, default, 1.7)
    yield QualityRow("Q4 NDCG of cold nuggets / content cosine", ours, cosine, 1.15)


def _newcomers(job: _Job) -> Iterator[QualityRow]:
    """Q5: learners whom no training saw, with one to five events."""
    job.progress("Q5: training without a tenth of the learners")
    past, split = split_newcomers(job.split.train, NEWCOMER_SHARE)
    if len(split.learners) == 0:
        job.progress("Q5 left out: no learner has two events")
        return
    model = train_chosen(past, job.choice)
    ours = measure_learners("", blended_scorer(model, split.train), split, job.k).mean("ndcg")
    plain = measure_learners("", popularity(past), split, job.k).mean("ndcg")
    yield QualityRow("Q5 NDCG of unseen learners with 1-5 events / popularity", ours, plain, 2.0)


def _coverage(job: _Job, blend: Measured, measured: Mapping[str, Measured]) -> Iterator[QualityRow]:
    """Q6: how much of the catalogue the served lists show, and what that costs."""
    service = job.settings.service
    lists = ListSettings(service.popularity_penalty, service.diversity)
    served = measure_learners("", served_scorer(job.model, job.split.train, lists, job.k), job.split, job.k)
    other = tuning.EASE if tuning.EASE in measured else ITEM_KNN
    items = len(job.split.train.items)
    ours, theirs = (metrics.coverage(one.lists, items) for one in (served, measured[other]))
    yield QualityRow(f"Q6 coverage of served lists / {other}", ours, theirs, 1.2)
    yield QualityRow("Q6 NDCG of served lists / blend alone", served.mean("ndcg"), blend.mean("ndcg"), 0.98)


def _peers(job: _Job) -> Iterator[QualityRow]:
    """Q7: peers who know what the learner took next, both ways, and how evenly they are shown."""
    job.progress("Q7: matching peers")
    scorer = blended_scorer(job.model, job.split.train)
    rows = {row.name: row for row in measure_peers(job.model, job.split, scorer, cap=PEER_CAP)}
    ours, knn = rows[OURS], rows[USER_KNN]
    yield QualityRow("Q7 helper P@10 of peers / user-kNN", ours.helper, knn.helper, 2.0)
    yield QualityRow("Q7 mutual P@10 of peers / user-kNN", ours.mutual, knn.mutual, 5.0)
    yield QualityRow("Q7 share of the learners ever shown as peers", ours.coverage, 1.0, 0.4)
    yield QualityRow("Q7 most often shown peer / cap", ours.load, PEER_CAP, 1.0, at_most=True)


def _refreshed(job: _Job, blend: Measured) -> Iterator[QualityRow]:
    """Q8: a model trained without the newest part and refreshed with it, against a training on everything."""
    job.progress("Q8: training without the newest tenth, then refreshing")
    whole = job.split.train
    share = job.settings.service.held_out_share
    earlier = split_by_time(whole, share) if job.split.name == "time" else split_last(whole)
    model, state = train_chosen_with_state(earlier.train, job.choice)
    started = time.perf_counter()
    model, _ = refresh(whole, model, state)
    seconds = time.perf_counter() - started
    ours = measure_learners("", blended_scorer(model, whole), job.split, job.k).mean("ndcg")
    yield QualityRow("Q8 NDCG of a refresh / full training", ours, blend.mean("ndcg"), 0.99)
    yield QualityRow("Q8 seconds of a refresh / full training", seconds, job.seconds, 0.1, at_most=True)


def as_text(rows: Sequence[QualityRow]) -> str:
    """Return a table of the goals."""
    lines = [f"{'goal':<58} {'ours':>8} {'other':>8} {'ratio':>7} {'target':>8}"]
    for row in rows:
        target = f"{'<=' if row.at_most else '>='} {row.target:g}"
        lines.append(
            f"{row.work:<58} {row.ours:>8.4f} {row.baseline:>8.4f} {row.ratio:>7.3f} {target:>8}  "
            f"{'met' if row.met else 'MISSED'}"
        )
    return "\n".join(lines)
