"""The recommender's long work: bring interactions up to date, evaluate, train, register, promote."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from lrs.auth.stores import Store
from lrs.storage.database import Database
from recommender.catalogue.catalogue import find_nuggets, managed_ids, waiting_ids
from recommender.catalogue.learners import all_features
from recommender.catalogue.nuggets import Nugget
from recommender.config import RecommenderSettings, Settings, TrainingSettings
from recommender.dataset.dataset import Dataset, build_dataset
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
from recommender.models.baselines import Scorer, item_knn, popularity
from recommender.models.blend import blended_scorer, lightfm_scorer
from recommender.models.registry import current_version, find_model, promote, prune, register, training_lock
from recommender.models.trained_model import ALONE
from recommender.storage.interactions import iterate_learners
from recommender.storage.model_settings import find_model_settings, write_model_settings
from recommender.storage.records import create_indexes
from recommender.training.fit import Choice, choose, train_chosen, train_chosen_with_state
from recommender.training.search import Found, search
from recommender.training.validation import validation_split

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class RetrainReport:
    """What a training did, and the sentence that says whether the model was promoted and why."""

    sync: SyncReport
    evaluation: EvaluationReport
    version: int
    decision: str
    facts: Mapping[str, Any]


def retrain(
    database: Database, store: Store, settings: Settings, progress: Progress, *, force: bool = False
) -> RetrainReport:
    """Train on everything known and promote the model if the held-out future says that it is good enough.

    `force` promotes it whatever the evaluation says. Raise TrainingInProgressError, TooLittleDataError.
    """
    create_indexes(database)
    with training_lock(database, store.id, settings.service.lease_s) as renew:

        def tell(line: str) -> None:
            renew()
            progress(line)

        sync = sync_interactions(database, store.id, tell)
        settings = with_found_settings(database, store, settings)
        dataset = load_dataset(database, store, settings)
        tell(_size(dataset))
        evaluation, choice = _try_out(dataset, settings, tell)
        tell("training on everything")
        model, state = train_chosen_with_state(dataset, choice, tell)
        manifest = register(database, store.id, model, evaluation.as_dict(), state)
        good, decision = judge(evaluation, _running(database, store), settings.service)
        if good or force:
            promote(database, store.id, manifest.version)
        prune(database, store.id, settings.service.kept_models)
    decision = f"promoted by force ({decision})" if force and not good else decision
    return RetrainReport(sync, evaluation, manifest.version, decision, manifest.facts)


def load_current(
    database: Database, store: Store, settings: Settings, progress: Progress
) -> tuple[Dataset, dict[str, Nugget], Settings]:
    """Bring the interactions up to date and return all to measure by: matrices, nuggets, the store's settings."""
    create_indexes(database)
    sync_interactions(database, store.id, progress)
    settings = with_found_settings(database, store, settings)
    dataset = load_dataset(database, store, settings)
    progress(_size(dataset))
    return dataset, find_nuggets(database, store.id, dataset.items), settings


def tune(database: Database, store: Store, settings: Settings, budget_s: float, progress: Progress) -> Found:
    """Search for training settings and keep those that are better for the store's later trainings."""
    create_indexes(database)
    with training_lock(database, store.id, settings.service.lease_s) as renew:

        def tell(line: str) -> None:
            renew()
            progress(line)

        sync_interactions(database, store.id, tell)
        settings = with_found_settings(database, store, settings)
        found = search(load_dataset(database, store, settings), settings.training, budget_s, tell)
        if found.is_better:
            write_model_settings(database, store.id, found.settings)
    return found


def with_found_settings(database: Database, store: Store, settings: Settings) -> Settings:
    """Return the settings with those that a search found best for the store."""
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


def evaluate_dataset(dataset: Dataset, settings: Settings, progress: Progress) -> EvaluationReport:
    """Train on the past only and rank what each learner took afterwards, beside the simple recommenders."""
    return _try_out(dataset, settings, progress)[0]


def _try_out(dataset: Dataset, settings: Settings, progress: Progress) -> tuple[EvaluationReport, Choice]:
    """Evaluate, and return what was chosen for the blend in it too: it was chosen without the held-out future."""
    service = settings.service
    split = best_split(dataset, service.held_out_share, service.least_held_out)
    nuggets = len(dataset.items)
    k = list_length(service.top_k, nuggets)
    if len(split.learners) == 0 or len(split.train.item_of) == 0:
        return EvaluationReport(split.name, k, 0, (), nuggets), Choice(settings.training, ALONE, {})
    progress(f"evaluating on {len(split.learners)} learners")
    started = time.perf_counter()
    choice = choose(validation_split(split.train), settings.training, progress)
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


def judge(
    evaluation: EvaluationReport, running: Mapping[str, Any] | None, settings: RecommenderSettings
) -> tuple[bool, str]:
    """Decide on a promotion: better than popularity, and not worse than the running model.

    The two models were measured on different days, so the new one is worse only if both its NDCG and its
    ratio to popularity on the same data fell by more than the tolerance. Where the lists measured were of
    another length, the ratio alone is compared.
    """
    model, plain = evaluation.row(LEARNERPRISE), evaluation.row(POPULARITY)
    if model is None or plain is None or evaluation.learners < settings.least_held_out:
        return False, (
            f"not promoted: only {evaluation.learners} learners to measure on, {settings.least_held_out} are "
            "needed; popular nuggets are recommended meanwhile"
        )
    if model.ndcg <= plain.ndcg:
        return False, f"not promoted: NDCG {model.ndcg:.4f} does not beat popularity ({plain.ndcg:.4f})"
    now, before = _measures(evaluation.as_dict()), _measures(running)
    if now and before and _is_worse(now, before, settings.tolerance):
        return False, (
            f"not promoted: NDCG {model.ndcg:.4f} is more than {settings.tolerance:.0%} below the running "
            f"model's {before.ndcg:.4f}, also beside popularity"
        )
    return True, f"promoted: NDCG {model.ndcg:.4f}, popularity {plain.ndcg:.4f}"


@dataclass(frozen=True, slots=True)
class _Measures:
    k: int
    ndcg: float
    ratio: float


def _measures(evaluation: Mapping[str, Any] | None) -> _Measures | None:
    """Read what was measured of the model that answers; before there was a blend it was LightFM."""
    rows = {row["name"]: row for row in (evaluation or {}).get("rows", ())}
    model, plain = rows.get(LEARNERPRISE, rows.get(LIGHTFM)), rows.get(POPULARITY)
    if evaluation is None or model is None or plain is None:
        return None
    ndcg = float(model["ndcg"])
    return _Measures(evaluation["k"], ndcg, _ratio(ndcg, float(plain["ndcg"])))


def _is_worse(new: _Measures, old: _Measures, tolerance: float) -> bool:
    least = 1 - tolerance
    return new.ratio < least * old.ratio and (new.k != old.k or new.ndcg < least * old.ndcg)


def _ratio(value: float, base: float) -> float:
    return value / base if base > 0 else float("inf") if value > 0 else 0.0


def _running(database: Database, store: Store) -> Mapping[str, Any] | None:
    version = current_version(database, store.id)
    return find_model(database, store.id, version).evaluation if version is not None else None


def _measure(name: str, make: Callable[[Dataset], Scorer], split: Split, k: int) -> EvaluationRow:
    started = time.perf_counter()
    scorer = make(split.train)
    return measure(name, scorer, split, k, time.perf_counter() - started)


def _size(dataset: Dataset) -> str:
    return f"{len(dataset.users)} learners, {len(dataset.items)} nuggets, {len(dataset.item_of)} interactions"
