"""The recommender's long work: bring interactions up to date, evaluate, train, register, promote."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lrs.activities import find_definitions
from lrs.auth.stores import Store
from lrs.storage.database import Database
from recommender.config import RecommenderSettings, Settings
from recommender.dataset import Dataset, build_dataset
from recommender.evaluation.baselines import Scorer, item_knn, popularity
from recommender.evaluation.report import (
    ITEM_KNN,
    LIGHTFM,
    POPULARITY,
    EvaluationReport,
    EvaluationRow,
    list_length,
    measure,
    model_scorer,
)
from recommender.evaluation.split import Split, best_split
from recommender.interactions.history import build_history
from recommender.interactions.sync import SyncReport, sync_interactions
from recommender.registry import current_version, find_model, promote, prune, register, training_lock
from recommender.storage.interactions import iterate_learners
from recommender.storage.records import create_indexes
from recommender.storage.user_features import all_user_features
from recommender.training import train

Progress = Callable[[str], None]
DEFINITIONS_AT_ONCE = 1000


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
        dataset = load_dataset(database, store, settings)
        tell(_size(dataset))
        evaluation = evaluate_dataset(dataset, settings, tell)
        tell("training on everything")
        model = train(dataset, settings.training, tell)
        manifest = register(database, store.id, model, evaluation.as_dict())
        good, decision = judge(evaluation, _running(database, store), settings.service)
        if good or force:
            promote(database, store.id, manifest.version)
        prune(database, store.id, settings.service.kept_models)
    decision = f"promoted by force ({decision})" if force and not good else decision
    return RetrainReport(sync, evaluation, manifest.version, decision, manifest.facts)


def evaluate(database: Database, store: Store, settings: Settings, progress: Progress) -> EvaluationReport:
    """Bring the interactions up to date and measure LightFM beside its baselines; nothing is registered."""
    create_indexes(database)
    sync_interactions(database, store.id, progress)
    dataset = load_dataset(database, store, settings)
    progress(_size(dataset))
    return evaluate_dataset(dataset, settings, progress)


def load_dataset(database: Database, store: Store, settings: Settings) -> Dataset:
    """Read the stored interactions of every learner, the newest up to the limit, into matrices."""
    limit = settings.service.learner_rows
    learners = iterate_learners(database, store.id, limit)
    histories = {str(persona): build_history(rows, limit) for persona, rows in learners}
    histories = {user: history for user, history in histories.items() if history.seen}
    items = sorted({item for history in histories.values() for item in history.seen})
    definitions: dict[str, Any] = {}
    for start in range(0, len(items), DEFINITIONS_AT_ONCE):
        definitions |= find_definitions(database, store.id, items[start : start + DEFINITIONS_AT_ONCE])
    features = {str(persona): one for persona, one in all_user_features(database, store.id).items()}
    return build_dataset(histories, features, definitions, settings.training.item_features)


def evaluate_dataset(dataset: Dataset, settings: Settings, progress: Progress) -> EvaluationReport:
    """Train on the past only and rank what each learner took afterwards, beside popularity and item-kNN."""
    service = settings.service
    split = best_split(dataset, service.held_out_share, service.least_held_out)
    nuggets = len(dataset.items)
    k = list_length(service.top_k, nuggets)
    if len(split.learners) == 0:
        return EvaluationReport(split.name, k, 0, (), nuggets)
    progress(f"evaluating on {len(split.learners)} learners")

    def lightfm(past: Dataset) -> Scorer:
        return model_scorer(train(past, settings.training, progress))

    makers: tuple[tuple[str, Callable[[Dataset], Scorer]], ...] = (
        (LIGHTFM, lightfm),
        (ITEM_KNN, item_knn),
        (POPULARITY, popularity),
    )
    rows = tuple(_measure(name, make, split, k) for name, make in makers)
    return EvaluationReport(split.name, k, len(split.learners), rows, nuggets)


def judge(
    evaluation: EvaluationReport, running: Mapping[str, Any] | None, settings: RecommenderSettings
) -> tuple[bool, str]:
    """Decide on a promotion: better than popularity, and not worse than the running model.

    The two models were measured on different days, so the new one is worse only if both its NDCG and its
    ratio to popularity on the same data fell by more than the tolerance. Where the lists measured were of
    another length, the ratio alone is compared.
    """
    model, plain = evaluation.row(LIGHTFM), evaluation.row(POPULARITY)
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
    rows = {row["name"]: row for row in (evaluation or {}).get("rows", ())}
    if evaluation is None or LIGHTFM not in rows or POPULARITY not in rows:
        return None
    ndcg = float(rows[LIGHTFM]["ndcg"])
    return _Measures(evaluation["k"], ndcg, _ratio(ndcg, float(rows[POPULARITY]["ndcg"])))


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
