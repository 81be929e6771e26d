"""The long jobs of a store: update the interactions, evaluate, train, register, promote; search for settings."""

from __future__ import annotations

import time
from collections.abc import Container, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lrs.auth.stores import Store
from lrs.personas import find_agreeing
from lrs.storage.database import Database
from recommender.catalogue.catalogue import find_nuggets, managed_ids, private_ids, waiting_ids
from recommender.catalogue.encoder import find_encoder
from recommender.catalogue.learners import all_features
from recommender.catalogue.meanings import load_meanings, refresh_meanings
from recommender.catalogue.nuggets import Nugget
from recommender.config import Settings, TrainingSettings
from recommender.dataset.dataset import Dataset, build_dataset, collect
from recommender.errors import TrainingTooLongError
from recommender.interactions.history import build_history
from recommender.interactions.sync import SyncReport, sync_interactions
from recommender.metrics.report import EvaluationReport
from recommender.metrics.splits import split_newest
from recommender.models.forgetting import forget_in
from recommender.models.lightfm import Progress
from recommender.models.registry import (
    current_version,
    find_problem,
    load,
    promote,
    prune,
    register,
    training_lock,
)
from recommender.models.trained_model import POPULARITY, READ_UNTIL, TrainedModel
from recommender.storage.interactions import InteractionRow, iterate_learners
from recommender.storage.model_settings import find_model_settings, write_model_settings
from recommender.storage.reading import find_watermark, stored_us
from recommender.storage.records import create_indexes
from recommender.training.fit import train_chosen_with_state
from recommender.training.gate import judge_training, suits_newcomers
from recommender.training.search import Found, search
from recommender.training.trial import hold_trial


@dataclass(frozen=True, slots=True)
class Job:
    """One training job: what was read before it, the store's settings, and where it reports its progress."""

    sync: SyncReport
    settings: Settings
    progress: Progress
    read_until: int

    def dated(self, model: TrainedModel) -> TrainedModel:
        """Return the model with the time up to which Statements were read for it."""
        return replace(model, facts={**model.facts, READ_UNTIL: self.read_until})


@dataclass(frozen=True, slots=True)
class RetrainReport:
    """The result of a training, and the sentence that says whether the model was promoted and why.

    `version` is 0 where the training was only tried.
    """

    sync: SyncReport
    evaluation: EvaluationReport
    version: int
    decision: str
    facts: Mapping[str, Any]


@contextmanager
def start_job(database: Database, store: Store, settings: Settings, progress: Progress) -> Iterator[Job]:
    """Let one training job of a store run at a time, on interactions that are up to date.

    Each report of progress renews the lock. Raise TrainingInProgressError, TrainingTooLongError.
    """
    create_indexes(database)
    with training_lock(database, store.id, settings.service.lease_s) as renew:
        until = time.monotonic() + settings.service.max_training_s

        def report(line: str) -> None:
            renew()
            if time.monotonic() > until:
                raise TrainingTooLongError(
                    f"The training took longer than {settings.service.max_training_s} s and was ended; set "
                    "RECOMMENDER_MAX_TRAINING_S higher for stores as large as this one."
                )
            progress(line)

        sync = sync_interactions(database, store.id, report)
        if encoder := find_encoder():
            refresh_meanings(database, store.id, encoder, report)
        read_until = stored_us(find_watermark(database, store.id))
        yield Job(sync, with_found_settings(database, store, settings), report, read_until)


def retrain(
    database: Database,
    store: Store,
    settings: Settings,
    progress: Progress,
    *,
    force: bool = False,
    dry_run: bool = False,
) -> RetrainReport:
    """Train on everything known; promote the model if the held-out future shows that it is good enough.

    `force` promotes it whatever the evaluation says; `dry_run` registers nothing and only says what would happen.
    Raise TrainingInProgressError, TooLittleDataError.
    """
    with start_job(database, store, settings, progress) as job:
        dataset = load_dataset(database, store, job.settings)
        job.progress(_size(dataset))
        running = load_running(database, store, job.progress)
        trial = hold_trial(dataset, job.settings, running, job.progress)
        choice = (
            trial.choice if suits_newcomers(trial.newcomers) else replace(trial.choice, newcomers=POPULARITY)
        )
        decision = judge_training(trial.known, trial.newcomers, job.settings.service)
        decision = decision.forced() if force else decision
        if dry_run:
            return RetrainReport(job.sync, trial.report, 0, decision.reason, choice.facts)
        job.progress("training on everything")
        model, state = train_chosen_with_state(dataset, choice, job.progress)
        manifest = register(database, store.id, job.dated(model), trial.report.as_dict(), state)
        forget_in(database, store.id, manifest.version)  # somebody who was erased since the training began
        if decision.is_good or force:
            promote(database, store.id, manifest.version)
        prune(database, store.id, job.settings.service.kept_models)
    return RetrainReport(job.sync, trial.report, manifest.version, decision.reason, manifest.facts)


