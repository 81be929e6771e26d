"""The long jobs of a store: update the interactions, evaluate, train, register, promote; search for settings."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from lrs.auth.stores import Store
from lrs.storage.database import Database
from recommender.catalogue.catalogue import find_nuggets, managed_ids, waiting_ids
from recommender.catalogue.learners import all_features
from recommender.catalogue.nuggets import Nugget
from recommender.config import Settings, TrainingSettings
from recommender.dataset.dataset import Dataset, build_dataset
from recommender.errors import TrainingTooLongError
from recommender.interactions.history import build_history
from recommender.interactions.sync import SyncReport, sync_interactions
from recommender.metrics.report import (
    ITEM_KNN,
    LEARNERPRISE,
    LIGHTFM,
    POPULARITY,
    EvaluationReport,
    EvaluationRow,
    list_length,
    measure,
)
from recommender.metrics.splits import Split, best_split
from recommender.models.baselines import item_knn, popularity
from recommender.models.blend import blended_scorer, lightfm_scorer
from recommender.models.lightfm import Progress
from recommender.models.linear import Scorer
from recommender.models.registry import (
    current_version,
    find_model,
    find_problem,
    promote,
    prune,
    register,
    training_lock,
)
from recommender.models.trained_model import ALONE, READ_UNTIL, TrainedModel
from recommender.storage.interactions import find_watermark, iterate_learners, stored_us
from recommender.storage.model_settings import find_model_settings, write_model_settings
from recommender.storage.records import create_indexes
from recommender.training.blend_weights import Choice, choose_blend
from recommender.training.fit import train_chosen, train_chosen_with_state
from recommender.training.gate import judge_training
from recommender.training.search import Found, search
from recommender.training.validation import validation_split


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
    """The result of a training, and the sentence that says whether the model was promoted and why."""

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
        read_until = stored_us(find_watermark(database, store.id))
        yield Job(sync, with_found_settings(database, store, settings), report, read_until)


def retrain(
    database: Database, store: Store, settings: Settings, progress: Progress, *, force: bool = False
) -> RetrainReport:
    """Train on everything known; promote the model if the held-out future shows that it is good enough.

    `force` promotes it whatever the evaluation says. Raise TrainingInProgressError, TooLittleDataError.
    """
    with start_job(database, store, settings, progress) as job:
        dataset = load_dataset(database, store, job.settings)
        job.progress(_size(dataset))
        evaluation, choice = evaluate_on_past(dataset, job.settings, job.progress)
        job.progress("training on everything")
        model, state = train_chosen_with_state(dataset, choice, job.progress)
        manifest = register(database, store.id, job.dated(model), evaluation.as_dict(), state)
        service = job.settings.service
        decision = judge_training(evaluation, _running_evaluation(database, store, job.progress), service)
        decision = decision.forced() if force else decision
        if decision.is_good or force:
            promote(database, store.id, manifest.version)
        prune(database, store.id, service.kept_models)
    return RetrainReport(job.sync, evaluation, manifest.version, decision.reason, manifest.facts)


def tune(database: Database, store: Store, settings: Settings, budget_s: float, progress: Progress) -> Found:
    """Search for training settings and keep those that are better for the store's later trainings."""
    with start_job(database, store, settings, progress) as job:
        dataset = load_dataset(database, store, job.settings)
        found = search(dataset, job.settings.training, budget_s, job.progress)
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
    histories = {
        str(persona): build_history((row for row in rows if row.item not in waiting), limit)
        for persona, rows in learners
    }
    histories = {user: history for user, history in histories.items() if history.seen}
    nuggets = _nuggets(database, store, {item for history in histories.values() for item in history.seen})
    features = {str(persona): one for persona, one in all_features(database, store.id).items()}
    return build_dataset(histories, features, nuggets, settings.training.item_features)


def _nuggets(database: Database, store: Store, seen: set[str]) -> dict[str, Nugget]:
    """Return what is known of the items seen, and those that people entered and that are open."""
    now = time.time_ns() // 1000
    found = find_nuggets(database, store.id, sorted(seen | managed_ids(database, store.id)))
    return {item: nugget for item, nugget in found.items() if item in seen or nugget.is_open(now)}


def evaluate_on_past(
    dataset: Dataset, settings: Settings, progress: Progress
) -> tuple[EvaluationReport, Choice]:
    """Train on the past only and rank what each learner took afterwards, compared with simple recommenders.

    Also return the blend that was chosen for it: the final training may use it, because it was chosen without the
    held-out future.
    """
    service = settings.service
    split = best_split(dataset, service.held_out_share, service.min_test_learners)
    nuggets = len(dataset.items)
    k = list_length(service.top_k, nuggets)
    if len(split.learners) == 0 or len(split.train.item_of) == 0:
        return EvaluationReport(split.name, k, 0, (), nuggets), Choice(settings.training, ALONE, {})
    progress(f"evaluating on {len(split.learners)} learners")
    started = time.perf_counter()
    choice = choose_blend(validation_split(split.train), settings.training, progress)
    model = train_chosen(split.train, choice, progress)
    seconds = time.perf_counter() - started
    makers: tuple[tuple[str, Callable[[Dataset], Scorer]], ...] = (
        (LEARNERPRISE, lambda past: blended_scorer(model, past)),
        (LIGHTFM, lambda past: lightfm_scorer(model, past)),
        (ITEM_KNN, item_knn),
        (POPULARITY, popularity),
    )
    rows = [_measure(name, make, split, k) for name, make in makers]
    rows[0] = replace(rows[0], seconds=round(seconds, 2))
    return EvaluationReport(split.name, k, len(split.learners), tuple(rows), nuggets), choice


def _running_evaluation(database: Database, store: Store, progress: Progress) -> EvaluationReport | None:
    """Return what was measured of the promoted model; None if it cannot answer, as popularity answers then."""
    version = current_version(database, store.id)
    if version is None:
        return None
    problem = find_problem(database, store.id, version)
    if problem:
        progress(f"not compared with the promoted model, which does not load: {problem}")
        return None
    found = find_model(database, store.id, version).evaluation
    return EvaluationReport.from_dict(found) if found else None


def _measure(name: str, make: Callable[[Dataset], Scorer], split: Split, k: int) -> EvaluationRow:
    started = time.perf_counter()
    scorer = make(split.train)
    return measure(name, scorer, split, k, time.perf_counter() - started)


def _size(dataset: Dataset) -> str:
    return f"{len(dataset.users)} learners, {len(dataset.items)} nuggets, {len(dataset.item_of)} interactions"
