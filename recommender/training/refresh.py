"""Incremental training: the running model learns only what is new, in a fraction of the time of a full training.

Even between trainings the next request takes a learner's last Statement into account. A refresh adds what all
the others did since: new nuggets get vectors of their own, co-occurrence and transitions are counted again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lrs.auth.stores import Store
from lrs.storage.database import Database
from recommender.config import Settings
from recommender.dataset.dataset import Dataset
from recommender.dataset.learner_states import training_rows
from recommender.metrics.measure import measure_learners
from recommender.metrics.report import list_length
from recommender.metrics.splits import split_marked
from recommender.models.assembly import continue_training
from recommender.models.blend import blended_scorer, counts_before, earlier_scorer
from recommender.models.forgetting import forget_in
from recommender.models.lightfm import Progress
from recommender.models.lightfm_state import LightFMState
from recommender.models.registry import (
    current_version,
    find_model,
    find_problem,
    load,
    load_state,
    promote,
    prune,
    register,
)
from recommender.models.trained_model import TrainedModel
from recommender.training.gate import Check, Rival, judge_refresh
from recommender.training.jobs import load_dataset, start_job
from recommender.training.trial import RUNNING, new_rows
from recommender.training.validation import at_most

Array = np.ndarray[Any, np.dtype[Any]]
EPOCHS = 5
MOST_LEARNERS = 2000
MOST_NEW_SHARE = 0.5
FRESH = "learners with new interactions"


@dataclass(frozen=True, slots=True)
class RefreshReport:
    """The result of a refresh: the number of new interactions, the version it made (None: none), and why."""

    new: int
    version: int | None
    decision: str
    needs_training: bool = False


@dataclass(frozen=True, slots=True)
class _Running:
    version: int
    model: TrainedModel
    state: LightFMState


def refresh_model(
    database: Database, store: Store, settings: Settings, progress: Progress, *, force: bool = False
) -> RefreshReport:
    """Train the running model on what is new; promote the result if it is not worse on the newest interactions.

    `needs_training` says that only a training on everything helps: there is no model that loads, or one without its
    state.
    Raise TrainingInProgressError while another training of the store is under way.
    """
    with start_job(database, store, settings, progress) as job:
        running = _running(database, store)
        if running is None:
            return RefreshReport(0, None, "not refreshed: train on everything first", needs_training=True)
        dataset = load_dataset(database, store, job.settings)
        new = len(new_rows(dataset, running.model))
        refusal = _refusal(dataset, new)
        if refusal is not None:
            return refusal
        job.progress(f"{new} new interactions")
        service = job.settings.service
        checked = check(dataset, running.model, running.state, service.top_k, job.progress)
        decision = judge_refresh(checked, service)
        if not decision.is_good and not force:
            return RefreshReport(new, None, decision.reason)
        model, state = refresh(dataset, running.model, running.state)
        model = replace(model, facts={**model.facts, "refresh": _facts(running.version, new, checked)})
        evaluation = find_model(database, store.id, running.version).evaluation
        version = register(database, store.id, job.dated(model), evaluation, state).version
        forget_in(database, store.id, version)  # somebody who was erased since the refresh began
        promote(database, store.id, version)
        prune(database, store.id, service.kept_models)
    return RefreshReport(new, version, decision.forced().reason)


def refresh(
    dataset: Dataset,
    model: TrainedModel,
    state: LightFMState,
    rows: Array | None = None,
    progress: Progress = lambda line: None,
) -> tuple[TrainedModel, LightFMState]:
    """Train a model for five more epochs on the interactions it does not know (or `rows`); its blend stays.

    Return the refreshed model and the state that the next refresh starts from.
    """
    rows = new_rows(dataset, model) if rows is None else rows
    settings = replace(model.settings, epochs=EPOCHS)
    trainable = np.intersect1d(rows, training_rows(dataset, settings))
    refreshed, later = continue_training(dataset, trainable, (model, state), settings, progress)
    facts = {**model.facts, **refreshed.facts}
    return replace(refreshed, settings=model.settings, facts=facts), later


def check(
    dataset: Dataset, model: TrainedModel, state: LightFMState, k: int, progress: Progress = lambda line: None
) -> Check:
    """Refresh without the newest interaction of every other learner with a new one; rank it with both models."""
    rows = new_rows(dataset, model)
    fresh, newest = np.zeros((2, len(dataset.item_of)), dtype=bool)
    fresh[rows] = True
    # A learner's last new row is where the learner changes. Every second one is held out: the others' newest
    # interactions stay in the refresh, which would otherwise be judged without what it is for.
    newest[rows[np.diff(dataset.user_of[rows], append=-1) != 0][::2]] = True
    split = at_most(split_marked(dataset, newest), MOST_LEARNERS)
    refreshed, _ = refresh(split.train, model, state, np.flatnonzero(fresh[~newest]), progress)
    length = list_length(k, len(dataset.items))
    found = []
    for one, make in ((refreshed, blended_scorer), (model, earlier_scorer)):
        counts_of = counts_before(one, split.train, split.moments_us)
        found.append(measure_learners("", make(one, split.train, counts_of), split, length).ndcg)
    ours, theirs = found
    if not len(ours):
        return Check(FRESH, 0)
    return Check(FRESH, len(ours), round(float(ours.mean()), 6), running=Rival.of(RUNNING, ours, theirs))


def _running(database: Database, store: Store) -> _Running | None:
    version = current_version(database, store.id)
    if version is None or find_problem(database, store.id, version):
        return None
    model = load(database, store.id, version)
    state = load_state(database, store.id, version, model)
    return _Running(version, model, state) if state is not None else None


def _refusal(dataset: Dataset, new: int) -> RefreshReport | None:
    if new == 0:
        return RefreshReport(0, None, "not refreshed: nothing is new")
    if new > MOST_NEW_SHARE * len(dataset.item_of):
        decision = f"not refreshed: {new} of {len(dataset.item_of)} interactions are new; train on everything"
        return RefreshReport(new, None, decision, needs_training=True)
    return None


def _facts(version: int, new: int, checked: Check) -> dict[str, float]:
    return {
        "of": version,
        "new_interactions": new,
        "learners": checked.learners,
        "ndcg": checked.ndcg,
        "running_ndcg": checked.running.ndcg if checked.running else 0.0,
    }
