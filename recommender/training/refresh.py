"""The refresh of a store's running model: through the gate, kept in the registry, taken over by the servers."""

from __future__ import annotations

from dataclasses import dataclass, replace

from lrs.auth.stores import Store
from lrs.storage.database import Database
from recommender.config import Settings
from recommender.dataset.dataset import Dataset
from recommender.interactions.sync import sync_interactions
from recommender.models.lightfm_state import LightFMState
from recommender.models.registry import (
    current_version,
    find_model,
    load,
    load_state,
    promote,
    prune,
    register,
    training_lock,
)
from recommender.models.trained_model import TrainedModel
from recommender.storage.records import create_indexes
from recommender.training.incremental import Check, check, new_rows, refresh
from recommender.training.jobs import Progress, load_dataset, with_found_settings

MOST_NEW_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class RefreshReport:
    """What a refresh did: how many interactions were new, the version it made (None: none) and why."""

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
    """Teach the running model what is new, and promote the outcome if it is not worse on the newest interactions.

    `needs_training` tells that only a training on everything helps: no model, or one made without its state.
    Raise TrainingInProgressError while another training of the store is under way.
    """
    create_indexes(database)
    with training_lock(database, store.id, settings.service.lease_s) as renew:

        def tell(line: str) -> None:
            renew()
            progress(line)

        sync_interactions(database, store.id, tell)
        running = _running(database, store)
        if running is None:
            return RefreshReport(0, None, "not refreshed: train on everything first", needs_training=True)
        settings = with_found_settings(database, store, settings)
        dataset = load_dataset(database, store, settings)
        new = len(new_rows(dataset, running.model))
        refusal = _refusal(dataset, running.model, new)
        if refusal is not None:
            return refusal
        tell(f"{new} new interactions")
        judged = check(dataset, running.model, running.state, settings.service.top_k, tell)
        return _promote(database, store, settings, (dataset, running, new, judged), force)


def _promote(
    database: Database,
    store: Store,
    settings: Settings,
    found: tuple[Dataset, _Running, int, Check],
    force: bool,
) -> RefreshReport:
    dataset, running, new, judged = found
    service = settings.service
    good, decision = _judge(judged, service.least_held_out, service.tolerance)
    if not good and not force:
        return RefreshReport(new, None, decision)
    model, state = refresh(dataset, running.model, running.state)
    numbers = {
        "of": running.version,
        "new_interactions": new,
        "learners": judged.learners,
        "ndcg": judged.refreshed_ndcg,
        "running_ndcg": judged.running_ndcg,
    }
    model = replace(model, facts={**model.facts, "refresh": numbers})
    evaluation = find_model(database, store.id, running.version).evaluation
    version = register(database, store.id, model, evaluation, state).version
    promote(database, store.id, version)
    prune(database, store.id, service.kept_models)
    return RefreshReport(new, version, decision if good else f"promoted by force ({decision})")


def _running(database: Database, store: Store) -> _Running | None:
    version = current_version(database, store.id)
    if version is None:
        return None
    model = load(database, store.id, version)
    state = load_state(database, store.id, version, model)
    return _Running(version, model, state) if state is not None else None


def _refusal(dataset: Dataset, model: TrainedModel, new: int) -> RefreshReport | None:
    if new == 0:
        return RefreshReport(0, None, "not refreshed: nothing is new")
    if new > MOST_NEW_SHARE * len(dataset.item_of):
        decision = f"not refreshed: {new} of {len(dataset.item_of)} interactions are new; train on everything"
        return RefreshReport(new, None, decision, needs_training=True)
    return None


def _judge(judged: Check, least: int, tolerance: float) -> tuple[bool, str]:
    if judged.learners < least:
        return False, (
            f"not refreshed: only {judged.learners} learners with new interactions to measure on, {least} are needed"
        )
    numbers = (
        f"NDCG {judged.refreshed_ndcg:.4f}, before {judged.running_ndcg:.4f}, on the newest interactions"
    )
    if not judged.is_good(tolerance):
        return False, f"not promoted: {numbers} is worse by more than {tolerance:.0%}"
    return True, f"promoted: {numbers}"
