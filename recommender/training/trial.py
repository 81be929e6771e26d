"""A trial on the past: a model that does not know each learner's newest tenth recommends it, beside its rivals."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import scipy.sparse as sp

from recommender.config import Settings, TrainingSettings
from recommender.dataset.dataset import Dataset
from recommender.metrics.measure import measure_learners
from recommender.metrics.report import (
    ITEM_KNN,
    LEARNERPRISE,
    LIGHTFM,
    POPULARITY,
    EvaluationReport,
    list_length,
    row_of,
)
from recommender.metrics.splits import Split, split_newest
from recommender.models.assembly import assemble, train_with_state
from recommender.models.baselines import item_knn, popularity
from recommender.models.blend import counts_before, lightfm_scorer
from recommender.models.lightfm import Progress
from recommender.models.lightfm_state import LightFMState
from recommender.models.linear import Scorer
from recommender.models.trained_model import TrainedModel
from recommender.ranking.lists import ListSettings
from recommender.ranking.served import served, served_scorer
from recommender.training.choosing import Choice, choose
from recommender.training.fit import train_chosen_with_state
from recommender.training.gate import Check, Rival
from recommender.training.validation import at_most, validation_split, with_a_past, without_a_past

Array = np.ndarray[Any, np.dtype[Any]]
KNOWN, NEWCOMERS = "learners with a past", "newcomers"
RUNNING, RETRAINED = "the running model", "what runs now, trained on the same past"
MOST_LEARNERS = 5000
UNSEEN_SHARE = 0.5
"""From this share of new interactions on among those held out, the running model itself is compared with."""
OUTSIDE_LIGHTFM = frozenset(
    {
        "recency",
        "ease_regularisation",
        "ease_items",
        "neighbours",
        "cold_below",
        "content_share",
        "recent_half_life_s",
        "trend_half_life_s",
    }
)
"""Settings that change nothing about LightFM's training."""
CHOSEN = ("blend", "lists", "newcomers")
"""Facts of a model that say what was chosen for it."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What was chosen without the held-out future, and how good it is there, in all and for each kind of learner."""

    report: EvaluationReport
    choice: Choice
    known: Check
    newcomers: Check


@dataclass(frozen=True, slots=True)
class _Ground:
    """What all are measured on: the split, with lists of `k`, as the settings say."""

    split: Split
    settings: Settings
    k: int
    regulars: Array
    """The learners with a past who are measured."""

    def lists_of(self, model: TrainedModel) -> Scorer:
        """Score by the lists that a model, new or old, gives to learners at the moments of the split."""
        past = self.split.train
        lists = ListSettings.of(model.facts, self.settings.service)
        counts_of = counts_before(model, past, self.split.moments_us)
        return served_scorer(served(model, past, lists, counts_of), past, self.k)


@dataclass(frozen=True, slots=True)
class _Opponent:
    """What runs now, and the part of the held-out future (learners x items) on which it is compared."""

    name: str
    scorer: Scorer
    held_out: sp.csr_matrix


def hold_trial(
    dataset: Dataset, settings: Settings, running: TrainedModel | None, progress: Progress
) -> Trial:
    """Choose and train without each learner's newest tenth, then recommend it; `running` is what answers now.

    Raise TooLittleDataError where there is nothing to train on.
    """
    split = split_newest(dataset, settings.service.held_out_share)
    known, fresh = (at_most(part, MOST_LEARNERS) for part in (with_a_past(split), without_a_past(split)))
    k = list_length(settings.service.top_k, len(dataset.items))
    ground = _Ground(split, settings, k, known.learners)
    if len(known.learners) == 0:
        report = _report(ground, known, {}, 0.0)
        return Trial(report, Choice(settings.training, {"learners": 0}), Check(KNOWN, 0), Check(NEWCOMERS, 0))
    progress(f"evaluating on {len(known.learners)} learners")
    started = time.perf_counter()
    choice = choose(validation_split(split.train), settings.training, progress)
    model, state = train_chosen_with_state(split.train, choice, progress)
    seconds = time.perf_counter() - started
    opponent = _opponent(ground, dataset, running, (model, state), progress) if running else None
    scorers = {
        LEARNERPRISE: ground.lists_of(model),
        POPULARITY: popularity(split.train),
        LIGHTFM: lightfm_scorer(model, split.train),
        ITEM_KNN: item_knn(split.train),
    }
    return Trial(
        _report(ground, known, scorers, seconds),
        choice,
        _check(KNOWN, ground, known, scorers, opponent),
        _check(NEWCOMERS, ground, fresh, scorers, opponent),
    )