def tune(database: Database, store: Store, settings: Settings, budget_s: float, progress: Progress) -> Found:
    """Search for training settings and keep those that are better for the store's later trainings.

    What these judge by, each learner's newest tenth, is left out.
    """
    with start_job(database, store, settings, progress) as job:
        dataset = load_dataset(database, store, job.settings)
        past = split_newest(dataset, job.settings.service.held_out_share).train
        found = search(past, job.settings.training, budget_s, job.progress)
        if found.is_better:
            write_model_settings(database, store.id, found.settings)
    return found


def load_current(
    database: Database, store: Store, settings: Settings, progress: Progress
) -> tuple[Dataset, dict[str, Nugget], Settings]:
    """Update the interactions; return what an evaluation needs: matrices, nuggets, the store's settings."""
    create_indexes(database)
    sync_interactions(database, store.id, progress)
    settings = with_found_settings(database, store, settings)
    dataset = load_dataset(database, store, settings)
    progress(_size(dataset))
    return dataset, find_nuggets(database, store.id, dataset.items), settings


def with_found_settings(database: Database, store: Store, settings: Settings) -> Settings:
    """Return the settings, with those that a search found best for the store in their place."""
    found = find_model_settings(database, store.id)
    training = TrainingSettings.from_dict({**settings.training.as_dict(), **found})
    return replace(settings, training=training)


def load_dataset(database: Database, store: Store, settings: Settings) -> Dataset:
    """Read the stored interactions of every learner, the newest up to the limit, into matrices."""
    limit = settings.service.learner_rows
    learners = iterate_learners(database, store.id, limit)
    waiting = waiting_ids(database, store.id)
    counted, learned = (find_agreeing(database, store.id, kind) for kind in ("figures", "private"))
    private = private_ids(database, store.id)
    histories = (
        (str(persona), build_history(_usable(rows, waiting, None if persona in learned else private), limit))
        for persona, rows in learners
        if persona in counted
    )
    acts = collect((user, history) for user, history in histories if history.seen)
    nuggets = _nuggets(database, store, set(acts.items))
    features = {str(persona): one for persona, one in all_features(database, store.id).items()}
    dataset = build_dataset(acts, features, nuggets, settings.training.item_features)
    # An act was done by the time its Statement was stored, whatever a clock that is fast says of it.
    dataset = replace(dataset, at=np.minimum(dataset.at, time.time_ns() // 1000))
    meanings = load_meanings(database, store.id)
    return replace(dataset, item_meanings=meanings.of(dataset.items)) if meanings.rows else dataset


def _usable(
    rows: Iterable[InteractionRow], waiting: Container[str], private: Container[str] | None
) -> Iterator[InteractionRow]:
    """Yield the rows to learn from: not about posts that wait, nor (unless `private` is None) private ones."""
    for row in rows:
        is_private = private is not None and (row.private or row.item in private)
        if row.item not in waiting and not is_private:
            yield row


def _nuggets(database: Database, store: Store, seen: set[str]) -> dict[str, Nugget]:
    """Return what is known of the items seen, and those that people entered and that are open."""
    now = time.time_ns() // 1000
    found = find_nuggets(database, store.id, sorted(seen | managed_ids(database, store.id)))
    return {item: nugget for item, nugget in found.items() if item in seen or nugget.is_open(now)}


def load_running(database: Database, store: Store, progress: Progress) -> TrainedModel | None:
    """Return the model that answers now; None if there is none, or it does not load, as popularity answers then."""
    version = current_version(database, store.id)
    if version is None:
        return None
    problem = find_problem(database, store.id, version)
    if problem:
        progress(f"not compared with the promoted model, which does not load: {problem}")
        return None
    return load(database, store.id, version)


def _size(dataset: Dataset) -> str:
    return f"{len(dataset.users)} learners, {len(dataset.items)} nuggets, {len(dataset.item_of)} interactions"