def _report(ground: _Ground, known: Split, scorers: Mapping[str, Scorer], seconds: float) -> EvaluationReport:
    """Measure all for learners with a past; `seconds` is the time of our own training."""
    times, nuggets = {LEARNERPRISE: seconds}, len(known.train.items)
    rows = [
        row_of(measure_learners(name, one, known, ground.k, times.get(name, 0.0)), nuggets)
        for name, one in scorers.items()
    ]
    return EvaluationReport(known.name, ground.k, len(known.learners), tuple(rows), nuggets, known.unmet)


def _check(
    kind: str, ground: _Ground, part: Split, scorers: Mapping[str, Scorer], opponent: _Opponent | None
) -> Check:
    """Compare the new model with popularity and what runs now, for the learners of a part of the split."""
    least = ground.settings.service.min_test_learners
    if len(part.learners) < least:
        return Check(kind, len(part.learners))
    ours, plain = (_ndcgs(ground, scorers[name], part) for name in (LEARNERPRISE, POPULARITY))
    running = None
    if opponent:
        judged = part.learners[np.diff(opponent.held_out.indptr)[part.learners] > 0]
        common = replace(part, held_out=opponent.held_out, learners=judged)
        if len(judged) >= least:
            own = _ndcgs(ground, scorers[LEARNERPRISE], common)
            running = Rival.of(opponent.name, own, _ndcgs(ground, opponent.scorer, common))
    ndcg = round(float(ours.mean()), 6)
    return Check(kind, len(part.learners), ndcg, Rival.of(POPULARITY, ours, plain), running)


def _ndcgs(ground: _Ground, scorer: Scorer, part: Split) -> Array:
    return measure_learners("", scorer, part, ground.k).ndcg


def _opponent(
    ground: _Ground,
    dataset: Dataset,
    running: TrainedModel,
    new: tuple[TrainedModel, LightFMState],
    progress: Progress,
) -> _Opponent:
    """Return what runs now: the model itself where most of what is held out is new to it, for enough learners.

    Else it has seen the answers, and its settings are trained on the same past instead, LightFM only where it differs.
    """
    held_out, rows = ground.split.held_out, new_rows(dataset, running)
    pairs = (dataset.user_of[rows], dataset.item_of[rows])
    new_pairs = sp.csr_matrix((np.ones(len(rows), np.float32), pairs), shape=held_out.shape)
    unseen = held_out.multiply(new_pairs).tocsr()
    judges = np.count_nonzero(np.diff(unseen.indptr)[ground.regulars])
    enough = judges >= ground.settings.service.min_test_learners
    if enough and unseen.nnz >= UNSEEN_SHARE * held_out.nnz:
        return _Opponent(RUNNING, ground.lists_of(running), unseen)
    model, state = new
    if _differs_in_lightfm(running.settings, model.settings):
        progress("training what runs now on the same past")
        retrained, _ = train_with_state(ground.split.train, running.settings, progress)
    else:
        retrained = assemble(ground.split.train, state, running.settings)
    chosen = {name: running.facts[name] for name in CHOSEN if name in running.facts}
    retrained = replace(retrained, facts={**retrained.facts, **chosen})
    return _Opponent(RETRAINED, ground.lists_of(retrained), held_out)


def _differs_in_lightfm(one: TrainingSettings, other: TrainingSettings) -> bool:
    before, after = one.as_dict(), other.as_dict()
    return any(before[name] != after[name] for name in before.keys() - OUTSIDE_LIGHTFM)


def new_rows(dataset: Dataset, model: TrainedModel) -> Array:
    """Return the positions of the interactions (in the dataset) that a model was not trained on."""
    users = np.array([model.user_index.get(user, -1) for user in dataset.users], dtype=np.int64)
    items = np.array([model.item_index.get(item, -1) for item in dataset.items], dtype=np.int64)
    user_of, item_of = users[dataset.user_of], items[dataset.item_of]
    in_model = (user_of >= 0) & (item_of >= 0)
    if not in_model.any():
        return np.arange(len(in_model))
    known = np.zeros(len(in_model), dtype=bool)
    known[in_model] = np.asarray(model.known[user_of[in_model], item_of[in_model]]).ravel() > 0
    return np.flatnonzero(~known)
